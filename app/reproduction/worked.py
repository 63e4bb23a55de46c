"""Reproductions that come with betaboard: what their runs measured, kept as data, and the reports on it.

Only results are kept (worked/NAME.json, as the command writes them). Claims are answered when a report is
made, so that what is shown is what the code says of these runs today.
"""

from functools import lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from app.errors import NotFoundError
from app.reproduction.plan import plan_named
from app.reproduction.report import Reproduction, report
from app.reproduction.results import parse_results
from app.reproduction.wanted import Trial
from trainer.config import RunConfig

FOLDER: Traversable = files("app.reproduction") / "worked"


def worked_names() -> tuple[str, ...]:
    """Of all of them, in the order of the alphabet."""
    names = [file.name for file in FOLDER.iterdir()] if FOLDER.is_dir() else []
    return tuple(sorted(name.removesuffix(".json") for name in names if name.endswith(".json")))


def worked(name: str) -> Reproduction:
    """The report. Raises NotFoundError naming those that there are."""
    if name not in worked_names():
        known = ", ".join(worked_names()) or "none yet"
        raise NotFoundError(f"There is no reproduction {name[:60]!r}.", f"There are: {known}.")
    return _reported((FOLDER / f"{name}.json").read_bytes(), name)


@lru_cache(maxsize=16)
def _reported(text: bytes, name: str) -> Reproduction:
    results = parse_results(text, f"{name}.json")
    weights = dict(results.mean_weights)
    return report(Trial(plan_named(results.plan), _unknown, results.dataset, results.scale, weights), results)


def _unknown(config: RunConfig) -> float:
    raise AssertionError(f"results hold the weights of what others are slowed down like: {config.loss}")
