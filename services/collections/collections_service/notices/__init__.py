"""Delinquent notices: who is written to, at which stage, and what became of it (COLL-015)."""
