"""The form of a calculator's page: its fields in groups, with what was typed and what was refused.

The query of an address is what was typed, for the page of a calculator and for its JSON twin alike.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.datastructures import QueryParams

from app.errors import InvalidError
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
    groups: dict[str, list[TypedField]] = {}
    for field in calculator.fields:
        refused = "; ".join(problem.message for problem in problems if problem.path == field.name)
        groups.setdefault(field.group, []).append(TypedField(field, typed[field.name], refused))
    return {title: Group(title, tuple(fields)) for title, fields in groups.items()}


def typed_query(query: QueryParams) -> Typed:
    """What stands in the query by name. Raises InvalidError for a name that is given more than once."""
    doubled = [FieldProblem(name, "is given twice") for name in query if len(query.getlist(name)) > 1]
    if doubled:
        raise InvalidError("The request was refused.", fields=doubled)
    return dict(query)
