"""The command line: one file a command. Each has `add(commands)` and a function that returns the exit code."""
