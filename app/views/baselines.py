"""Which runs are compared, and which setting the others are held against."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from app.errors import InvalidError
from app.views.samples import Sample, samples
from app.views.setting_labels import NO_SETTING
from trainer.config_fields import flatten
from trainer.errors import FieldProblem

MOST_RUNS = 500


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
    """The unweighted cross-entropy that most rows share all but the loss with; None where two do."""
    rest = {one.label: _but_loss(one.config) for one in chosen}
    shared = Counter({one.label: sum(rest[one.label] == other for other in rest.values())
                      for one in chosen if _is_plain(one)})  # fmt: skip
    first = [label for label, count in shared.items() if count == max(shared.values())]
    return next(one for one in chosen if one.label == first[0]) if len(first) == 1 else None


def _but_loss(config: Mapping[str, Any]) -> dict[str, Any]:
    return {path: value for path, value in flatten(config).items()
            if not path.startswith("loss.") and path not in NO_SETTING}  # fmt: skip


def _is_plain(sample: Sample) -> bool:
    loss = sample.config["loss"]
    return bool(loss["name"] == "cross_entropy" and loss["weighting"] == "none")
