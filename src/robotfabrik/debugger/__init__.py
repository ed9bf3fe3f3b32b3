"""Trying a process by hand: pausing before its steps, looking, changing, going on."""
