"""What goes wrong, or only looks so: rows of data, and the few ways in which a row takes hold of a day."""
