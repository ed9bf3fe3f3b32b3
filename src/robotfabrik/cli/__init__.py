"""The command line: one file a command, each with `add(commands)` and a function that gives the exit code."""
