"""How many examples hypothesis draws: as many as a test asks for, few where only the inner loop runs."""

from hypothesis import settings

INNER_LOOP = 15
"""Examples a test with `pytest -m "not slow"`; every run draws others, and the whole suite draws all."""


def at_most(examples: int) -> int:
    """`examples`, or as few as the profile in use has. For tests whose examples cost more than most."""
    return min(examples, settings().max_examples)
