"""Levies as they are certified year by year, and what later years read of them."""
