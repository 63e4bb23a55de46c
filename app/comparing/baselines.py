"""Which runs are compared, at which planned look, and which setting the others are held against.

Two looks at a sweep's figures may be planned before its first run: adding seeds until they tell, made honest.
The error of the page is split over the looks (a Bonferroni split: it holds at any number of seeds). Before
the first look nothing is claimed; between the looks the figures stay those of the runs completed first.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from app.comparing.samples import Sample, samples
from app.errors import InvalidError
from app.views.setting_labels import fields_beside_loss, setting_fields
from trainer.config_meaning import WEIGHTS
from trainer.errors import FieldProblem
from trainer.stages import NONE

MOST_RUNS = 500
Config = Mapping[str, Any]


def checked_samples(session: Session, run_ids: Sequence[int]) -> tuple[Sample, ...]:
    """The runs by setting. Raises NotFoundError, and InvalidError for too many runs."""
    wanted = tuple(dict.fromkeys(run_ids))
    if len(wanted) > MOST_RUNS:
        raise refused("runs", f"has {len(wanted)} runs; at most {MOST_RUNS} are compared at once")
    return samples(session, wanted)


def baseline_of(chosen: Sequence[Sample], label: str | None) -> Sample | None:
    """The setting to compare with, as `comparison_views` has it. Raises InvalidError for an unknown label."""
    if label is None:
        return _usual_baseline(chosen)
    found = {one.label: one for one in chosen}
    if label and label not in found:
        raise refused("baseline", f"{label!r} is not the label of a setting here")
    if label and (by := found[label].adjusted) is not None and by.row.chosen_on == "test":
        raise refused("baseline", f"{label!r} was chosen on the test set: nothing is held against it")
    return found.get(label)


def refused(path: str, message: str) -> InvalidError:
    """The error that names what was wrong with the request."""
    return InvalidError("The comparison was refused.", fields=[FieldProblem(path, message)])


def _usual_baseline(chosen: Sequence[Sample]) -> Sample | None:
    """The unweighted cross-entropy that most rows share all but the loss with; None where two do.

    One without a second stage, where there is any.

    On a page without any, the unweighted run of a weighted row: the one that most rows share all but the
    weights with.
    """
    plain = [one for one in chosen if _is_unweighted(one) and one.config["loss"]["name"] == "cross_entropy"]
    plain = [one for one in plain if _stage(one) == NONE] or plain
    if plain:
        return _most_shared(plain, chosen, fields_beside_loss)
    weighted = [one for one in chosen if not _is_unweighted(one)]
    own = [_but_weights(one.config) for one in weighted]
    beside = [one for one in chosen if _is_unweighted(one) and _but_weights(one.config) in own]
    return _most_shared(beside, weighted, _but_weights)


def _most_shared(
    candidates: Sequence[Sample], chosen: Sequence[Sample], rest: Callable[[Config], Config]
) -> Sample | None:
    """The candidate whose `rest` most rows have; None where two have equally many, or there is none."""
    of_all = [rest(one.config) for one in chosen]
    shared = [of_all.count(rest(one.config)) for one in candidates]
    return candidates[shared.index(max(shared))] if shared and shared.count(max(shared)) == 1 else None


def _but_weights(config: Config) -> Config:
    return setting_fields(config, WEIGHTS)


def _stage(sample: Sample) -> str:
    return str(sample.config.get("second_stage", {}).get("name", NONE))


def _is_unweighted(sample: Sample) -> bool:
    return bool(sample.config["loss"]["weighting"] == "none")


NOT_YET = 0.0
"""An alpha at which nothing is claimed."""


class PlannedLooks(NamedTuple):
    """Seeds of each setting at either look, and the alphas."""

    seeds: tuple[int, int]
    alphas: tuple[float, float]


class InterimLook(NamedTuple):
    """The look that the figures are at: 0 before the first. `alpha` is the page's error here."""

    number: int
    alpha: float
    text: str


def at_look(chosen: Sequence[Sample], looks: PlannedLooks) -> tuple[tuple[Sample, ...], InterimLook]:
    """The samples with the runs that count at the look that every setting has reached."""
    have = min((len(one.counted) for one in chosen), default=0)
    number = sum(have >= wanted for wanted in looks.seeds)
    planned = f"Two looks were planned, at {looks.seeds[0]} and {looks.seeds[1]} seeds of each setting"
    if number == 0:
        said = f"{planned}: the first is not reached, so nothing is claimed yet ({have} seeds)."
        return tuple(chosen), InterimLook(0, NOT_YET, said)
    most, alpha = looks.seeds[number - 1], looks.alphas[number - 1]
    said = f"{planned}: this is look {number}, of the first {most} seeds, at an error of {100 * alpha:g} %."
    return tuple(_first(one, most) for one in chosen), InterimLook(number, alpha, said)


def _first(sample: Sample, most: int) -> Sample:
    """The runs that were completed first: later ones change nothing until the second look."""
    ordered = sorted(sample.counted, key=lambda run: (run.finished_at or "", run.id))
    return replace(sample, chosen=tuple(ordered[:most]))
