"""Certificates and enrolment of agents."""
