"""What a caller may send of named views; apart from the views themselves, which scripts load without it."""

from app.schema_types import ViewName
from app.schemas import Body


class ViewBody(Body):
    """A view of the list of runs to keep: its name, and the words of the address."""

    name: ViewName
    query: str = ""


class ViewPatchBody(Body):
    """What may change about a named view; what is left out stays."""

    name: ViewName | None = None
    query: str | None = None
