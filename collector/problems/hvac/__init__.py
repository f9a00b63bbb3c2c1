"""Faults of heating, cooling and ventilation, for points that play roles in equipment."""
