"""When school is."""
