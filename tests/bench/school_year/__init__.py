"""A seeded, simulated school year run through the real problem engine, and the score of what it told."""
