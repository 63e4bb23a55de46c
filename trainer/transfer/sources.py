"""The network that a source of transfers is, its weights trained or drawn, and what it makes of images."""

from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor

from trainer.checkpoint import load_checkpoint
from trainer.config import parse_config
from trainer.data.cache import DatasetInfo
from trainer.data.loader import ImageSet
from trainer.errors import DataError
from trainer.losses import head_of
from trainer.models import MODELS, ModelContext
from trainer.models.network import Network
from trainer.run_dir import RunDir
from trainer.staging import features_of
from trainer.transfer.config import Source

Statistics = tuple[tuple[float, ...], tuple[float, ...]]
_BATCH = 100


class SourceNetworks:
    """The networks of a comparison, made anew each time they are asked for."""

    def __init__(self, runs: Path, info: DatasetInfo) -> None:
        """runs: the folder of the runs' folders; info: the images that are to be transferred to."""
        self._runs = runs
        self._info = info

    def network(self, source: Source, seed: int) -> tuple[Network, Statistics]:
        """In eval mode, and the mean and deviation by channel that its images were normalised by.

        A random one is drawn by the seed, and takes the statistics of the images to come. Raises DataError
        where a run's checkpoint is gone, or its network does not take images of this size.
        """
        saved = None if source.run is None else load_checkpoint(self._checkpoint(source.run))
        config = parse_config(source.config)
        model, size = MODELS[config.model.name], self._info.image_size
        classes = len(saved["class_names"]) if saved else len(self._info.class_names)
        torch.manual_seed(seed)
        network = model.build(
            ModelContext(fields=model.fields_of(config.model), classes=classes, image_size=size)
        )
        network.take(head_of(config.loss))
        if saved is None:
            return network.eval(), _statistics(self._info)
        try:
            network.load_state_dict(saved["model"])
        except RuntimeError as error:
            raise DataError(
                f"The network of run {source.run} does not take images of {size} x {size} pixels.",
                "Import the images in the size that it was trained on: `betaboard data add --size`.",
            ) from error
        return network.eval(), (tuple(saved["mean"]), tuple(saved["std"]))

    def _checkpoint(self, run_id: int) -> Path:
        path = RunDir(self._runs / str(run_id)).checkpoints / "last.pt"
        if not path.exists():
            raise DataError(
                f"The last checkpoint of run {run_id} is gone from {path.parent}.",
                "It was pruned, or removed by hand. Put it back, or compare other runs.",
            )
        return path


def _statistics(info: DatasetInfo) -> Statistics:
    if info.mean is None or info.std is None:
        raise DataError(f"Data set {info.name!r} has no pixel statistics.", "Import it again.")
    return info.mean, info.std


@torch.inference_mode()
def features_and_logits(
    network: Network, images: ImageSet, stop: Callable[[], bool]
) -> tuple[Tensor, Tensor] | None:
    """What reaches its last layer [N, D], and its own logits [N, Z], of every image; None once stopped."""
    features, logits = [], []
    for pixels, _ in images.batches(_BATCH):
        if stop():
            return None
        features.append(features_of(network, pixels))
        logits.append(network.head(features[-1]))
    return torch.cat(features), torch.cat(logits)


def classify(network: Network, images: ImageSet, stop: Callable[[], bool]) -> Tensor | None:
    """The logits [N, C] of every image, in eval mode; None once stopped."""
    found = features_and_logits(network.eval(), images, stop)
    return None if found is None else found[1]
