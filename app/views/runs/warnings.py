"""What a run's page says of assumptions that fail for it: of its data and its units. Sentences.

The trainer's own warnings, told when the run started, stand before these.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from sqlalchemy.orm import Session

from app.formats import count, percent
from app.store.figures import scalars_after
from app.store.tables import Run
from app.views.units import DEAD, place
from trainer.config_fields import flatten
from trainer.config_sections import PLUGGED
from trainer.metrics.table import equal_classes
from trainer.plugins import problems

MOSTLY_DEAD = 0.5
"""A layer with more than this share of its units dead is named."""

Headline = Literal["test_accuracy", "test_balanced_accuracy"]


def warnings_of(session: Session, run: Run) -> tuple[str, ...]:
    """Every sentence that applies."""
    started = run.started or {}
    equal = _equal_counts(started, run.last or {})
    found = (*_not_loaded(run.config), _dead_layers(session, run), _unbalanced_test(started), equal)
    return tuple(filter(None, found))


def _not_loaded(config: Mapping[str, Any]) -> Iterator[str]:
    """A sentence for each choice of the run that is not known here, as of a plugin that is not loaded."""
    chosen = flatten(config)
    for path, registry in PLUGGED.items():
        name = chosen[path]
        if registry.get(name) is None:
            said = f"The {registry.kind} {name} is not known here: the run cannot be trained or repeated."
            yield " ".join((said, "Start betaboard with its --plugin FILE.", *problems()))


def headline(started: Mapping[str, Any]) -> Headline:
    """The figure that a run is judged by: balanced accuracy where the test set is not balanced."""
    return "test_accuracy" if len(_test_sizes(started)) < 2 else "test_balanced_accuracy"


def _test_sizes(started: Mapping[str, Any]) -> set[int]:
    """Distinct numbers of test images of the classes that have any."""
    return {tested for tested in started.get("test_counts", ()) if tested}


def _dead_layers(session: Session, run: Run) -> str:
    """Names each layer with more than half of its units dead after the last finished epoch."""
    shares = scalars_after(session, run.id, run.epoch, DEAD)
    model = run.config["model"]
    known = {key.removeprefix(DEAD): share for key, share in shares.items() if share is not None}
    dead = [(name, share) for name, share in known.items() if share > MOSTLY_DEAD]
    if not dead:
        return ""
    named = _listed([f"{percent(share)} % of {name} ({place(name, model)})" for name, share in dead])
    return (
        f"Dead units after epoch {run.epoch}: {named}. They are zero for every test image and learn nothing "
        "more: the cheapest explanation of a poor figure, before any loss. A smaller learning rate keeps "
        "more of them alive."
    )


def _unbalanced_test(started: Mapping[str, Any]) -> str:
    if headline(started) == "test_accuracy":
        return ""
    sizes, counts = _test_sizes(started), list(started["test_counts"])
    largest = counts.index(max(counts))
    classes = sum(tested > 0 for tested in counts)
    return (
        f"The test set is not balanced ({count(min(sizes))} to {count(max(sizes))} images a class), so the "
        f"headline is balanced accuracy. Always answering {started['class_names'][largest]}, its largest "
        f"class, has an accuracy of {percent(max(counts) / sum(counts))} % and a balanced accuracy of "
        f"{percent(1 / classes)} %."
    )


def _equal_counts(started: Mapping[str, Any], last: Mapping[str, Any]) -> str:
    counts = started.get("train_counts", ())
    if not equal_classes(counts):
        return ""
    said = f"Every class has {count(counts[0])} training images, so there is no head, medium or tail"
    if last.get("test_head") is None:
        return f"{said}."
    return f"{said}: figures under these names, stored by an earlier version, go by the order of the classes."


def _listed(words: Sequence[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else words[0]


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
