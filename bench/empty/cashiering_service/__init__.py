"""An empty cashiering."""
