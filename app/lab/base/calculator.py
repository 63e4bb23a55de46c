"""What a calculator is: its inputs as people type them, the request they make, and the view that answers it.

Typed inputs (a page's address, options of a command) are text under the names of `fields`; a request is the
JSON of the REST endpoint, checked by `body`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

from app.errors import InvalidError, NotFoundError
from app.lab.base.sources import Sources
from app.schemas import Body, read
from app.views.base import View
from trainer.errors import FieldProblem, TheoryError

Kind = Literal["line", "grid", "choice", "switch", "state"]
"""line: one line of text. grid: rows of entries. choice: one of `options`. switch: "true" or "".
state: how the page shows the answer, such as the row it points at; not drawn as a field."""

Typed = Mapping[str, str]


@dataclass(frozen=True)
class Field:
    """An input: a word in the page's address, an option of the command, a control of the form.

    `paths` are where the request holds it ("input.height"): a problem at or below one is shown here.
    `fills` marks a field from which others are filled (a run, a data set): it needs the database.
    `group` names the part of the form.
    """

    name: str
    label: str
    about: str = ""
    default: str = ""
    kind: Kind = "line"
    options: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    group: str = ""
    fills: bool = False

    @property
    def help(self) -> str:
        """Label and `about` as sentences."""
        return f"{self.label}. {self.about}".strip()


@dataclass(frozen=True)
class Example:
    """A worked example: what is typed, and in `about` what it shows."""

    title: str
    about: str
    typed: Typed


def as_typed(typed: Typed, _sources: Sources) -> Typed:
    """Fills nothing."""
    return typed


@dataclass(frozen=True)
class Calculator:
    """One calculator. `name` is that of the contract: page, endpoint and command are called so.

    request: typed text -> the request as JSON values; raises InvalidError or TheoryError naming fields.
    calculate: body -> view; raises TheoryError naming paths of the request.
    lines: what a terminal shows of the view.
    fill: typed text with what a run or a data set gives; the fields it filled from are emptied.
    """

    name: str
    title: str
    about: str
    fields: tuple[Field, ...]
    body: type[Body]
    view: type[View]
    request: Callable[[Typed], Mapping[str, Any]]
    calculate: Callable[[Any], View]
    lines: Callable[[Any], Iterable[str]]
    examples: tuple[Example, ...] = ()
    fill: Callable[[Typed, Sources], Typed] = as_typed

    def complete(self, typed: Typed) -> dict[str, str]:
        """All fields, those left out at their default. Raises InvalidError for a name that is none."""
        known = {field.name: field.default for field in self.fields}
        unknown = [FieldProblem(name, f"is not known here; known are {', '.join(known)}")
                   for name in typed if name not in known]  # fmt: skip
        if unknown:
            raise InvalidError(f"The input was refused: {', '.join(typed.keys() - known)}.", fields=unknown)
        return known | dict(typed)

    def filled(self, typed: Typed, sources: Sources) -> Typed:
        """`typed`, complete, with what its sources give. Raises InvalidError naming fields."""
        with self._at_fields():
            try:
                return self.fill(typed, sources)
            except NotFoundError as error:
                raise InvalidError(error.message, error.hint, [_unknown_run(error)]) from error

    def work_out(self, body: Body) -> View:
        """The answer to a checked request. Raises InvalidError naming paths of the request."""
        with _refusing():
            return self.calculate(body)

    def work_out_typed(self, typed: Typed) -> View:
        """The answer to what was typed, complete. Raises InvalidError naming fields."""
        with self._at_fields():
            return self.work_out(read(self.body, self.request(typed)))

    @contextmanager
    def _at_fields(self) -> Iterator[None]:
        """Show what is refused at the fields where it was typed."""
        try:
            with _refusing():
                yield
        except InvalidError as error:
            raise self._homed(error) from error

    def _homed(self, error: InvalidError) -> InvalidError:
        """The error with each problem at the field where it was typed, saying at which of its entries."""
        fields = [
            FieldProblem(home := self.home(problem.path), _placed(problem, home)) for problem in error.fields
        ]
        names = ", ".join(dict.fromkeys(problem.path for problem in fields))
        return InvalidError(f"The input was refused: {names}.", error.hint, fields)

    def home(self, path: str) -> str:
        """Name of the field that holds `path` of the request; `path` itself where none does."""
        holders = [(len(known), field.name) for field in self.fields
                   for known in (field.name, *field.paths) if _holds(known, path)]  # fmt: skip
        return max(holders)[1] if holders else path


@contextmanager
def _refusing() -> Iterator[None]:
    """Raise what the formulas refuse as the app's own error."""
    try:
        yield
    except TheoryError as error:
        raise InvalidError(error.message, error.hint, error.fields) from error


def _unknown_run(error: NotFoundError) -> FieldProblem:
    """Of what fills fields only a run can be missing: data sets and models refuse by themselves."""
    return FieldProblem("run", error.message)


def _placed(problem: FieldProblem, home: str) -> str:
    """Such as "layers[2].kernel must be ...": a field may hold many entries."""
    return f"{problem.path} {problem.message}" if problem.path.startswith(f"{home}[") else problem.message


def _holds(known: str, path: str) -> bool:
    return path == known or path.startswith((f"{known}.", f"{known}["))
