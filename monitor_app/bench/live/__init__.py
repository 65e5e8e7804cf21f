"""The parts of the push benchmark: a real Reflex app with nothing but the live rows, its writer, its browsers."""
