"""The spool: every batch is on disk before it is published, and stays until the collector has committed it."""

from agent.spool.spool import Parcel, Spool, SpoolState

__all__ = ["Parcel", "Spool", "SpoolState"]
