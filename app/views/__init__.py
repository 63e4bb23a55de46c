"""Frozen view objects and the functions that fill them from the store: one for a page and its JSON twin."""
