"""Fills the views of published results: those that come with betaboard, then those that users added."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from app.errors import InvalidError
from app.published.checks import inconsistency
from app.published.reference import reference_results
from app.published.result import Result
from app.published.view import PublishedList, PublishedRow
from app.store import published as store
from app.store import tables
from trainer.errors import FieldProblem

_OWN = "own-"
"""Ids of added rows are this and their number."""


def published(session: Session) -> PublishedList:
    """All rows, group by group, each checked."""
    own = (_stored(row) for row in store.own_rows(session))
    return PublishedList(items=tuple(map(_row, (*reference_results(), *own))))


def published_rows(session: Session, ids: Sequence[str]) -> tuple[PublishedRow, ...]:
    """These rows in this order, each once. Raises InvalidError naming an id that does not exist."""
    known = {row.id: row for row in published(session).items}
    wanted = list(dict.fromkeys(ids))
    unknown = [row_id for row_id in wanted if row_id not in known]
    if unknown:
        said = f"there is no published result {unknown[0][:60]!r}; ids stand in /api/v1/published"
        raise InvalidError("The published results were refused.", fields=[FieldProblem("published", said)])
    return tuple(known[row_id] for row_id in wanted)


def own_id(number: int) -> str:
    """The id of an added row."""
    return f"{_OWN}{number}"


def own_number(row_id: str) -> int | None:
    """The number of an added row from its id; None for any other id."""
    number = row_id.removeprefix(_OWN)
    is_own = row_id.startswith(_OWN) and number.isascii() and number.isdigit() and len(number) < 19
    return int(number) if is_own else None


def _row(result: Result) -> PublishedRow:
    return PublishedRow(**dict(result), inconsistent=inconsistency(result))


def _stored(row: tables.PublishedRow) -> Result:
    """Stored rows were checked when they came; they are not refused for what a newer version would refuse."""
    return Result.model_construct(
        id=own_id(row.id),
        group=row.group_name,
        label=row.label,
        dataset=row.dataset,
        imbalance_ratio=row.imbalance_ratio,
        accuracy=row.accuracy,
        classes=tuple(row.classes),
        class_names=tuple(row.class_names),
        source=row.source,
        recipe=row.recipe,
        note=row.note,
        own=True,
    )
