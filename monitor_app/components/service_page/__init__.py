"""The parts of the page of one service, a section a file."""
