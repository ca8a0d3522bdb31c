"""An empty collections."""
