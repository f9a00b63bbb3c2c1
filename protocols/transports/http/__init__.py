"""HTTP/1.1 to devices and services: bounded in time and bytes, timed by phase, Basic and Digest credentials."""

from protocols.transports.http.client import Client, fetch
from protocols.transports.http.digest import Credential
from protocols.transports.http.request import Limits, Request
from protocols.transports.http.response import Response
from protocols.transports.stream import Certificate, StreamError, Tls

__all__ = ("Certificate", "Client", "Credential", "Limits", "Request", "Response", "StreamError", "Tls", "fetch")
