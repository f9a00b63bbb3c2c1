"""What the agent judges and tells by itself while the collector cannot be reached."""
