"""What hangs off what, and what follows from it when several things fail at once. Pure."""
