"""What hangs off what, by the tables of the switches that are watched."""
