"""Little servers to look at Lightbulb with."""
