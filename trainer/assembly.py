"""Everything a run needs before its first step, built from the configuration and the data set.

Network, criterion, optimizer, rates and images are made here and used in `loop`; the order of the random
draws is fixed here: stream 0 of the seed makes the initial weights, stream e the order, augmentation and
dropout of epoch e. An epoch therefore runs the same whether or not the run was interrupted before it.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from trainer.config import OptimConfig, RunConfig
from trainer.data.loader import ImageSet, TrainingBatch, TrainingBatches, image_set
from trainer.data.longtail import Split, draw
from trainer.data.sources import DatasetArrays, DatasetInfo
from trainer.device import resolve_device
from trainer.errors import DataError
from trainer.losses import LOSSES, LossContext, head_of
from trainer.losses.criterion import Criterion
from trainer.mixing import mixing_of
from trainer.models import MODELS, Head, ModelContext, headed
from trainer.models.network import Network
from trainer.models.specs import ModelSpec
from trainer.policies import policy_of
from trainer.sampling import sampling_of
from trainer.schedules import learning_rates
from trainer.weighting import applied_weights, weighted_epochs


@dataclass(frozen=True)
class Assembly:
    """The parts of one run. `network` and `optimizer` change while it trains."""

    config: RunConfig
    info: DatasetInfo
    split: Split
    spec: ModelSpec
    weights: tuple[float, ...] | None
    rates: tuple[float, ...]
    device: torch.device
    network: Network
    criterion: Criterion
    optimizer: torch.optim.SGD
    training: TrainingBatches
    validation: ImageSet | None
    test: ImageSet

    def epoch(self, number: int) -> Iterator[TrainingBatch]:
        """Seed epoch `number` (from 1), set its rate, and yield its batches."""
        generator = _seed(self.config.seed, number)
        set_learning_rate(self.optimizer, self.rates[number - 1])
        self.network.train()
        return self.training.epoch(number, generator)

    def precision(self) -> AbstractContextManager[object]:
        """Where the forward pass of training runs: bfloat16 where the configuration says so."""
        if self.config.precision == "bf16":
            return torch.autocast(self.device.type, dtype=torch.bfloat16)
        return nullcontext()


def assemble(config: RunConfig, arrays: DatasetArrays) -> Assembly:
    """Build the parts of a run on its device. Raises ConfigError (device) and DataError (images)."""
    info, device = arrays.info, resolve_device(config.device)
    split = draw(arrays.train_labels, config.data, info.source, len(info.class_names), info.class_names)
    counts, rates = split.plan.train_counts, learning_rates(config.optim)
    sampling = sampling_of(config.sampling, counts, config.optim.epochs)
    weights = applied_weights(counts, config.loss, sampling.mean_shares(weighted_epochs(config)))
    criterion = _criterion(config, counts, info.image_size, rates, weights)
    head = head_of(config.loss)
    spec, network = _network(config, len(info.class_names), info.image_size, head)
    network.to(device)
    train, validation, test = _image_sets(arrays, split, device)
    return Assembly(
        config=config,
        info=info,
        split=split,
        spec=spec,
        weights=weights,
        rates=rates,
        device=device,
        network=network,
        criterion=criterion.to(device),
        optimizer=build_sgd(network, config.optim, network.head.bias if head.kind == "prior" else None),
        training=TrainingBatches(
            train,
            sampling,
            config.optim.batch_size,
            config.data.augment,
            policy_of(config.policy, train.neutral),
            mixing_of(config.mixing, counts),
        ),
        validation=validation,
        test=test,
    )


def _criterion(
    config: RunConfig,
    counts: tuple[int, ...],
    image_size: int,
    rates: tuple[float, ...],
    weights: tuple[float, ...] | None,
) -> Criterion:
    loss = LOSSES[config.loss.name]
    return loss.build(
        LossContext(
            fields=loss.fields_of(config.loss),
            counts=counts,
            image_size=image_size,
            rates=rates,
            seed=config.seed,
            weights=weights,
            by_weight=config.loss.reduction == "weighted_mean",
            weights_from=config.loss.weights_from or 1,
            by_class=loss.by_class(loss.fields_of(config.loss), counts),
        )
    )


def _network(config: RunConfig, classes: int, image_size: int, head: Head) -> tuple[ModelSpec, Network]:
    """The network as it starts, and what it was to be."""
    model = MODELS[config.model.name]
    context = ModelContext(fields=model.fields_of(config.model), classes=classes, image_size=image_size)
    _seed(config.seed, 0)
    network = model.build(context)
    network.take(head)
    return headed(model.specify(context), head), network


def _image_sets(
    arrays: DatasetArrays, split: Split, device: torch.device
) -> tuple[ImageSet, ImageSet | None, ImageSet]:
    """Training, validation (None without a split) and test images on the device."""
    info, plan = arrays.info, split.plan
    if info.mean is None or info.std is None:
        raise DataError(f"Data set {info.name!r} has no pixel statistics.", "Import it again.")
    if sum(plan.train_counts) < 2:
        raise DataError("One training image is not enough: batch norm needs two.", "Keep more images.")
    statistics = info.mean, info.std

    def chosen(indices: np.ndarray[tuple[int], np.dtype[np.int64]]) -> ImageSet:
        return image_set(arrays.train_images[indices], arrays.train_labels[indices], statistics, device)

    return (
        chosen(split.train_indices),
        chosen(split.validation_indices) if len(split.validation_indices) else None,
        image_set(arrays.test_images, arrays.test_labels, statistics, device),
    )


def _seed(seed: int, stream: int) -> torch.Generator:
    """Seed torch's global generators for this stream; returns another CPU generator, independent of them."""
    first, second = np.random.SeedSequence([seed, stream]).generate_state(2, np.uint64).tolist()
    torch.manual_seed(first)
    return torch.Generator().manual_seed(second)


_FUSED_ON = ("cpu", "cuda")


def build_sgd(network: nn.Module, optim: OptimConfig, undecayed: nn.Parameter | None) -> torch.optim.SGD:
    """SGD with momentum; weight decay on every parameter but `undecayed` (the sigmoid form's last bias)."""
    parameters = list(network.parameters())
    groups: list[dict[str, object]] = [{"params": [p for p in parameters if p is not undecayed]}]
    if undecayed is not None:
        groups.append({"params": [undecayed], "weight_decay": 0.0})
    return torch.optim.SGD(
        groups,
        lr=optim.learning_rate,
        momentum=optim.momentum,
        weight_decay=optim.weight_decay,
        nesterov=bool(optim.nesterov),
        fused=parameters[0].device.type in _FUSED_ON,
    )


def set_learning_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    """Train on at this rate."""
    for group in optimizer.param_groups:
        group["lr"] = rate
