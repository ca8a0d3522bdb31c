"""Bills stand still while a file of payments is on its way to them (LEVY-015)."""
