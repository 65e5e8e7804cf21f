"""Services that Consul tells of."""
