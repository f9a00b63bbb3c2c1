"""A file per family of devices: what a school has of it, and how its day goes."""
