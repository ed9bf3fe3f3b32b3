"""Telling people: what is wrong now, to whom it is told, and a bot's figures by mail."""
