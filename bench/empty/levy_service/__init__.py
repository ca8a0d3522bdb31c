"""An empty levy."""
