"""The list of runs: a line is made when it is first asked for, and again when its run's row has changed."""

from collections import OrderedDict
from collections.abc import Sequence
from threading import Lock

from sqlalchemy.orm import Session

from app.lifecycle import State
from app.store import runs as store
from app.store.rows import Row
from app.views.runs.fill import summaries
from app.views.runs.view import RunList, RunSummary

MOST_LINES = 1000
"""About 8 MB."""

_Stands = tuple[Row, tuple[str, ...]]
"""What a line is made from: the run's row, which every entry of its journal changes, and its tags."""


class Lines:
    """The lines that were asked for last, in bounded number; safe to share between threads."""

    def __init__(self, most: int = MOST_LINES) -> None:
        self._most, self._lock = most, Lock()
        self._known: OrderedDict[int, tuple[_Stands, RunSummary]] = OrderedDict()

    def page(
        self,
        session: Session,
        wanted: store.RunFilter,
        sort: str = "-id",
        limit: int = 50,
        cursor: str | None = None,
    ) -> RunList:
        """One page of runs. Raises InvalidError for an unknown sort key or a cursor that is none."""
        page = store.find_runs(session, wanted, sort=sort, limit=limit, cursor=cursor)
        items = self._lines(session, page.rows)
        return RunList(items=items, next_cursor=page.next_cursor, total=page.total)

    def _lines(self, session: Session, rows: Sequence[Row]) -> tuple[RunSummary, ...]:
        tags = store.tags_of(session, [row[0] for row in rows])
        stands: dict[int, _Stands] = {row[0]: (row, tags[row[0]]) for row in rows}
        found = self._found(stands)
        if missing := [run_id for run_id in stands if run_id not in found]:
            made = summaries(session, store.listed_runs(session, missing), tags)
            found |= {line.id: line for line in made}
            self._keep({line.id: (stands[line.id], line) for line in made if line.state != State.QUEUED})
        return tuple(found[run_id] for run_id in stands)

    def _found(self, stands: dict[int, _Stands]) -> dict[int, RunSummary]:
        """Those that still hold. A queued run's are never kept: it waits for others."""
        found: dict[int, RunSummary] = {}
        with self._lock:
            for run_id, stand in stands.items():
                if (known := self._known.get(run_id)) and known[0] == stand:
                    self._known.move_to_end(run_id)
                    found[run_id] = known[1]
        return found

    def _keep(self, made: dict[int, tuple[_Stands, RunSummary]]) -> None:
        with self._lock:
            self._known |= made
            while len(self._known) > self._most:
                self._known.popitem(last=False)
