"""One folder per device kind; `protocols.registry` loads them lazily by folder name."""
