"""A kind of check that stands outside the package, for tests that must not depend on one of ours."""
