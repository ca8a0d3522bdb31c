"""An empty taxsale."""
