"""Asks a name server for records of a name and compares them with what is expected."""
