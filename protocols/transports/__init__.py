"""Transports that several drivers share (SNMP, SOAP, HTTP); a driver imports these and never another driver."""
