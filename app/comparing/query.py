"""The state of a comparison as the words of its address: /compare and its figures read the same ones.

Links and forms of the page are made from it, so that whatever is on the screen can be sent to someone else.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Depends, Query
from sqlalchemy.orm import Session

from app.comparing.adjusted.words import adjusted_words
from app.comparing.baselines import PlannedLooks, refused
from app.comparing.figures.cache import FigureCache
from app.comparing.figures.curves import CurveOptions, Scale, XAxis
from app.comparing.figures.source import FigureRequest, Source
from app.comparing.options import CompareOptions
from app.comparing.parts import How, Multiplicity, Pairing
from app.comparing.samples import At
from app.comparing.table.columns import CLASS, NO_COLUMNS, known_columns
from app.comparing.table.sheet import Marks, Mode
from app.errors import InvalidError, NotFoundError
from app.figures.class_axis import ClassOrder
from app.figures.theme import LIGHT, Theme
from app.known import MOST_NAMED, problem_of
from app.published.fill import published_rows
from app.schemas import run_ids
from app.search.parser import LONGEST
from app.settings import Settings
from app.store import sweeps
from app.store.runs import RunFilter, find_runs
from trainer.errors import FieldProblem

_IN_ADDRESS = (
    "runs sweep q adjusted baseline epoch order metric columns mode sort x scale smooth a b published "
    "pairing multiplicity margin tuned marks field by"
)
"""Its words, in the order in which an address holds them."""
OF_FIGURES = {*_IN_ADDRESS.split()} - {"columns", "mode", "sort", "marks"}
OF_TABLE = {*_IN_ADDRESS.split()} - {"metric", "x", "scale", "smooth", "a", "b", "field", "by"}
OF_EFFECTS = {*["runs", "sweep", "q", "epoch", "metric", "pairing", "multiplicity", "margin", "tuned"]}
_SAFE = ",:="

MOST_FOUND = 200
"""Runs of a search that are compared at once."""
_TUNED = "Rate that each setting has at its best."
_ADJUSTED = "Rows of adjusted logits: a run's number and what is done, as 12:tau=1.2, 12:tau=validation."
_MARGIN = "Points within which settings are the same."


@dataclass(frozen=True)
class Choices:
    """How runs are looked at, in words that are what they say. `baseline` is None where none was chosen."""

    baseline: Annotated[str | None, Query(max_length=400, description="Label of a setting.")] = None
    epoch: Annotated[At, Query(description="Figures after the last or the best epoch.")] = "last"
    order: Annotated[ClassOrder, Query(description="Order of classes.")] = "count"
    metric: Annotated[str, Query(max_length=100, description="Figure of an epoch.")] = "accuracy"
    mode: Annotated[Mode, Query(description="Cells hold values or differences to the baseline.")] = "value"
    sort: Annotated[str, Query(max_length=100, description="Column, with - before it largest first.")] = ""
    x: Annotated[XAxis, Query(description="Horizontal axis of curves.")] = "epoch"
    scale: Annotated[Scale, Query(description="Vertical axis of curves.")] = "linear"
    smooth: Annotated[float, Query(ge=0, le=0.99, description="Weight of the moving average.")] = 0.0
    a: Annotated[str, Query(max_length=400, description="Setting whose confusion is compared.")] = ""
    b: Annotated[str, Query(max_length=400, description="Setting that is taken from it.")] = ""
    pairing: Annotated[Pairing, Query(description="Independent seeds, or differences by seed.")] = "welch"
    multiplicity: Annotated[Multiplicity, Query(description="Adjusted for the whole page, or not.")] = "holm"
    tuned: Annotated[str | None, Query(max_length=60, description=_TUNED)] = None
    """None takes the sweep's own, "" none."""
    marks: Annotated[Marks, Query(description="Mark the best with its ties, or the largest mean.")] = "ties"
    field: Annotated[str, Query(max_length=60, description="Field that figures of fields are of.")] = ""
    by: Annotated[str, Query(max_length=60, description="Second field of these.")] = ""


@dataclass(frozen=True)
class CompareQuery(Choices):
    """Runs or a sweep, and how they are looked at."""

    runs: tuple[int, ...] = ()
    sweep: int | None = None
    q: str = ""
    """A search: the runs that it finds today."""
    columns: tuple[str, ...] = ()
    published: tuple[str, ...] = ()
    adjusted: tuple[str, ...] = ()
    margin: float | None = None
    """In points; None takes the sweep's own, 0 none."""

    @property
    def names_runs(self) -> bool:
        """Whether it says which runs are compared."""
        return bool(self.runs or self.q.strip()) or self.sweep is not None

    @property
    def words(self) -> dict[str, str]:
        """Name and value of each word that is not at its default, as they stand in the address."""
        ours, usual = vars(self), vars(CompareQuery())
        return {name: _text(ours[name]) for name in _IN_ADDRESS.split() if ours[name] != usual[name]}

    @property
    def text(self) -> str:
        """The query part of the page's address."""
        return urlencode(self.words, safe=_SAFE)

    def only(self, names: Collection[str]) -> str:
        """The query part, with these words only."""
        return urlencode({name: text for name, text in self.words.items() if name in names}, safe=_SAFE)

    def but(self, **words: Any) -> str:
        """The query with these words changed."""
        return replace(self, **words).text

    def without(self, adjusted: str, label: str) -> str:
        """The query without this row of adjusted logits, nor its label as the baseline or a side."""
        kept = tuple(one for one in self.adjusted if one != adjusted)
        sides = {"a": self.a, "b": self.b, "baseline": self.baseline}
        gone = {name: None if name == "baseline" else "" for name, said in sides.items() if said == label}
        return self.but(adjusted=kept, **gone)

    def sorted_by(self, key: str) -> str:
        """Largest first; the other way round where it is sorted so already."""
        return self.but(sort=key if self.sort == f"-{key}" else f"-{key}")

    def direction(self, key: str) -> str:
        """ "descending", "ascending", or "" where the table is sorted by something else."""
        return {f"-{key}": "descending", key: "ascending"}.get(self.sort, "")

    def ids(self, session: Session) -> tuple[int, ...]:
        """The runs, with those of the sweep and those found. Raises NotFoundError for an unknown sweep and a
        search that finds none, SearchError, and InvalidError where it finds more than are compared.
        """
        of_sweep = sweeps.runs_of(session, self.sweep) if self.sweep is not None else ()
        found = _found(session, self.q) if self.q.strip() else ()
        return tuple(dict.fromkeys((*self.runs, *of_sweep, *found)))

    def figure_request(self, session: Session, theme: Theme) -> FigureRequest:
        """What the figures of this comparison are asked for."""
        curves = CurveOptions(self.x, self.scale, self.smooth, marks_best=self.epoch == "best")
        ids, sides = self.ids(session), (self.a, self.b)
        words = (self.order, self.epoch, self.metric, curves)
        return FigureRequest(
            ids, theme, *words, *sides, self.options(session), self.sweep, self.field, self.by
        )

    def options(self, session: Session) -> CompareOptions:
        """How the runs are compared; the sweep's own margin and tuned rate where the address has none."""
        margin, tuned, looks = self.margin, self.tuned, None
        if self.sweep is not None:
            sweep = sweeps.get_sweep(session, self.sweep)
            margin = sweep.margin if margin is None else margin
            tuned = next(iter(sweep.tuned or ()), "") if tuned is None else tuned
            looks = PlannedLooks(**sweep.looks) if sweep.looks and not (self.runs or self.q) else None
        how = How(self.pairing, self.multiplicity, margin / 100 if margin else None)
        published = published_rows(session, self.published) if self.published else ()
        adjusted = adjusted_words(self.adjusted)
        return CompareOptions(self.baseline, self.epoch, published, adjusted, how, tuned or "", looks)


def source_of(query: CompareQuery, session: Session, settings: Settings, cache: FigureCache) -> Source:
    """What is drawn from these runs. Raises InvalidError where none is named, NotFoundError for a sweep."""
    if not query.names_runs:
        raise refused("runs", "or sweep is missing")
    source = Source(session, query.figure_request(session, LIGHT), settings, cache)
    if not source.request.run_ids:
        raise NotFoundError(f"Sweep {query.sweep} has no runs.", "Its page can queue the missing ones.")
    return source


def compare_query(
    choices: Annotated[Choices, Depends()],
    runs: Annotated[Sequence[str], Query(description="Numbers of runs, such as 1,2,5.")] = (),
    sweep: Annotated[str, Query(description="Number of a sweep, in place of runs or beside them.")] = "",
    q: Annotated[str, Query(max_length=LONGEST, description="A search, whose runs are compared.")] = "",
    columns: Annotated[Sequence[str], Query(description="Columns of the table.")] = (),
    published: Annotated[Sequence[str], Query(description="Published results beside the runs.")] = (),
    adjusted: Annotated[Sequence[str], Query(description=_ADJUSTED)] = (),
    margin: Annotated[str, Query(max_length=20, description=_MARGIN)] = "",
) -> CompareQuery:
    """The address as a form writes it. Raises InvalidError for numbers that are none, unknown columns."""
    ids, shown = run_ids(",".join(runs)) if any(runs) else [], _split(columns)
    _check_columns("columns", shown, (*known_columns(), NO_COLUMNS))
    by = choices.sort.removeprefix("-")
    if not (by[len(CLASS) :].isdecimal() and by.startswith(CLASS)):
        _check_columns("sort", filter(None, [by]), ("label", "n", *known_columns()))
    return CompareQuery(
        **vars(choices),
        runs=tuple(dict.fromkeys(ids)),
        sweep=_number(sweep),
        q=q,
        columns=shown,
        published=_split(published),
        adjusted=tuple(dict.fromkeys(one.text for one in adjusted_words(_split(adjusted)))),
        margin=_points(margin),
    )


def _found(session: Session, q: str) -> Sequence[int]:
    """The runs that a search finds, oldest first."""
    page = find_runs(session, RunFilter(q=q), "id", MOST_FOUND)
    if page.total > MOST_FOUND:
        problem = FieldProblem("q", f"finds {page.total} runs; at most {MOST_FOUND} are compared")
        raise InvalidError("The comparison was refused.", "Ask for fewer of them.", [problem])
    if not page.ids:
        raise NotFoundError(f"No run is found by {q}.", "The list of runs shows what a search finds.")
    return page.ids


def _number(text: str) -> int | None:
    if not text.strip():
        return None
    if text.isascii() and text.isdigit() and len(text) < 19:
        return int(text)
    raise refused("sweep", "must be a number")


def _points(text: str) -> float | None:
    """A margin in points; None where none is given."""
    if not text.strip():
        return None
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if 0 <= value <= 100:
        return value
    raise refused("margin", "must be 0 to 100 points")


def _check_columns(word: str, given: Iterable[str], known: Sequence[str]) -> None:
    """Raises InvalidError for columns that no table has, each with the nearest."""
    unknown = [problem_of(name, known) for name in given if name not in known][:MOST_NAMED]
    if unknown:
        problems = [FieldProblem(word, f"{one.path} {one.message}") for one in unknown]
        raise InvalidError("The comparison was refused.", fields=problems)


def _split(values: Sequence[str]) -> tuple[str, ...]:
    """Repeated words and words with commas between, each once."""
    return tuple(dict.fromkeys(word for value in values for word in value.split(",") if word))


def _text(value: Any) -> str:
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    return f"{value:g}" if isinstance(value, float) else str(value)
