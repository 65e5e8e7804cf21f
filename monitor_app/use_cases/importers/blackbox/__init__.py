"""Prometheus' blackbox exporter: lists of targets, the scrape configurations that name them, and its modules."""
