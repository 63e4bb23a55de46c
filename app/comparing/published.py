"""Published results as rows of a comparison: for reference, never paired, never counted."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence

from app.comparing.parts import Spread
from app.comparing.view import CompareClass, CompareRow
from app.formats import listed
from app.published.imported import UNKNOWN
from app.published.result import PublishedRow
from trainer.metrics.table import GROUPS, NAMES


def published_compare_rows(
    rows: Sequence[PublishedRow], classes: Sequence[CompareClass], taken: Iterable[str]
) -> tuple[CompareRow, ...]:
    """A row for each, under the comparison's classes (matched by name); labels differ from those `taken`."""
    labels = _labels(rows, set(taken))
    return tuple(_row(row, label, classes) for row, label in zip(rows, labels, strict=True))


def reservations(rows: Sequence[CompareRow]) -> tuple[str, ...]:
    """A sentence for each published row that contradicts itself, and one for those that were imported."""
    said = [
        f"{row.label} contradicts itself as published: {row.inconsistent}" for row in rows if row.inconsistent
    ]
    if imported := [row.label for row in rows if row.imported]:
        said.append(f"For reference only, and in no verdict: {listed(imported, 4)}. {UNKNOWN}")
    return tuple(said)


def _row(row: PublishedRow, label: str, classes: Sequence[CompareClass]) -> CompareRow:
    recall = dict(zip(row.class_names, row.classes, strict=False))
    columns = tuple(recall.get(column.name) for column in classes)
    metrics = _metrics(row, columns, classes)
    return CompareRow(
        label=label,
        kind="published",
        run_ids=(),
        n=0,
        setting_hash=row.id,
        config={},
        states={},
        epochs=(),
        metrics={name: Spread(mean=metrics.get(name), sd=None) for name in NAMES},
        classes=tuple(Spread(mean=value, sd=None) for value in columns),
        delta=None,
        deltas={},
        class_deltas=(None,) * len(classes),
        note=_note(row),
        inconsistent=row.inconsistent,
        imported=row.imported,
    )


def _note(row: PublishedRow) -> str:
    """Sentences: how the row was made, what is to be said of it, where it stands."""
    parts = (row.recipe, row.note, row.source)
    return " ".join(part if part.endswith(".") else f"{part}." for part in parts if part)


def _metrics(
    row: PublishedRow, columns: Sequence[float | None], classes: Sequence[CompareClass]
) -> dict[str, float | None]:
    """What follows from the published figures: groups only where every class of the comparison is known."""
    found: dict[str, float | None] = {"accuracy": row.accuracy}
    known = [value for value in row.classes if value is not None]
    if known and len(known) == len(row.classes):
        found["balanced_accuracy"] = math.fsum(known) / len(known)
        found["geometric_mean"] = math.prod(known) ** (1 / len(known))
        found["worst_class"] = min(known)
    recall = [value for value in columns if value is not None]
    if recall and len(recall) == len(classes):
        from trainer.metrics.groups import rank_groups  # brings numpy, which the web process starts without

        groups = rank_groups([column.train_count for column in classes])
        for name, group in zip(GROUPS, groups, strict=True):
            members = [recall[index] for index in group.tolist()]
            found[name] = math.fsum(members) / len(members) if members else None
    return found


def _labels(rows: Sequence[PublishedRow], taken: set[str]) -> list[str]:
    """The published label; with its table where a setting or another row has it; with its id beyond that."""
    plain = Counter(row.label for row in rows)
    longer = []
    for row in rows:
        is_free = plain[row.label] == 1 and row.label not in taken
        longer.append(row.label if is_free else f"{row.label} ({row.group})")
    shared = {label for label, number in Counter(longer).items() if number > 1} | taken
    pairs = zip(longer, rows, strict=True)
    return [f"{label} [{row.id}]" if label in shared else label for label, row in pairs]
