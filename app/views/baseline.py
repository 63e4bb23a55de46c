"""Which setting a comparison takes as its baseline where none is asked for."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from app.views.samples import Sample
from app.views.setting_labels import NO_SETTING
from trainer.config_fields import flatten


def usual_baseline(chosen: Sequence[Sample]) -> Sample | None:
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
