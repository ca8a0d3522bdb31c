"""What came off a bill before it was charged: kept, and shown on statements and in Explain."""
