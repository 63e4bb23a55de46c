"""The fields that a search may name: those of every run, of its configuration, and what it measured."""

from collections.abc import Collection, Iterator, Mapping
from difflib import get_close_matches
from functools import cache
from typing import Any, Protocol, get_args

from app.lifecycle import State
from app.search.tree import Field, Kind
from trainer.config_fields import choices, leaf_fields, takes_list
from trainer.config_meaning import short_word, shown, title_of
from trainer.metrics.table import EPOCH_METRICS, METRICS

DATASET = "data.dataset"
BEST = ("test_accuracy", "test_balanced_accuracy")
"""What is kept of a run's best epoch."""


class Vocabulary(Protocol):
    """What the runs of a board hold."""

    def paths(self) -> Collection[str]:
        """Fields of their configurations, also of those that are not known here, as of a plugin."""

    def values(self, path: str) -> Collection[str]:
        """Values of one field of theirs, as text."""


class UnknownFieldError(Exception):
    """No field has this name, or several have: then `candidates` are all of them, else the nearest."""

    def __init__(self, candidates: Collection[str], is_ambiguous: bool) -> None:
        super().__init__()
        self.candidates = tuple(candidates)
        self.is_ambiguous = is_ambiguous


def plain(word: str) -> str:
    """As names and values are compared: in small letters, without what joins words."""
    return word.strip().lower().replace(" ", "_").replace("-", "_").replace(".", "")


def field_named(name: str, vocabulary: Vocabulary) -> Field:
    """The field of this name, short name or title. Raises UnknownFieldError."""
    known, typed = known_fields(), _as_name(name)
    if typed in known:
        return known[typed]
    found = short_names().get(typed, ())
    if len(found) == 1:
        return known[found[0]]
    if found:
        raise UnknownFieldError(found, is_ambiguous=True)
    foreign = vocabulary.paths()
    if typed in foreign:
        return Field(typed, "any", "config", typed, "field that is not known here, as of a plugin")
    near = get_close_matches(typed, [*known, *short_names(), *foreign], 1, cutoff=0.6)
    raise UnknownFieldError(near, is_ambiguous=False)


def names_one(word: str) -> bool:
    """Whether the word alone, without a sign and a value, is the name of a field."""
    typed = _as_name(word)
    return typed in known_fields() or typed in short_names()


def _as_name(word: str) -> str:
    return word.lower().replace("-", "_")


@cache
def known_fields() -> Mapping[str, Field]:
    """By name, in the order in which they are offered."""
    return {field.name: field for field in (*_of_runs(), *_of_figures(), *_of_config())}


@cache
def short_names() -> Mapping[str, tuple[str, ...]]:
    """Other names of fields, each with what it may stand for: one field, unless it must be told apart.

    The first tier that knows a word decides it.
    """
    found: dict[str, tuple[str, ...]] = {}
    for tier in (_other_names(), *_short_paths(), _titles()):
        of_tier: dict[str, dict[str, None]] = {}
        for short, name in tier:
            if short not in found and short not in known_fields():
                of_tier.setdefault(short, {})[name] = None
        found |= {short: tuple(names) for short, names in of_tier.items()}
    return found


def _other_names() -> Iterator[tuple[str, str]]:
    """Of what is no field of a configuration; and of what a section chooses: loss, model."""
    yield from _ALSO
    yield from ((path.removesuffix(".name"), path) for path in leaf_fields() if path.endswith(".name"))
    yield from ((f"best.{name.removeprefix('test_')}", f"best.{name}") for name in BEST)
    for name, metric in METRICS.items():
        if name != "loss":
            yield from ((short, f"test_{name}") for short in (name, plain(metric.title)))
    yield from ((f"last.{name}", name) for name in EPOCH_METRICS)


def _short_paths() -> Iterator[list[tuple[str, str]]]:
    """The last word of a path: first of the loss that labels name, at last of what a second stage repeats."""
    paths = [path for path in leaf_fields() if path != DATASET and not path.endswith(".name")]
    front = {path for path in shown("front") if path.startswith("loss.")}
    again = {path for path in paths if path.replace("second_stage.", "optim.") in {*paths} - {path}}
    for chosen in (front, {*paths} - front - again, again):
        yield [(path.rpartition(".")[2], path) for path in paths if path in chosen]


def _titles() -> Iterator[tuple[str, str]]:
    for path in leaf_fields():
        if path != DATASET and not path.endswith(".name"):
            yield from ((plain(word), path) for word in (short_word(path), title_of(path)))


_ALSO = (
    ("notes", "note"),
    ("tags", "tag"),
    ("created_at", "created"),
    ("started_at", "started"),
    ("finished_at", "finished"),
    ("seconds", "duration"),
    ("time", "duration"),
    ("sweep_id", "sweep"),
    (DATASET, "dataset"),
)


def _of_runs() -> Iterator[Field]:
    yield Field("state", "choice", "column", "state", "where the run stands", tuple(State))
    yield Field("name", "text", "column", "name", "its name; : finds a part of it")
    yield Field("note", "text", "column", "notes", "its notes; : finds a part of them")
    yield Field("tag", "choice", "tag", "tag", "a tag that somebody hung on it", many=True)
    yield Field("dataset", "choice", "column", "dataset", "what it trains on")
    yield Field("sweep", "any", "sweep", "sweep", "number or name of a sweep that shows it", many=True)
    yield Field("created", "time", "column", "created_at", "when it was launched")
    yield Field("started", "time", "column", "started_at", "when it was first begun")
    yield Field("finished", "time", "column", "finished_at", "when it ended")
    yield Field("duration", "duration", "column", "seconds", "what its finished epochs took together")
    yield Field("priority", "number", "column", "priority", "of the queue; higher runs first")
    yield Field("archived", "flag", "column", "archived_at", "whether it is archived; lists leave those out")
    yield Field("worker", "text", "worker", "worker", "name or host of a worker that tried it", many=True)
    yield Field("error", "text", "error", "error", "why it failed: the error's type; : finds a part of it")
    yield Field("id", "number", "column", "id", "its number, which #7 finds, too")


def _of_figures() -> Iterator[Field]:
    usual = [f"test_{name}" for name, metric in METRICS.items() if metric.usual]
    others = sorted({*EPOCH_METRICS} - {*usual}, key=EPOCH_METRICS.index)
    for name in usual:
        yield Field(name, _kind_of(name), "figure", name, f"{_about(name)}, last epoch")
    for name in BEST:
        yield Field(f"best.{name}", _kind_of(name), "figure", f"best_{name}", f"{_about(name)}, best epoch")
    for name in others:
        yield Field(name, _kind_of(name), "figure", name, f"{_about(name)}, last epoch")


def _kind_of(name: str) -> Kind:
    return "fraction" if METRICS[name.partition("_")[2]].unit == "fraction" else "number"


def _about(name: str) -> str:
    split, _, metric = name.partition("_")
    return f"{METRICS[metric].spoken} on {split}"


def _of_config() -> Iterator[Field]:
    for path, field in leaf_fields().items():
        if path != DATASET:
            kind, about = _config_kind(path, field.annotation), title_of(path).lower()
            yield Field(path, kind, "config", path, about, choices(path))


def _config_kind(path: str, annotation: Any) -> Kind:
    kinds = {annotation, *get_args(annotation)}
    if takes_list(path):
        return "list"
    if bool in kinds:
        return "flag"
    if {int, float} & kinds:
        return "number"
    return "choice"
