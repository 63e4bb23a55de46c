"""The second stages that a run may name, one module each. Imports no torch.

A second stage keeps the network that a first one has trained, batch norm and all, and replaces the layer that
makes the logits. To add one: write what makes the new layer, and let a module beside these hold the
`SecondStage` that builds it as SECOND_STAGE; a plugin does `SECOND_STAGES.add`.
"""

from typing import Any

from trainer.registry import Registry, entries_in
from trainer.second_stages.entry import SecondStage, StageContext, StageTraining

__all__ = ["SECOND_STAGES", "SecondStage", "StageContext", "StageTraining"]

SECOND_STAGES: Registry[SecondStage[Any]] = Registry(
    "second stage", *entries_in(__name__, "SECOND_STAGE", {"heads"})
)
