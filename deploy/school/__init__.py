"""The simulated school: every device over its real protocol on loopback, from the drivers' own simulators."""
