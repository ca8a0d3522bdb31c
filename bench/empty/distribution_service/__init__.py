"""An empty distribution."""
