"""What a run's network says to pictures that were not in its data set, each as the network sees it.

A picture is decoded as an import decodes it (data.decode), squeezed to the size of the run's images, and
normalised by the statistics that the run trained with. Probabilities are the softmax of the logits, as in the
kept predictions; they are not calibrated. It runs on the CPU, beside whatever trains.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from trainer.checkpoint import load_checkpoint
from trainer.config import RunConfig, completed, parse_config
from trainer.data.decode import Decoded, decode
from trainer.data.loader import image_set
from trainer.data.sources import describe
from trainer.data.tree import Limits
from trainer.earlier import source_of
from trainer.errors import CheckpointError
from trainer.losses import head_of
from trainer.metrics.outcome import softmax
from trainer.models import MODELS, ModelContext
from trainer.models.network import Network
from trainer.run_dir import EpochName, RunDir
from trainer.stages import NONE
from trainer.staging import shape_second_stage

BATCH = 100
"""Pictures at once, as many as an evaluation takes: so equal pixels have equal logits."""
_LIMITS = Limits()
_CPU = torch.device("cpu")


@dataclass(frozen=True)
class Predictor:
    """A run's network after `epoch`, in eval mode, with all that its pictures and its answers need."""

    network: Network
    epoch: int
    classes: tuple[str, ...]
    image_size: int
    statistics: tuple[Sequence[float], Sequence[float]]

    def see(self, content: bytes) -> Decoded:
        """A picture as the network gets it. Raises DataError with the reason."""
        return decode(content, self.image_size, _LIMITS.pixels)

    @torch.inference_mode()
    def logits(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        """uint8 [N, S, S, 3] -> float32 [N, C]."""
        images = image_set(pixels, np.zeros(len(pixels), np.int64), self.statistics, _CPU)
        found = [self.network(batch).numpy() for batch, _ in images.batches(BATCH)]
        return np.concatenate(found) if found else np.empty((0, len(self.classes)), np.float32)

    def probabilities(self, pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
        """The softmax of the logits in double precision [N, C]; not finite where the network diverged."""
        return softmax(self.logits(pixels).astype(np.float64))[0]


def load_predictor(run_dir: RunDir, at: EpochName, datasets_dir: Path) -> Predictor:
    """The network of the last or the best epoch that the folder keeps.

    Raises CheckpointError where none is kept here or it cannot be read, DataError where it is not known which
    size its pictures have.
    """
    path = run_dir.checkpoints / f"{at}.pt"
    if not path.is_file():
        raise CheckpointError(
            f"There is no checkpoint of the {at} epoch in {run_dir.checkpoints.parent.name}.",
            "It was pruned, or lies on another host, or the run has not finished an epoch.",
        )
    saved = load_checkpoint(path)
    config = parse_config(completed(saved["config"]))
    size = _image_size(saved, run_dir, config, datasets_dir)
    network = _shaped(config, len(saved["class_names"]), size)
    try:
        network.load_state_dict(saved["model"])
    except RuntimeError as error:
        raise CheckpointError(f"{path.name} does not fit the network {config.model.name}.") from error
    statistics = tuple(saved["mean"]), tuple(saved["std"])
    return Predictor(network.folded(), saved["epoch"], tuple(saved["class_names"]), size, statistics)


def _shaped(config: RunConfig, classes: int, size: int) -> Network:
    """The network whose weights a checkpoint holds, with weights drawn at random."""
    model = MODELS[config.model.name]
    fields = model.fields_of(config.model)
    network = model.build(ModelContext(fields=fields, classes=classes, image_size=size))
    network.take(head_of(config.loss))
    if config.second_stage.name != NONE:
        shape_second_stage(config, network)
    return network


def _image_size(saved: dict[str, Any], run_dir: RunDir, config: RunConfig, datasets_dir: Path) -> int:
    """As the checkpoint says; one of an earlier version does not, and then its data set does."""
    if size := saved.get("image_size"):
        return int(size)
    return describe(config.data.dataset, datasets_dir, source_of(run_dir, config)).image_size
