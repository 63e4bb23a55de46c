"""The query of an address as typed text, for the page of a calculator and for its JSON twin alike."""

from starlette.datastructures import QueryParams

from app.errors import InvalidError
from app.lab.base.calculator import Typed
from trainer.errors import FieldProblem


def typed_in(query: QueryParams) -> Typed:
    """What stands in the query by name. Raises InvalidError for a name that is given more than once."""
    doubled = [FieldProblem(name, "is given twice") for name in query if len(query.getlist(name)) > 1]
    if doubled:
        raise InvalidError("The request was refused.", fields=doubled)
    return dict(query)
