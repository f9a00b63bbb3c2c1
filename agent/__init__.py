"""Runs in each building: polls devices, spools what they said, publishes it until the collector has it."""
