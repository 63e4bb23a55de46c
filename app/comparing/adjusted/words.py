"""A row of adjusted logits as a word of the address: "12:tau=1.2", "12:tau=validation:temperature=1.5".

The number is that of any run of the setting; all its runs that count are adjusted.
"""

from dataclasses import dataclass

from app.comparing.baselines import refused
from app.views.adjusted.point import Point, point

MOST_ROWS = 20
_KNOWN = ("tau", "norm", "temperature", "prior")


@dataclass(frozen=True)
class AdjustedWord:
    """A run, which stands for its setting, and what its logits are adjusted by."""

    run_id: int
    point: Point

    @property
    def text(self) -> str:
        """As an address has it."""
        return f"{self.run_id}:{self.point.spec}"


def adjusted_word(text: str) -> AdjustedWord:
    """Read one. Raises InvalidError, which says what is wrong where."""
    number, _, rest = text.partition(":")
    if not (number.isascii() and number.isdigit() and len(number) < 19):
        raise refused("adjusted", f"{text[:60]!r} must begin with the number of a run, as 12:tau=1.2")
    words: dict[str, str] = {}
    for part in filter(None, rest.split(":")):
        name, _, value = part.partition("=")
        if name not in _KNOWN or name in words or not value:
            raise refused(
                "adjusted", f"{part[:60]!r} must be one of {', '.join(_KNOWN)}, each once, with a value"
            )
        words[name] = value
    if not words:
        raise refused("adjusted", f"{text[:60]!r} asks for nothing; tau=1.2 would, or tau=validation")
    return AdjustedWord(int(number), point(words, "adjusted."))


def adjusted_words(texts: tuple[str, ...]) -> tuple[AdjustedWord, ...]:
    """Read them all. Raises InvalidError as `adjusted_word`, and for too many."""
    if len(texts) > MOST_ROWS:
        raise refused("adjusted", f"has {len(texts)} rows; at most {MOST_ROWS} are worked out at once")
    return tuple(map(adjusted_word, texts))
