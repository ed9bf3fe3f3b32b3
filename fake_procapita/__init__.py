"""A fake of the Swedish case-management system Procapita, for robots to be tried against.

It is a web application of its own: nothing in `src/` imports it, it imports nothing of `src/`,
and it offers robots no way in but its screens.
"""
