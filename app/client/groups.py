"""The client's calls about the list of runs in groups, and its named views."""

from collections.abc import Iterable
from urllib.parse import quote

from app.client.calls import Calls, given
from app.comparing.group_views import RunGroups
from app.schema_types import By
from app.urls import API
from app.views.named_views import NamedViewLine, NamedViews


class GroupCalls(Calls):
    """Groups and views; `Client` has these beside its calls about runs."""

    def groups(
        self,
        by: By = "setting",
        q: str = "",
        state: Iterable[str] = (),
        tag: Iterable[str] = (),
        sweep: int | None = None,
        archived: bool = False,
        baseline: str | None = None,
        limit: int = 100,
        cursor: str | None = None,
    ) -> RunGroups:
        """A page of what the runs of the list share, the group with the newest run first.

        by: setting (at most 25 a page, compared with one another), sweep, dataset or tag. baseline: hash of
        the setting that the others are held against.
        """
        asked = {"q": q, "state": list(state), "tag": list(tag), "archived": archived, "limit": limit}
        chosen = given(sweep=sweep, baseline=baseline, cursor=cursor)
        return self._get(RunGroups, f"{API}/runs/groups", by=by, **asked, **chosen)

    def views(self) -> tuple[NamedViewLine, ...]:
        """The named views of the list of runs, by name."""
        return self._get(NamedViews, f"{API}/views").items

    def keep_view(self, name: str, query: str) -> NamedViewLine:
        """Keep the words of an address of the list under a name. Raises RefusedError, ConflictedError."""
        return self._post(NamedViewLine, f"{API}/views", {"name": name, "query": query})

    def change_view(self, name: str, to: str | None = None, query: str | None = None) -> NamedViewLine:
        """Another name, another query, or both. Raises MissingError, RefusedError, ConflictedError."""
        answer = self._send("PATCH", _path(name), json=given(name=to, query=query))
        return NamedViewLine.model_validate_json(answer.content)

    def delete_view(self, name: str) -> None:
        """Forget the name; runs stay as they are. Raises MissingError."""
        self._send("DELETE", _path(name))


def _path(name: str) -> str:
    return f"{API}/views/{quote(name, safe='')}"
