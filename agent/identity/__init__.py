"""Which thing answers: identities of devices, what is remembered of them, and what follows when another one answers."""
