"""A service small enough to test the kit with: it notes every event it is given."""
