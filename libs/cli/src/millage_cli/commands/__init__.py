"""One file per group of commands: read options, call a client function, show the answer."""
