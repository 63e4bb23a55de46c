"""What a calculator is: its inputs as people type them, the request they make, and the view that answers it.

Typed inputs (a page's address, options of a command) are text under the names of `fields`; a request is the
JSON of the REST endpoint, checked by `body`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from pydantic import WithJsonSchema

from app.errors import InvalidError, NotFoundError
from app.lab.base.sources import Sources
from app.schemas import Body, read
from app.views.base import View
from trainer.errors import FieldProblem, TheoryError

Kind = Literal["line", "grid", "choice", "switch", "state"]
"""line: one line of text. grid: rows of entries. choice: one of `options`. switch: "true" or "".
state: how the page shows the answer, such as the row it points at; not drawn as a field."""

Typed = Mapping[str, str]

NUMERAL: dict[str, Any] = {"anyOf": [{"type": "number"}, {"type": "string"}]}
_NUMERALS = {"type": "array", "items": NUMERAL}
_LINES = {"type": "array", "items": {"anyOf": [*NUMERAL["anyOf"], _NUMERALS]}}

Numeral = Annotated[Any, WithJsonSchema(NUMERAL)]
"""In a request, as JSON may hold it: a number, or text such as "3/2". The formulas read it, or refuse."""
Numerals = Annotated[Any, WithJsonSchema(_NUMERALS)]
Answer = Annotated[Any, WithJsonSchema(_LINES)]
"""An answer to be marked: a list of numbers, or one list for each row."""
Listed = Annotated[Any, WithJsonSchema({"type": "array", "items": {}})]
"""Lists of numerals, nested as their field says."""


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


RUN = Field("run", "Run", "its number", fills=True)


def group(title: str, *fields: Field) -> tuple[Field, ...]:
    """The fields as one part of the form."""
    return tuple(replace(field, group=title) for field in fields)


@dataclass(frozen=True)
class Example:
    """A worked example: what is typed, and in `about` what it shows."""

    title: str
    about: str
    typed: Typed


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
    fill: Callable[[Typed, Sources], Typed] = lambda typed, _sources: typed

    def query(self, typed: Typed) -> str:
        """What was typed as the query of an address, without what stands at its default."""
        defaults = {field.name: field.default for field in self.fields}
        return urlencode({name: value for name, value in typed.items() if defaults.get(name) != value})

    def page(self, typed: Typed) -> str:
        """Path of the page that is filled so."""
        return f"/theory/{self.name}?{self.query(typed)}".removesuffix("?")

    def complete(self, typed: Typed) -> dict[str, str]:
        """All fields, those left out at their default. Raises InvalidError for a name that is none."""
        known = {field.name: field.default for field in self.fields}
        message = f"is not known here; known are {', '.join(known)}"
        unknown = [FieldProblem(name, message) for name in typed if name not in known]
        if unknown:
            raise InvalidError(f"The input was refused: {', '.join(typed.keys() - known)}.", fields=unknown)
        return known | dict(typed)

    def filled(self, typed: Typed, sources: Sources) -> Typed:
        """`typed`, complete, with what its sources give. Raises InvalidError naming fields."""
        with self._at_fields():
            try:
                return self.fill(typed, sources)
            except NotFoundError as error:
                # Only a run can be missing: data sets and models refuse by themselves.
                raise InvalidError(error.message, error.hint, [FieldProblem("run", error.message)]) from error

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
            fields = [self._at_field(problem) for problem in error.fields]
            names = ", ".join(dict.fromkeys(problem.path for problem in fields))
            raise InvalidError(f"The input was refused: {names}.", error.hint, fields) from error

    def _at_field(self, problem: FieldProblem) -> FieldProblem:
        """The problem at the field where it was typed; a field of many entries says at which of them."""
        name = self.field_of(problem.path)
        is_entry = problem.path.startswith(f"{name}[")
        return FieldProblem(name, f"{problem.path} {problem.message}" if is_entry else problem.message)

    def field_of(self, path: str) -> str:
        """Name of the field that holds `path` of the request; `path` itself where none does."""
        known = [(held, field.name) for field in self.fields for held in (field.name, *field.paths)]
        holders = [(len(held), name) for held, name in known if _holds(held, path)]
        return max(holders)[1] if holders else path


@contextmanager
def _refusing() -> Iterator[None]:
    """Raise what the formulas refuse as the app's own error."""
    try:
        yield
    except TheoryError as error:
        raise InvalidError(error.message, error.hint, error.fields) from error


def _holds(known: str, path: str) -> bool:
    return path == known or path.startswith((f"{known}.", f"{known}["))
