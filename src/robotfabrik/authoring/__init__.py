"""What an author of PDDs is helped by: the reference, the schema for editors, and new projects.

Everything is made from the catalogue, the docstrings and the parser's own tables of keys.
"""
