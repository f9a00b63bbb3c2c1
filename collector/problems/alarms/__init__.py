"""Alarms that a building automation system raises itself."""
