"""What a building's networks have: every means of looking, merged into one device a thing."""
