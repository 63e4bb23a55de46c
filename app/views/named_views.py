"""Named views of the list of runs: one, the list, and which words of an address a view may hold."""

from urllib.parse import parse_qsl, urlencode

from sqlalchemy.orm import Session

from app.errors import InvalidError
from app.store import named_views as store
from app.store.tables import NamedView
from app.views.base import View
from trainer.errors import FieldProblem

WORDS = (
    *("q", "state", "tag", "dataset", "setting", "archived", "sweep"),
    *("group", "baseline", "open", "sort", "columns"),
)
"""Of the list's address; where one is in it (a page, a run beside it) is no part of a view."""
PASSED_BY = ("cursor", "show")
LONGEST_QUERY = 4000


class NamedViewLine(View):
    """An address of the list under a name; `query` stands after the question mark of /runs."""

    name: str
    query: str
    created_at: str


class NamedViews(View):
    """All of them, by name."""

    items: tuple[NamedViewLine, ...]


def named_views(session: Session) -> NamedViews:
    """Those of this board."""
    return NamedViews(items=tuple(map(named_view, store.all_views(session))))


def named_view(row: NamedView) -> NamedViewLine:
    """A row of the table."""
    return NamedViewLine(name=row.name, query=row.query, created_at=row.created_at)


def plain_query(text: str) -> str:
    """The words of an address of the list, without where one is in it.

    Raises InvalidError for a text that is too long, and for words that the list does not know.
    """
    said = parse_qsl(text.strip().partition("#")[0].removeprefix("/runs").removeprefix("?"))
    unknown = [name for name, _ in said if name not in (*WORDS, *PASSED_BY)]
    if unknown or len(text) > LONGEST_QUERY:
        why = (
            f"{unknown[0][:40]!r} is no word of the list"
            if unknown
            else f"is over {LONGEST_QUERY} characters"
        )
        problem = FieldProblem("query", f"{why}; known are {', '.join(WORDS)}" if unknown else why)
        raise InvalidError("The view was refused.", fields=[problem])
    return urlencode([(name, value) for name, value in said if name in WORDS])
