"""The learned normal: what is usual for a point at this hour of this kind of day, and what is news."""
