"""Services that are made of others."""
