"""The page `/admin/services`: a table of all services, what is chosen in it, and what is done with that."""
