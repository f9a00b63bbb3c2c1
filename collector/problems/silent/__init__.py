"""What is heard no more: agents, devices and points, each by its own rhythm. Pure."""
