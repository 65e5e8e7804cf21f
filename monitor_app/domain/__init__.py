"""Pure rules: no I/O, no framework, no clock of its own."""
