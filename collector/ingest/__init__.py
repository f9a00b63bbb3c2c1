"""Broker to database: decode, group commit, acknowledge."""
