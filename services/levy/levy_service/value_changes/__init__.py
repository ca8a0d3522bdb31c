"""Values that change after the roll, and what follows for the bills."""
