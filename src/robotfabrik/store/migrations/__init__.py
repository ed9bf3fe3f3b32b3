"""The way from each version of the tables to the next, for Alembic. `store.upgrades` runs them.

A revision is a number of four digits, one more than the one before. What a released version has made is never
changed again: a new revision is added, and `tables.REVISION` names it.
"""
