"""Runs once for the district: ingest, store, problems, notify, API and console."""
