"""Names of agencies' funds, year by year, as rolls bring them."""
