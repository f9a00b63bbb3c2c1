"""TCP and TLS opened for reading a device: name lookup, both IP families, certificates, each phase timed, each failure in words."""

from protocols.transports.stream.connect import Stream, open_stream, start_tls
from protocols.transports.stream.failure import StreamError
from protocols.transports.stream.stopwatch import Stopwatch
from protocols.transports.stream.tls import Certificate, Tls
from protocols.transports.stream.x509 import read_certificate

__all__ = ("Certificate", "Stopwatch", "Stream", "StreamError", "Tls", "open_stream", "read_certificate", "start_tls")
