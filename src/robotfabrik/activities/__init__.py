"""The activities: one typed function each, by topic. catalogue.py lists them all."""
