"""When it will run out."""
