"""Runs a process: frozen steps in, results out. Knows no YAML, Playwright, SQL or municipality."""
