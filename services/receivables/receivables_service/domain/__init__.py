"""What a bill owes and why: pure functions on frozen facts."""
