"""Accounts of trust taxes: a return a period, and the year's recap in the last (LEVY-022)."""
