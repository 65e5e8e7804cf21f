"""A kind that is told instead of asking."""
