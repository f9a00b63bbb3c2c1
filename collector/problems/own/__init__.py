"""First Bell watches itself."""
