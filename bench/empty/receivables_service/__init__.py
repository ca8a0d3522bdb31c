"""An empty receivables."""
