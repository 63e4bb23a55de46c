"""Everything a run needs before its first step, built from the configuration and the data set.

Network, criterion, optimizer, rates and images are made here and used in `loop`; the order of the random
draws is fixed here: stream 0 of the seed makes the initial weights, stream e the order, augmentation and
dropout of epoch e; a second stage has streams of its own. An epoch therefore runs the same whether or not the
run was interrupted before it.
"""

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from trainer.config import OptimConfig, RunConfig
from trainer.data.loader import EpochBatches, ImageSet, TrainingBatches, image_set
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
from trainer.stages import NONE, first_stage_of, rates_of, stage_config
from trainer.staging import FirstStage, enter_second_stage
from trainer.weighting import applied_weights, weighted_epochs


@dataclass(frozen=True)
class Assembly:
    """The parts of one run. `network` and `optimizer` change while it trains.

    config: the method whole; stage: what this run trains by, see `stage_config`. optimizer: None where it
    trains nothing.
    """

    config: RunConfig
    stage: RunConfig
    info: DatasetInfo
    split: Split
    spec: ModelSpec
    weights: tuple[float, ...] | None
    rates: tuple[float, ...]
    device: torch.device
    network: Network
    criterion: Criterion
    optimizer: torch.optim.SGD | None
    training: TrainingBatches
    validation: ImageSet | None
    test: ImageSet

    def epoch(self, number: int) -> EpochBatches:
        """Seed epoch `number` (from 1), set its rate, and draw its batches."""
        generator = _seed(self.config, number)
        if self.optimizer:
            set_learning_rate(self.optimizer, self.rates[number - 1])
        self.network.train(self.config.second_stage.name == NONE)
        return self.training.epoch(number, generator)

    def step(self, loss: Tensor) -> None:
        """Take a step down the gradient of a batch's `loss`, where anything is trained."""
        if self.optimizer:
            self.optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            self.optimizer.step()

    def precision(self) -> AbstractContextManager[object]:
        """Where the forward pass of training runs: bfloat16 where the configuration says so."""
        if self.config.precision == "bf16":
            return torch.autocast(self.device.type, dtype=torch.bfloat16)
        return nullcontext()


def assemble(config: RunConfig, arrays: DatasetArrays, first: FirstStage | None = None) -> Assembly:
    """Build the parts of a run on its device; of a second stage from the `first`, or for its own checkpoint.

    Raises ConfigError (device), DataError (images) and CheckpointError (a first stage of other images).
    """
    info, stage, device = arrays.info, stage_config(config), resolve_device(config.device)
    split = draw(arrays.train_labels, config.data, info.source, len(info.class_names), info.class_names)
    if first:
        first.refuse_other_images(split.fingerprint, info.name)
    counts, rates = split.plan.train_counts, rates_of(config)
    sampling = sampling_of(stage.sampling, counts, stage.optim.epochs)
    weights = applied_weights(counts, stage.loss, sampling.mean_shares(weighted_epochs(stage)))
    criterion = _criterion(stage, counts, info.image_size, rates, weights)
    head = head_of(config.loss)
    spec, network = _network(config, len(info.class_names), info.image_size, head)
    network.to(device)
    train, validation, test = _image_sets(arrays, split, device)
    if config.second_stage.name != NONE:
        _seed(config, 0)
        enter_second_stage(config, network, first, train)
    return Assembly(
        config=config,
        stage=stage,
        info=info,
        split=split,
        spec=spec,
        weights=weights,
        rates=rates,
        device=device,
        network=network,
        criterion=criterion.to(device),
        optimizer=_optimizer(network, stage.optim, head_of(stage.loss)),
        training=TrainingBatches(
            train,
            sampling,
            stage.optim.batch_size,
            stage.data.augment,
            policy_of(stage.policy, train.neutral),
            mixing_of(stage.mixing, counts),
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
    _seed(first_stage_of(config) or config, 0)
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


def _seed(config: RunConfig, stream: int) -> torch.Generator:
    """Seed torch's global generators for this stream; returns another CPU generator, independent of them."""
    stage = [] if config.second_stage.name == NONE else [2]
    first, second = (
        np.random.SeedSequence([config.seed, stream, *stage]).generate_state(2, np.uint64).tolist()
    )
    torch.manual_seed(first)
    return torch.Generator().manual_seed(second)


_FUSED_ON = ("cpu", "cuda")


def _optimizer(network: Network, optim: OptimConfig, head: Head) -> torch.optim.SGD | None:
    """Of what is trained of the network; None where nothing is."""
    if not any(parameter.requires_grad for parameter in network.parameters()):
        return None
    return build_sgd(network, optim, network.head.bias if head.kind == "prior" else None)


def build_sgd(network: nn.Module, optim: OptimConfig, undecayed: nn.Parameter | None) -> torch.optim.SGD:
    """SGD with momentum on what is trained of `network`.

    Weight decay acts on every parameter but `undecayed` (the sigmoid form's last bias).
    """
    parameters = [parameter for parameter in network.parameters() if parameter.requires_grad]
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
