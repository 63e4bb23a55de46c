"""Published results, read, added and deleted: those that come with betaboard, and those that users added."""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from sqlalchemy.orm import Session

from app.errors import ConflictError, InvalidError, NotFoundError
from app.published.imported import imported_results
from app.published.result import BEST_TEST_EPOCH, PublishedList, PublishedRow, Result, inconsistency
from app.store import published as store
from app.store import tables
from trainer.errors import FieldProblem

_OWN = "own-"
"""Ids of added rows are this and their number."""
_SHARED = ("label", "dataset", "imbalance_ratio", "accuracy", "source", "recipe", "note")
"""Fields that a stored row and a result call the same."""


def published(session: Session) -> PublishedList:
    """All rows, group by group, each checked."""
    own = (_stored(row) for row in store.own_rows(session))
    results = (*reference_results(), *own, *imported_results(session))
    return PublishedList(items=tuple(map(_row, results)))


def published_rows(session: Session, ids: Sequence[str]) -> tuple[PublishedRow, ...]:
    """These rows in this order, each once. Raises InvalidError naming an id that does not exist."""
    known = {row.id: row for row in published(session).items}
    wanted = list(dict.fromkeys(ids))
    unknown = [row_id for row_id in wanted if row_id not in known]
    if unknown:
        problem = f"there is no published result {unknown[0][:60]!r}; ids stand in /api/v1/published"
        raise InvalidError("The published results were refused.", fields=[FieldProblem("published", problem)])
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
    fields: dict[str, Any] = {name: getattr(row, name) for name in _SHARED}
    fields |= {"classes": tuple(row.classes), "class_names": tuple(row.class_names)}
    return Result.model_construct(id=own_id(row.id), group=row.group_name, own=True, **fields)


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
        hint = "Only rows that were added here can be deleted."
        raise ConflictError(f"{row_id} comes with betaboard.", hint)
    else:
        raise NotFoundError(f"There is no published result {row_id[:60]!r}.", "Ids stand in the list of all.")


def _as_row(result: Result) -> tables.PublishedRow:
    names = {"classes": list(result.classes), "class_names": list(result.class_names)}
    shared = {name: getattr(result, name) for name in _SHARED}
    return tables.PublishedRow(group_name=result.group, **shared, **names)


_TITLES = {"cifar10": "CIFAR-10-LT, ResNet-32", "cifar100": "CIFAR-100-LT, ResNet-32"}


@cache
def reference_results() -> tuple[Result, ...]:
    """The write-up's rows, then the literature's by data set, method and falling imbalance; checked once."""
    write_up = tuple(_write_up(_read("write_up.toml")))
    tables = _read("literature.toml")
    literature = (row for dataset in _TITLES for row in _literature(tables, dataset))
    return write_up + tuple(literature)


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((files("app.published") / name).read_text("utf-8"))


def _write_up(table: Mapping[str, Any]) -> Iterator[Result]:
    """Rows in percent under one recipe; what a row says itself counts more than the table's word."""
    shared = {"dataset", "imbalance_ratio", "class_names", "recipe", "note"}
    for row in table["rows"]:
        given = {key: value for key, value in table.items() if key in shared} | row
        percents, names = given.pop("classes", []), given.pop("class_names", ())
        given |= {"id": f"write-up-{row['id']}", "group": table["group"], "source": table["source"]}
        given |= {"accuracy": _fraction(given["accuracy"]), "classes": tuple(map(_fraction, percents))}
        yield Result(**given, class_names=tuple(names) if percents else ())


def _literature(tables: Mapping[str, Any], dataset: str) -> Iterator[Result]:
    """Errors in percent by imbalance ratio, as accuracies."""
    for row in tables["rows"]:
        source = tables["sources"][row["source"]]
        flatters = source.get("best_test_epoch", False)
        recipe = row.get("recipe", source["recipe"])
        for ratio, error in row.get(dataset, {}).items():
            yield Result(
                id=f"{dataset}-{ratio}-{row['id']}",
                group=_TITLES[dataset],
                label=row["label"],
                dataset=dataset,
                imbalance_ratio=float(ratio),
                accuracy=_fraction(100 - error),
                source=source["name"],
                recipe=f"{recipe} {BEST_TEST_EPOCH}" if flatters else recipe,
                note=row.get("note", ""),
                best_test_epoch=flatters,
            )


def _fraction(percent: float) -> float:
    """Rounded to what two decimals of a percent can say, so that 100 - 29.64 is 0.7036 to the last bit."""
    return round(percent / 100, 6)
