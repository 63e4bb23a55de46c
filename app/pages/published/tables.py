"""How published rows fall into tables: of classes where a group has them, else of imbalance ratios."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.published.result import PublishedRow


@dataclass(frozen=True)
class ClassTable:
    """A row a result; `classes` are all classes that some row names, () where no row has any.

    source, recipe, note: what most rows share, said once for all of them; "" where they share none.
    """

    group: str
    own: bool
    classes: tuple[str, ...]
    rows: tuple[PublishedRow, ...]
    cells: dict[str, tuple[float | None, ...]]
    source: str
    recipe: str
    note: str


@dataclass(frozen=True)
class RatioLine:
    """A method as one source reports it: a result for each ratio of the table, None where it has none.

    recipe: "" where it is the source's usual one.
    """

    label: str
    source: str
    recipe: str
    note: str
    cells: tuple[PublishedRow | None, ...]

    @property
    def best_test_epoch(self) -> bool:
        """Whether any of its figures is of the best test epoch."""
        return any(row.best_test_epoch for row in self.cells if row)


@dataclass(frozen=True)
class RatioTable:
    """Overall accuracies by method and imbalance ratio, largest ratio first.

    recipes: the usual recipe of each source.
    """

    group: str
    ratios: tuple[float, ...]
    lines: tuple[RatioLine, ...]
    recipes: dict[str, str]


def published_tables(rows: Iterable[PublishedRow]) -> tuple[ClassTable | RatioTable, ...]:
    """A table a group, in the order of their first rows."""
    groups: dict[str, list[PublishedRow]] = {}
    for row in rows:
        groups.setdefault(row.group, []).append(row)
    return tuple(_table(group, members) for group, members in groups.items())


def _table(group: str, rows: Sequence[PublishedRow]) -> ClassTable | RatioTable:
    if rows[0].own or any(row.classes for row in rows):
        return _class_table(group, rows)
    return _ratio_table(group, rows)


def _ratio_table(group: str, rows: Sequence[PublishedRow]) -> RatioTable:
    sources = dict.fromkeys(row.source for row in rows)
    recipes = {source: _usual([row.recipe for row in rows if row.source == source]) for source in sources}
    ratios = sorted({row.imbalance_ratio or 1.0 for row in rows}, reverse=True)
    lines: dict[tuple[str, str, str, str], dict[float, PublishedRow]] = {}
    for row in rows:
        recipe = "" if row.recipe == recipes[row.source] else row.recipe
        key = (row.label, row.source, recipe, row.note)
        lines.setdefault(key, {})[row.imbalance_ratio or 1.0] = row
    methods = tuple(RatioLine(*key, tuple(map(cells.get, ratios))) for key, cells in lines.items())
    return RatioTable(group, tuple(ratios), methods, recipes)


def _class_table(group: str, rows: Sequence[PublishedRow]) -> ClassTable:
    classes = tuple(dict.fromkeys(name for row in rows for name in row.class_names))
    recalls = {row.id: dict(zip(row.class_names, row.classes, strict=True)) for row in rows}
    cells = {row_id: tuple(map(recall.get, classes)) for row_id, recall in recalls.items()}
    shared = {name: _shared([getattr(row, name) for row in rows]) for name in ("source", "recipe", "note")}
    return ClassTable(group, rows[0].own, classes, tuple(rows), cells, **shared)


def _usual(texts: Sequence[str]) -> str:
    [(text, _)] = Counter(texts).most_common(1)
    return text


def _shared(texts: Sequence[str]) -> str:
    """What more than half of several rows say."""
    text = _usual(texts)
    return text if len(texts) > 1 and 2 * texts.count(text) > len(texts) else ""
