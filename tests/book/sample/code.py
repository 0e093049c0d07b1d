"""Code that the sample chapter shows."""


class Adder:
    """Adds."""

    def add(self, a: int, b: int) -> int:
        """Add two numbers."""
        return a + b
