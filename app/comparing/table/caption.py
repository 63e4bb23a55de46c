"""What a table of a comparison says above itself on paper: its figures, n, recipe, intervals and marks."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from app.comparing.table.sheet import Mark, Sheet
from app.comparing.table.words import difference_note, glosses, has_differences, legend_text, parting_note_of
from app.comparing.view import CompareRow
from app.formats import counted
from app.runs.naming import value_text
from trainer.config import RunConfig, as_json
from trainer.config_fields import flatten
from trainer.config_meaning import NO_SETTING, role_of, title_of

_ALWAYS = (
    "data.dataset",
    "data.imbalance",
    "data.imbalance_ratio",
    "model.name",
    "optim.epochs",
    "optim.batch_size",
    "optim.learning_rate",
)
"""What a recipe says even where it is the default."""
_BARE = ("data.dataset", "model.name")
"""Values that need no word before them: their own names say what they are."""


def caption(sheet: Sheet, names: Mapping[Mark, str]) -> Sequence[str]:
    """Sentences for the caption of a paper, plain text. names: what the marks look like."""
    rows = [one.row for one in sheet.rows if one.row.kind == "setting"]
    opening = f"Test figures of {counted(len(rows), 'setting')}, {sheet.epoch_rule}; {_spread(sheet)}."
    told = [opening, recipe([row.config for row in rows])]
    if has_differences(sheet):
        told.append(difference_note(sheet))
        told.append(parting_note_of(sheet))
    told += [legend_text(sheet, names), *glosses(sheet.columns), *_odd_rows([one.row for one in sheet.rows])]
    return [*filter(None, told)]


def _odd_rows(rows: Sequence[CompareRow]) -> Iterator[str]:
    """Rows whose figures are not what the caption says of the others."""
    settings = [row for row in rows if row.kind == "setting"]
    flattered = [row.label for row in settings if row.adjusted and row.adjusted.chosen_on == "test"]
    odd = [row.label for row in settings if row.n and not row.tied_with_best and len(settings) > 1]
    unfinished = [f"{row.label} ({row.progress})" for row in settings if row.progress]
    elsewhere = [row for row in rows if row.kind == "published"]
    for word, labels in (
        ("Shown, but not compared", [label for label in odd if label not in flattered]),
        ("Adjusted by what these test images chose, so flattered and not compared", flattered),
        ("Unfinished", unfinished),
        ("Published, not run here", [row.label for row in elsewhere if not row.imported]),
        ("Recorded elsewhere, not run here", [row.label for row in elsewhere if row.imported]),
    ):
        if labels:
            yield f"{word}: {'; '.join(labels)}."


def _spread(sheet: Sheet) -> str:
    """How many runs a figure is of, and what stands behind it."""
    seeds = sorted({one.row.n for one in sheet.rows if one.row.kind == "setting"})
    if not seeds or seeds[-1] == 0:
        return "no run is completed"
    if seeds[-1] == 1:
        return "n = 1 run a setting, without a spread over seeds"
    n = f"n = {seeds[0]} runs" if len(seeds) == 1 else f"n = {seeds[0]} to {seeds[-1]} runs, see its column"
    return f"mean ± sample standard deviation over seeds, {n}"


def recipe(configs: Sequence[Mapping[str, Any]]) -> str:
    """How the settings were trained, in a sentence: data, network, length, rate, and whatever is unusual.

    A field in which they differ has all its values; what is compared (the loss) stands in the labels.
    """
    flat = [flatten(config) for config in configs if config]
    paths = [path for path in dict.fromkeys(path for one in flat for path in one) if _is_recipe(path)]
    told = (_told(path, [one.get(path) for one in flat]) for path in paths)
    text = ", ".join(filter(None, told))
    return f"Recipe: {text}." if text else ""


def _is_recipe(path: str) -> bool:
    return path not in NO_SETTING and role_of(path) != "compared"


def _told(path: str, values: Sequence[object]) -> str:
    known = [value for value in values if value is not None]
    if not known or (path not in _ALWAYS and all(value == _usual().get(path) for value in values)):
        return ""
    said = _joined(known)
    return said if path in _BARE else f"{_word(path)} {said}"


def _word(path: str) -> str:
    title = title_of(path)
    return title if title == path else title[:1].lower() + title[1:]


def _joined(values: Iterable[Any]) -> str:
    """Each value once; numbers by size."""
    found = {value_text(value): value for value in values}
    if all(isinstance(value, int | float) for value in found.values()):
        return " or ".join(sorted(found, key=lambda text: found[text]))
    return " or ".join(found)


@cache
def _usual() -> dict[str, Any]:
    return flatten(as_json(RunConfig()))
