"""Distribution: whose money every allocated cent is."""
