"""What reports in by itself, and is missed when it does not."""
