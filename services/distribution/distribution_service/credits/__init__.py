"""Credits that the state bears: what agencies go without, and what it pays of that."""
