"""Text → model, with every problem of a file reported at once, at its place."""
