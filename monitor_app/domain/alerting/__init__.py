"""The rules of alerting: what somebody is told of, when, and who."""
