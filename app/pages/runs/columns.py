"""The columns that the list of runs can have: which the address names, how each is sorted, plain cells."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from app.errors import InvalidError
from app.formats import DASH, percent
from app.known import MOST_NAMED, problem_of
from app.runs.naming import value_text
from app.views.runs.view import RunSummary
from app.views.setting_labels import loss_label
from trainer.errors import FieldProblem


@dataclass(frozen=True)
class Column:
    """A column. width: in pixels, 0 for what takes the room that is left; sort: by which key, if any."""

    key: str
    title: str
    look: str
    width: int
    sort: str = ""
    about: str = ""
    text: Callable[[RunSummary], str] | None = None
    """What a cell says, where that is no more than a word or a number."""


def _figure(key: str, title: str, name: str, about: str) -> Column:
    def text(run: RunSummary) -> str:
        return percent(getattr(run.last, name)) if run.last else DASH

    return Column(key, f"{title}, %", "number c-plain", 88, name, about, text)


def _setting(key: str, title: str, sort: str, value: Callable[[RunSummary], object]) -> Column:
    def text(run: RunSummary) -> str:
        found = value(run)
        return DASH if found is None else value_text(found)

    return Column(key, title, "number c-plain", 88, sort, text=text)


COLUMNS = {
    column.key: column
    for column in (
        Column("state", "State", "c-state", 104, "state"),
        Column("differs", "What sets it apart", "c-chips", 0),
        Column("progress", "Progress", "c-progress", 96),
        Column("curve", "By epoch", "c-spark", 96),
        Column("accuracy", "Accuracy, %", "number c-acc", 88, "test_accuracy"),
        _figure("balanced", "Balanced", "test_balanced_accuracy", "mean of the recalls of all classes"),
        Column("groups", "Head…tail", "c-groups", 96),
        _figure("head", "Head", "test_head", "recall of the classes with most training images"),
        _figure("medium", "Medium", "test_medium", "recall of the classes between head and tail"),
        _figure("tail", "Tail", "test_tail", "recall of the classes with fewest training images"),
        Column("loss", "Loss", "c-plain c-loss", 132, "loss", text=lambda run: loss_label(run.config)),
        _setting("beta", "Beta", "beta", lambda run: run.config["loss"]["beta"]),
        _setting("rate", "Rate", "learning_rate", lambda run: run.config["optim"]["learning_rate"]),
        _setting("seed", "Seed", "seed", lambda run: run.config["seed"]),
        _setting("epochs", "Epochs", "epochs", lambda run: run.progress.epochs),
        Column("dataset", "Data set", "c-plain c-dataset", 120, "dataset",
               text=lambda run: str(run.config["data"]["dataset"])),
        Column("time", "Time", "number c-time", 92, "seconds", "what its finished epochs took"),
        Column("tags", "Tags", "c-tags", 104),
        Column("worker", "Worker", "c-plain c-worker", 120, about="host of its last attempt"),
        Column("finished", "Ended", "number c-plain muted small", 88, "finished_at"),
        Column("age", "Age", "number c-age", 80, "id"),
    )
}  # fmt: skip
USUAL = ("state", "differs", "progress", "curve", "accuracy", "groups", "time", "tags", "age")
_TICK, _RUN, _DIFFERS = 28, 232, 176
WIDEST = 1068
"""What a page of 1100 px holds; wider tables scroll in a box of their own."""


def chosen_columns(words: Iterable[str]) -> tuple[str, ...]:
    """The keys that the address names, commas between or repeated, each once. Raises InvalidError for others,
    each with the nearest.
    """
    keys = tuple(dict.fromkeys(key for word in words for key in word.split(",") if key))
    unknown = [problem_of(key, tuple(COLUMNS)) for key in keys if key not in COLUMNS][:MOST_NAMED]
    if unknown:
        problems = [FieldProblem("columns", f"{one.path} {one.message}") for one in unknown]
        raise InvalidError("The list was refused.", fields=problems)
    return keys


def shown_columns(keys: Sequence[str], has_tags: bool) -> tuple[Column, ...]:
    """The chosen ones, in their order; else the usual ones, tags where there are any."""
    return tuple(COLUMNS[key] for key in keys or USUAL if keys or key != "tags" or has_tags)


def width_of(columns: Sequence[Column]) -> int:
    """What a table with these takes at least, in pixels."""
    return _TICK + _RUN + sum(column.width or _DIFFERS for column in columns)
