"""The form of a calculator's page: its fields in groups, with what was typed and what was refused."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from app.lab.base.calculator import Calculator, Field, Typed
from trainer.errors import FieldProblem

SHORTEST_GRID, TALLEST_GRID = 2, 12


@dataclass(frozen=True)
class TypedField:
    """A field with what stands in it and why that was refused ("" where it was not)."""

    field: Field
    value: str
    problem: str

    @property
    def rows(self) -> int:
        """Height of a grid's box, in lines."""
        return min(max(self.value.count("\n") + 1, SHORTEST_GRID), TALLEST_GRID)


@dataclass(frozen=True)
class Group:
    """Fields that stand together, under a title ("" for none)."""

    title: str
    fields: tuple[TypedField, ...]


def form_groups(calculator: Calculator, typed: Typed, problems: Sequence[FieldProblem]) -> dict[str, Group]:
    """Groups by title, in the order of the calculator's fields; a field's problems are joined."""
    said: dict[str, list[str]] = {}
    for problem in problems:
        said.setdefault(problem.path, []).append(problem.message)
    groups: dict[str, list[TypedField]] = {}
    for field in calculator.fields:
        filled = TypedField(field, typed[field.name], "; ".join(said.get(field.name, ())))
        groups.setdefault(field.group, []).append(filled)
    return {title: Group(title, tuple(fields)) for title, fields in groups.items()}


def address(calculator: Calculator, typed: Mapping[str, str]) -> str:
    """What was typed as the query of an address, without what stands at its default."""
    defaults = {field.name: field.default for field in calculator.fields}
    return urlencode({name: value for name, value in typed.items() if defaults.get(name) != value})
