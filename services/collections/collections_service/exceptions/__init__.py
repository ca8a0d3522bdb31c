"""What collections cannot explain by itself, until somebody looked at it (COLL-024)."""
