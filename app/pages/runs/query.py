"""The words of the list's address, and the addresses of its other states."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal, get_args
from urllib.parse import parse_qsl, urlencode

from fastapi import Query

from app.errors import InvalidError
from app.lifecycle import State
from app.pages.runs.columns import chosen_columns
from app.refusals import shown
from app.schema_types import LARGEST_ID, By
from app.search.parser import LONGEST
from app.store.runs import RunFilter
from app.views.named_views import plain_query
from trainer.errors import FieldProblem

ListBy = Literal["", "none", "setting", "sweep", "dataset", "tag"]
PAGE_SIZE = 100


@dataclass(frozen=True)
class RunQuery:
    """What the address of the list says. Methods give the query part of other addresses.

    sweep, dataset, setting (its hash): only its runs. open: sweeps whose runs are listed below their line.
    group: what the runs of a line share; "none": each has its own; "": sweeps of the plain list are folded.
    baseline: hash of the setting that others are held against. show: the run beside the list.
    """

    q: str = ""
    state: tuple[str, ...] = ()
    tag: tuple[str, ...] = ()
    archived: bool = False
    sweep: int | None = None
    dataset: str = ""
    setting: str = ""
    open: tuple[int, ...] = ()
    group: ListBy = ""
    baseline: str = ""
    sort: str = "-id"
    columns: tuple[str, ...] = ()
    show: int | None = None
    cursor: str | None = None

    @property
    def is_folded(self) -> bool:
        """Whether a sweep is one line: in the plain list by age. Filters and other orders see each run."""
        return not (self.is_filtered or self.group) and self.sort.removeprefix("-") == "id"

    @property
    def wanted(self) -> RunFilter:
        """As the store takes it."""
        chosen = RunFilter(q=self.q.strip(), states=self.state, tags=self.tag, sweep=self.sweep)
        also = replace(chosen, dataset=self.dataset or None, setting=self.setting)
        return replace(also, archived=self.archived, folded=self.is_folded)

    @property
    def is_filtered(self) -> bool:
        """Whether anything narrows the list."""
        words = (self.q.strip(), self.state, self.tag, self.archived, self.sweep, self.dataset, self.setting)
        return any(words)

    @property
    def said(self) -> dict[str, Any]:
        """Each word that is not at its default."""
        usual = RunQuery()
        found = {name: value for name, value in vars(self).items() if value != getattr(usual, name)}
        found |= {"archived": "true"} if self.archived else {}
        return found | ({"columns": ",".join(self.columns)} if self.columns else {})

    @property
    def text(self) -> str:
        """This query, without what is at its default."""
        return urlencode(self.said, doseq=True, safe=",")

    def carried(self, *but: str) -> list[tuple[str, str]]:
        """What a form carries along that has fields of its own for these words; from the first page."""
        plain = replace(self, cursor=None, **{word: getattr(RunQuery(), word) for word in but}).text
        return parse_qsl(plain)

    @property
    def twin(self) -> str:
        """The same list for the API, below its runs."""
        ours = {"open", "columns", "show", "group", "baseline"}
        said = {name: value for name, value in self.said.items() if name not in ours}
        if self.group in get_args(By):
            against = {"baseline": self.baseline} if self.baseline else {}
            asked = {"by": self.group, **against, **said}
            asked.pop("sort", None)
            return f"/groups?{urlencode(asked, doseq=True)}"
        folded = {"folded": "true"} if self.is_folded else {}
        return f"?{urlencode({'limit': PAGE_SIZE, 'sort': self.sort, **said, **folded}, doseq=True)}"

    def but(self, **words: Any) -> str:
        """The query with these words changed, from its first page."""
        return replace(self, **{"cursor": None, **words}).text

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

    def beside(self, run_id: int | None) -> str:
        """The same page with this run beside it, or without one."""
        return replace(self, show=run_id).text

    @property
    def kept(self) -> str:
        """What a view of this list is kept as."""
        return plain_query(self.text)

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
    q: Annotated[str, Query(max_length=LONGEST)] = "",
    state: Annotated[Sequence[str], Query(max_length=50)] = (),
    tag: Annotated[Sequence[str], Query(max_length=20)] = (),
    archived: bool = False,
    sweep: Annotated[int | None, Query(ge=1, le=LARGEST_ID)] = None,
    dataset: Annotated[str, Query(max_length=200)] = "",
    setting: Annotated[str, Query(max_length=64)] = "",
    open: Annotated[Sequence[int], Query(max_length=50)] = (),
    group: ListBy = "",
    baseline: Annotated[str, Query(max_length=64)] = "",
    sort: str = "-id",
    columns: Annotated[Sequence[str], Query(max_length=50)] = (),
    show: Annotated[int | None, Query(ge=1, le=LARGEST_ID)] = None,
    cursor: str | None = None,
) -> RunQuery:
    """The address as a form writes it: an empty choice is none.

    Raises InvalidError for an unknown state, and for a column that there is not.
    """
    try:
        states = tuple(State(word) for word in state if word)
    except ValueError as error:
        typed = ", ".join(map(shown, state))
        problem = FieldProblem("state", f"must be one of {', '.join(State)}, got {typed}")
        raise InvalidError("The filter was refused.", fields=[problem]) from error
    tags = tuple(word for word in tag if word)
    return RunQuery(
        q, states, tags, archived, sweep, dataset, setting, tuple(open), group, baseline, sort,
        chosen_columns(columns), show, cursor,
    )  # fmt: skip
