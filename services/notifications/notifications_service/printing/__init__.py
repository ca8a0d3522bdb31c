"""Letters on paper: printed in batches, and told of once they went out."""
