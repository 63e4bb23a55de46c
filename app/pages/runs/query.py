"""The list of runs as words in the URL: what it shows, how it is sorted, and links that change one word."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Query

from app.errors import InvalidError
from app.lifecycle import State
from app.schemas import LARGEST_ID, shown
from app.store.runs import RunFilter
from trainer.errors import FieldProblem

PAGE_SIZE = 100


@dataclass(frozen=True)
class RunQuery:
    """What the address of the list says. Methods give the query part of other addresses.

    sweep: only its runs. open: sweeps whose runs are listed below their line.
    """

    q: str = ""
    state: tuple[str, ...] = ()
    tag: tuple[str, ...] = ()
    archived: bool = False
    sweep: int | None = None
    open: tuple[int, ...] = ()
    sort: str = "-id"
    cursor: str | None = None

    @property
    def is_folded(self) -> bool:
        """Whether a sweep is one line: in the plain list by age. Filters and other orders see each run."""
        return not self.is_filtered and self.sort.removeprefix("-") == "id"

    @property
    def wanted(self) -> RunFilter:
        """As the store takes it."""
        chosen = RunFilter(q=self.q.strip(), states=self.state, tags=self.tag, sweep=self.sweep)
        return replace(chosen, archived=self.archived, folded=self.is_folded)

    @property
    def is_filtered(self) -> bool:
        """Whether anything narrows the list."""
        return bool(self.q.strip() or self.state or self.tag or self.archived or self.sweep)

    @property
    def text(self) -> str:
        """This query, without what is at its default."""
        usual = RunQuery()
        said = {name: value for name, value in vars(self).items() if value != getattr(usual, name)}
        return urlencode(said, doseq=True)

    @property
    def twin(self) -> str:
        """The same list for the API."""
        said = {name: value for name, value in vars(self).items() if value and name != "open"}
        folded = {"folded": "true"} if self.is_folded else {}
        return urlencode({"limit": PAGE_SIZE, **said, **folded}, doseq=True)

    def but(self, **words: Any) -> str:
        """The query with these words changed, from its first page."""
        return replace(self, cursor=None, **words).text

    def with_tag(self, tag: str) -> str:
        """Narrowed to runs with this tag, too."""
        return self.but(tag=tuple(dict.fromkeys((*self.tag, tag))))

    def without_tag(self, tag: str) -> str:
        """No longer narrowed by this tag."""
        return self.but(tag=tuple(word for word in self.tag if word != tag))

    def toggled(self, sweep_id: int) -> str:
        """The same page with this sweep's runs listed, or no longer."""
        opened = tuple(one for one in self.open if one != sweep_id)
        return replace(self, open=opened if sweep_id in self.open else (*opened, sweep_id)).text

    def after(self, cursor: str) -> str:
        """The query of the next page."""
        return replace(self, cursor=cursor).text

    def sorted_by(self, key: str) -> str:
        """Largest first; the other way round where it is sorted so already."""
        return self.but(sort=key if self.sort == f"-{key}" else f"-{key}")

    def direction(self, key: str) -> str:
        """ "descending", "ascending", or "" where the list is sorted by something else."""
        return {f"-{key}": "descending", key: "ascending"}.get(self.sort, "")


def run_query(
    q: Annotated[str, Query(max_length=200)] = "",
    state: Annotated[Sequence[str], Query(max_length=50)] = (),
    tag: Annotated[Sequence[str], Query(max_length=20)] = (),
    archived: bool = False,
    sweep: Annotated[int | None, Query(ge=1, le=LARGEST_ID)] = None,
    open: Annotated[Sequence[int], Query(max_length=50)] = (),
    sort: str = "-id",
    cursor: str | None = None,
) -> RunQuery:
    """The address as a form writes it: an empty choice is none. Raises InvalidError for an unknown state."""
    try:
        states = tuple(State(word) for word in state if word)
    except ValueError as error:
        typed = ", ".join(map(shown, state))
        problem = FieldProblem("state", f"must be one of {', '.join(State)}, got {typed}")
        raise InvalidError("The filter was refused.", fields=[problem]) from error
    tags = tuple(word for word in tag if word)
    return RunQuery(q, states, tags, archived, sweep, tuple(open), sort, cursor)
