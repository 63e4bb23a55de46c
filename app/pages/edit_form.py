"""The forms for name and for tags and notes, of a run as of a sweep."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Edit:
    """What stands in them, and what was refused."""

    name: str
    tags: str
    notes: str
    problems: tuple[str, ...] = ()
