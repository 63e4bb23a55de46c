"""What people do to published results: add their own rows, and delete those."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from app.errors import ConflictError, NotFoundError
from app.published.fill import own_id, own_number, published_rows
from app.published.reference import reference_results
from app.published.result import Result
from app.published.view import PublishedList
from app.store import published as store
from app.store.tables import PublishedRow


def add(session: Session, results: Sequence[Result]) -> PublishedList:
    """Store the results and show them as they are listed from now on; an equal row is not doubled.

    Raises ConflictError where the board would hold too many.
    """
    numbers = store.add_rows(session, [_as_row(result) for result in results])
    return PublishedList(items=published_rows(session, [own_id(number) for number in numbers]))


def delete(session: Session, row_id: str) -> None:
    """Forget an added row. Raises NotFoundError, and ConflictError for a row that comes with betaboard."""
    number = own_number(row_id)
    if number is not None:
        store.delete_row(session, number)
    elif any(result.id == row_id for result in reference_results()):
        raise ConflictError(
            f"{row_id} comes with betaboard.", "Only rows that were added here can be deleted."
        )
    else:
        raise NotFoundError(f"There is no published result {row_id[:60]!r}.", "Ids stand in the list of all.")


def _as_row(result: Result) -> PublishedRow:
    return PublishedRow(
        group_name=result.group,
        label=result.label,
        dataset=result.dataset,
        imbalance_ratio=result.imbalance_ratio,
        accuracy=result.accuracy,
        classes=list(result.classes),
        class_names=list(result.class_names),
        source=result.source,
        recipe=result.recipe,
        note=result.note,
    )
