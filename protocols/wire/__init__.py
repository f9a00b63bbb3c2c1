"""The envelope between agent and collector: topics, batch, acknowledgement, status (wire version 1)."""
