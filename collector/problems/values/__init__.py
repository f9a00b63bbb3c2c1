"""Rules for values: what a point says, compared with what it may say. Pure."""
