"""How many examples hypothesis draws: as many as a test asks for, but no more than the profile in use has."""

from hypothesis import settings


def at_most(examples: int) -> int:
    """`examples`, or as few as the profile in use has. For tests whose examples cost more than most."""
    return min(examples, settings().max_examples)
