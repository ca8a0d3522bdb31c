"""Levy: bills from values and rates, issued in installments."""
