"""Supplements: batches of value events after the roll, and the bills made of them."""
