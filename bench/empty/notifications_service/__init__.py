"""An empty notifications."""
