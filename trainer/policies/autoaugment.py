"""AutoAugment: one of the 25 pairs of operations found for CIFAR-10, drawn for each image."""

from trainer.config_section import Section
from trainer.policies.entry import ChangeImages, Policy, PolicyContext
from trainer.policies.operations import Operation


def _build(context: PolicyContext[Section]) -> ChangeImages:  # noqa: ARG001
    from trainer.policies.steps import Step, Steps

    return Steps(tuple(tuple(Step(name, odds, step / 9) for name, odds, step in pair) for pair in PAIRS))


POLICY = Policy(
    name="autoaugment",
    title="AutoAugment",
    short="AutoAugment",
    about="autoaugment: one of the 25 pairs of operations found for CIFAR-10, drawn for each image",
    source="Cubuk et al. 2019",
    fields=Section,
    build=_build,
)

PAIRS: tuple[tuple[tuple[Operation, float, int], ...], ...] = (
    (("Invert", 0.1, 0), ("Contrast", 0.2, 6)),
    (("Rotate", 0.7, 2), ("TranslateX", 0.3, 9)),
    (("Sharpness", 0.8, 1), ("Sharpness", 0.9, 3)),
    (("ShearY", 0.5, 8), ("TranslateY", 0.7, 9)),
    (("AutoContrast", 0.5, 0), ("Equalize", 0.9, 0)),
    (("ShearY", 0.2, 7), ("Posterize", 0.3, 7)),
    (("Color", 0.4, 3), ("Brightness", 0.6, 7)),
    (("Sharpness", 0.3, 9), ("Brightness", 0.7, 9)),
    (("Equalize", 0.6, 0), ("Equalize", 0.5, 0)),
    (("Contrast", 0.6, 7), ("Sharpness", 0.6, 5)),
    (("Color", 0.7, 7), ("TranslateX", 0.5, 8)),
    (("Equalize", 0.3, 0), ("AutoContrast", 0.4, 0)),
    (("TranslateY", 0.4, 3), ("Sharpness", 0.2, 6)),
    (("Brightness", 0.9, 6), ("Color", 0.2, 8)),
    (("Solarize", 0.5, 2), ("Invert", 0.0, 0)),
    (("Equalize", 0.2, 0), ("AutoContrast", 0.6, 0)),
    (("Equalize", 0.2, 0), ("Equalize", 0.6, 0)),
    (("Color", 0.9, 9), ("Equalize", 0.6, 0)),
    (("AutoContrast", 0.8, 0), ("Solarize", 0.2, 8)),
    (("Brightness", 0.1, 3), ("Color", 0.7, 0)),
    (("Solarize", 0.4, 5), ("AutoContrast", 0.9, 0)),
    (("TranslateY", 0.9, 9), ("TranslateY", 0.7, 9)),
    (("AutoContrast", 0.9, 0), ("Solarize", 0.8, 3)),
    (("Equalize", 0.8, 0), ("Invert", 0.1, 0)),
    (("TranslateY", 0.7, 9), ("AutoContrast", 0.9, 0)),
)
"""Of each pair both operations with probability and magnitude, 0 to 9 (Cubuk et al. 2019)."""
