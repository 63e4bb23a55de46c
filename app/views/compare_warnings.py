"""What makes runs not comparable, as sentences: other data, model, schedule; unfinished or diverged."""

from collections.abc import Callable, Hashable, Iterator, Sequence

from app.lifecycle import State
from app.store.tables import Run
from trainer.config_fields import flatten, leaf_fields

_SECTIONS = ("data.", "model.", "optim.", "precision")
_MOST_NAMED = 4


def warnings_about(runs: Sequence[Run]) -> tuple[str, ...]:
    """Every sentence that applies. The loss and the training seed may differ: they are what is compared."""
    return (*_other_fields(runs), *_other_images(runs), *_unfinished(runs), *_diverged(runs))


def _other_fields(runs: Sequence[Run]) -> Iterator[str]:
    flat = {run.id: flatten(run.config) for run in runs}
    for path in leaf_fields():
        if path.startswith(_SECTIONS):
            groups: dict[str, list[int]] = {}
            for run_id, config in flat.items():
                groups.setdefault(str(config.get(path)), []).append(run_id)
            if len(groups) > 1:
                named = "; ".join(f"{value} in {_listed(ids)}" for value, ids in groups.items())
                yield f"Not comparable because {path} differs: {named}."


def _other_images(runs: Sequence[Run]) -> Iterator[str]:
    """Equal settings of the data, yet other images: the data set itself was changed or imported anew."""
    started = [run for run in runs if run.started]
    for ids in _grouped(started, lambda run: repr(sorted(run.config["data"].items()))).values():
        alike = [run for run in started if run.id in ids]
        groups = _grouped(alike, lambda run: (run.started or {}).get("fingerprint"))
        if len(groups) > 1:
            named = " and ".join(_listed(group) for group in groups.values())
            yield f"Not comparable because the training images differ between {named}."


def _unfinished(runs: Sequence[Run]) -> Iterator[str]:
    for run in runs:
        if run.state != State.COMPLETED:
            yield f"#{run.id} is {run.state}: its figures are those after epoch {run.epoch} of {run.epochs}."


def _diverged(runs: Sequence[Run]) -> Iterator[str]:
    for run in runs:
        if (run.last or {}).get("diverged"):
            yield f"#{run.id} diverged: its loss stopped being finite."


def _grouped(runs: Sequence[Run], key: Callable[[Run], Hashable]) -> dict[Hashable, list[int]]:
    groups: dict[Hashable, list[int]] = {}
    for run in runs:
        groups.setdefault(key(run), []).append(run.id)
    return groups


def _listed(ids: Sequence[int]) -> str:
    rest = len(ids) - _MOST_NAMED
    return ", ".join(f"#{run_id}" for run_id in ids[:_MOST_NAMED]) + (f" and {rest} more" if rest > 0 else "")
