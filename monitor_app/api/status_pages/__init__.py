"""Status pages as readers get them: rendered beforehand, served from memory, readable without a script."""
