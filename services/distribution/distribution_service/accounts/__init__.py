"""What stands in the general ledger beside agencies' shares: what was waived, what is held."""
