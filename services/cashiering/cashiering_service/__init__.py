"""Cashiering: the counter and everything else through which money comes in."""
