"""SOAP 1.2 to devices (ONVIF): bounded XML, UsernameToken by the device's clock, HTTP Digest, faults told apart; WS-Discovery."""

from protocols.transports.soap.client import Addressing, Soap
from protocols.transports.soap.discovery import Answer, Scopes, probe
from protocols.transports.soap.envelope import AuthorisationError, FaultError
from protocols.transports.soap.namespaces import NAMESPACES
from protocols.transports.soap.security import Login

__all__ = ("NAMESPACES", "Addressing", "Answer", "AuthorisationError", "FaultError", "Login", "Scopes", "Soap", "probe")
