"""Parcels that were retired in favour of others (LEVY-024)."""
