"""Asks a gRPC server's health service how a service is."""
