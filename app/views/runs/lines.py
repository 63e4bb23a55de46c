"""The list of runs: a line is made when it is first asked for, and again when its run's row has changed."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from app.lifecycle import State
from app.store import runs as store
from app.store.rows import Row
from app.views.recent import Recent
from app.views.runs.fill import summaries
from app.views.runs.view import RunList, RunSummary

MOST_LINES = 1000
"""About 8 MB."""

_Stands = tuple[Row, tuple[str, ...]]
"""What a line is made from: the run's row, which every entry of its journal changes, and its tags."""


class Lines:
    """The lines that were asked for last, in bounded number; safe to share between threads."""

    def __init__(self, most: int = MOST_LINES) -> None:
        self._known: Recent[tuple[_Stands, RunSummary]] = Recent(most)

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
        asked = {run_id: self._known.get(run_id) for run_id in stands}
        found = {at: known[1] for at, known in asked.items() if known and known[0] == stands[at]}
        if missing := [run_id for run_id in stands if run_id not in found]:
            for line in summaries(session, store.listed_runs(session, missing), tags):
                found[line.id] = line
                if line.state != State.QUEUED:  # which waits for others
                    self._known.put(line.id, (stands[line.id], line))
        return tuple(found[run_id] for run_id in stands)
