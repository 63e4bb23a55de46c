"""What the imports of the data sets of several runs found: it limits every comparison of them. Sentences."""

from collections.abc import Iterator, Sequence

from app.store.tables import Run


def data_warnings(runs: Sequence[Run]) -> Iterator[str]:
    """Each sentence once, with the name of its data set."""
    seen: set[tuple[str, str | None]] = set()
    told: dict[str, None] = {}
    for run in runs:
        name = str(run.config["data"]["dataset"])
        if (name, run.source) in seen or not run.started:
            continue
        seen.add((name, run.source))
        told |= dict.fromkeys(f"{name}: {said}" for said in run.started.get("data_warnings", ()))
    yield from told
