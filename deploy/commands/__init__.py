"""The commands of `firstbell` that start things on this machine: one file each."""
