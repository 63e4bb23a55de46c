"""The second stages that a run may name, one module each. Imports no torch.

A second stage keeps the network that a first one has trained and changes the layer that makes the logits.
"""

from typing import Any

from trainer.registry import Registry, entries_in
from trainer.second_stages.entry import SecondStage, StageTraining

__all__ = ["SECOND_STAGES", "SecondStage", "StageTraining"]

SECOND_STAGES: Registry[SecondStage[Any]] = Registry(
    "second stage", *entries_in(__name__, "SECOND_STAGE", ())
)
