"""From samples to problems: pure decisions, then one loop."""
