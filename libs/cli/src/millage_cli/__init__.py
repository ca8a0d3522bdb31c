"""The `millage` command, and the client functions it is made of."""
