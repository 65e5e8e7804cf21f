"""Any program that takes JSON over HTTP, signed."""
