"""Which runs are compared, and which setting the others are held against."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from app.comparing.samples import Sample, samples
from app.errors import InvalidError
from app.views.setting_labels import fields_beside_loss, setting_fields
from trainer.config_meaning import WEIGHTS
from trainer.errors import FieldProblem

MOST_RUNS = 500
Config = Mapping[str, Any]


def checked_samples(session: Session, run_ids: Sequence[int]) -> tuple[Sample, ...]:
    """The runs by setting. Raises NotFoundError, and InvalidError for too many runs."""
    wanted = tuple(dict.fromkeys(run_ids))
    if len(wanted) > MOST_RUNS:
        raise refused("runs", f"has {len(wanted)} runs; at most {MOST_RUNS} are compared at once")
    return samples(session, wanted)


def baseline_of(chosen: Sequence[Sample], label: str | None) -> Sample | None:
    """The setting to compare with, as `comparing` has it. Raises InvalidError for an unknown label."""
    if label is None:
        return _usual_baseline(chosen)
    found = {one.label: one for one in chosen}
    if label and label not in found:
        raise refused("baseline", f"{label!r} is not the label of a setting here")
    return found.get(label)


def refused(path: str, message: str) -> InvalidError:
    """The error that names what was wrong with the request."""
    return InvalidError("The comparison was refused.", fields=[FieldProblem(path, message)])


def _usual_baseline(chosen: Sequence[Sample]) -> Sample | None:
    """The unweighted cross-entropy that most rows share all but the loss with; None where two do.

    On a page without any, the unweighted run of a weighted row: the one that most rows share all but the
    weights with.
    """
    plain = [one for one in chosen if _is_unweighted(one) and one.config["loss"]["name"] == "cross_entropy"]
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


def _is_unweighted(sample: Sample) -> bool:
    return bool(sample.config["loss"]["weighting"] == "none")
