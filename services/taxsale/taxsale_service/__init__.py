"""Taxsale: which bills stand for sale."""
