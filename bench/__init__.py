"""Measurements, side by side with the raw browser: `python -m bench`. Results: docs/benchmarks.md."""
