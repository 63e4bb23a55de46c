"""What limits rows of adjusted logits, as sentences beside the comparison's other warnings."""

from collections.abc import Iterator, Sequence

from app.comparing.samples import Sample
from app.comparing.view import CompareRow
from app.formats import gather, listed

_NAMED = 4
_USUAL = {"tau": 1.0, "norm": 1.0}
"""Published values, which nobody had to choose."""


def chosen_on_test(sample: Sample) -> str:
    """Why a row is not subtracted whose numbers were chosen on the images that are measured; "" of others."""
    is_flattered = sample.adjusted is not None and sample.adjusted.row.chosen_on == "test"
    return "adjusted by a number that was chosen on the test set" if is_flattered else ""


def adjusted_warnings(rows: Sequence[CompareRow]) -> Iterator[str]:
    """The gravest first; each once, with the rows that it is of."""
    known = [(row, row.adjusted) for row in rows if row.adjusted is not None]
    typed = [row.label for row, by in known if by.chosen_on == "given" and _is_typed(by.word)]
    if typed:
        yield (
            f"The numbers of {listed(typed, _NAMED)} were typed: picked by their test figures, they would "
            "be flattered. By validation each seed chooses its own."
        )
    for note, labels in gather((note, row.label) for row, by in known for note in by.notes).items():
        yield f"{listed(labels, _NAMED)}: {note}"


def _is_typed(word: str) -> bool:
    """Whether a number in the word is another than the published one; a temperature changes no answer."""
    parts = (part.partition("=") for part in word.split(":")[1:])
    return any(name in _USUAL and _other(value, _USUAL[name]) for name, _, value in parts)


def _other(text: str, usual: float) -> bool:
    try:
        return float(text) not in (0.0, usual)
    except ValueError:
        return False
