"""The reference results that come with betaboard, read from the data files beside this module."""

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from app.published.result import BEST_TEST_EPOCH, Result

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
