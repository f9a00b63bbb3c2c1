"""How First Bell is run: all in one, demo school, installer, compose, systemd, broker configuration."""
