"""One module for each screen: its routes and what they do."""
