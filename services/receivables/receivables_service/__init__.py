"""The receivable ledger of property-tax bills."""
