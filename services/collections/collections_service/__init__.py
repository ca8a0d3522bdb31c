"""Collections: how old every open debt is."""
