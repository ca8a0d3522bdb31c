"""Levy runs: previewed, certified, then issued in batches that a kill cannot break."""
