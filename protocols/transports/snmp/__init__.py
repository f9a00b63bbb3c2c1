"""SNMP 1, 2c and 3 for drivers: `client.Snmp` reads a device, `traps` hears its notifications, `agent` plays one."""
