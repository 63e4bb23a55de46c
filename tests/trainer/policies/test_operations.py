"""Operations of the policies against torchvision's transforms, and the published pairs against its table."""

from typing import Any

import pytest
from torch import Tensor
from torchvision.transforms import v2

from tests.trainer.policies.made import pictures
from trainer.policies.autoaugment import PAIRS
from trainer.policies.operations import OPERATIONS, SIGNED, Operation, operate

THEIRS = v2.AutoAugment(v2.AutoAugmentPolicy.CIFAR10)


def theirs(name: str, step: int, steps: int, sign: int, images: Tensor) -> Tensor:
    """What torchvision makes of the same operation at `step` of 0 to `steps` - 1."""
    space: Any = {"Identity": (lambda *_: None, False)} | THEIRS._AUGMENTATION_SPACE
    magnitudes = space[name][0](steps, *images.shape[2:])
    magnitude = 0.0 if magnitudes is None else float(magnitudes[step]) * sign
    made: Tensor = THEIRS._apply_image_or_video_transform(
        images, name, magnitude, interpolation=v2.InterpolationMode.NEAREST, fill={}
    )
    return made


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_is_torchvisions_at_every_magnitude(name: Operation) -> None:
    for steps in (10, 31):
        for step in range(steps):
            for sign in (1, -1) if name in SIGNED else (1,):
                ours = operate(name, sign * step / (steps - 1), pictures())
                expected = theirs(name, step, steps, sign, pictures())
                near = (ours.int() - expected.int()).abs() <= 1  # theirs rounds factors and thresholds
                assert near.float().mean() > 0.98, (step, steps, sign)


def test_signed_are_those_of_torchvision() -> None:
    assert {name for name, (_, signed) in THEIRS._AUGMENTATION_SPACE.items() if signed} == SIGNED
    assert set(THEIRS._AUGMENTATION_SPACE) | {"Identity"} == set(OPERATIONS)
    assert set(v2.RandAugment._AUGMENTATION_SPACE) == set(OPERATIONS) - {"Invert"}


def test_pairs_are_those_published_for_cifar_10() -> None:
    known = [[(name, chance, step or 0) for name, chance, step in pair] for pair in THEIRS._policies]
    assert [list(pair) for pair in PAIRS] == known
