"""What entries that came later bring, so that a test of today's fields stays true when there is one more."""

from trainer.config_meaning import meanings

BROUGHT = {path for path, meaning in meanings().items() if meaning.since and meaning.since.day == "its entry"}
"""Paths of their fields."""
