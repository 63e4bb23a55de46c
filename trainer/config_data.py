"""The fields of a configuration that say what is trained on: images, their imbalance, split, augmentation."""

from typing import Annotated, ClassVar, Literal

from trainer.config_section import Role, Section, Since, Use, about, among, given, positive, unlike

Imbalance = Literal["none", "exp", "step"]
ValidationRule = Literal["balanced", "stratified"]
PolicyName = Literal["none", "cutout", "randaugment", "autoaugment"]

LARGEST_SEED = 2**32 - 1

_THINNED = Use("Used only where the training set is thinned.", imbalance=unlike("none"))
_VALIDATED = Use("Used only where validation images are cut.", validation_fraction=positive)
_DRAWN = Use("Used only where images are drawn or split.", imbalance=unlike("none"),
             validation_fraction=positive, max_train_per_class=given)  # fmt: skip
_AUGMENTED = Use("Used only with augmentation.", augment=among(True))
_CUT = Use("Used only by cutout.", policy=among("cutout"))
_RANDOM = Use("Used only by RandAugment.", policy=among("randaugment"))


class DataConfig(Section):
    """Which images, how imbalanced, and how they are split."""

    role: ClassVar[Role] = "data"
    dataset: Annotated[
        str,
        about("Data set", "shapes10 (made here), cifar10, or folder:NAME for your own images",
              "a short name or folder:NAME is expected", short="data", named=False,
              min_length=1, max_length=100),
    ] = "shapes10"  # fmt: skip
    imbalance: Annotated[
        Imbalance,
        about("Imbalance", "how the training set is thinned: exp falls by a constant factor from class to "
              "class, step keeps the first half of the classes; the test set is never thinned"),
    ] = "exp"  # fmt: skip
    imbalance_ratio: Annotated[
        float | None,
        about("Imbalance ratio", "images of the largest class / images of the smallest",
              "below 1 the largest class would be the smallest", "largest / smallest", short="ratio",
              used_when=_THINNED, ge=1, le=1e6),
    ] = 100.0  # fmt: skip
    validation_fraction: Annotated[
        float,
        about("Validation fraction", "cut from the training images before thinning (see Validation rule); "
              "with it the best epoch is chosen without looking at the test set",
              "more than half would leave too little to train on", "share of a class", short="validation",
              ge=0, le=0.5),
    ] = 0.0  # fmt: skip
    validation_rule: Annotated[
        ValidationRule | None,
        about("Validation rule", "balanced: as many images of every class, the fraction of the smallest; "
              "stratified: the fraction of each class, which may be none of a small one",
              used_when=_VALIDATED, since=Since("2026-11-29", means="balanced")),
    ] = "balanced"  # fmt: skip
    subset_seed: Annotated[
        int | None,
        about("Subset seed", "draws the subset and the validation split; independent of the training seed",
              "numpy takes seeds of 32 bits", role="seed", used_when=_DRAWN,
              ge=0, le=LARGEST_SEED),
    ] = 0  # fmt: skip
    augment: Annotated[
        bool, about("Augment", "random crop from an edge padded by 4 pixels, and random horizontal flip")
    ] = True
    policy: Annotated[
        PolicyName | None,
        about("Policy", "what each image is given beside crop and flip, drawn for itself; cutout: a square "
              "takes the mean colour (DeVries and Taylor 2017); randaugment: some of 14 operations in turn "
              "(Cubuk et al. 2020); autoaugment: one of the 25 pairs found for CIFAR-10 (Cubuk et al. "
              "2019)", role="compared", rare=True, used_when=_AUGMENTED,
              since=Since("2026-11-30", means="none")),
    ] = "none"  # fmt: skip
    cutout_size: Annotated[
        int | None,
        about("Cutout size", "side of the square, which may reach over the edge; published: 16 for CIFAR-10, "
              "8 for CIFAR-100", "a square has at least one pixel", "pixels", short="cutout", role="compared",
              rare=True, used_when=_CUT, since=Since("2026-11-30", means=None), ge=1, le=1024),
    ] = 16  # fmt: skip
    operations: Annotated[
        int | None,
        about("Operations", "of RandAugment, done to an image one after the other",
              "without one nothing would be done; ten leave nothing to see", "", role="compared", rare=True,
              used_when=_RANDOM, since=Since("2026-11-30", means=None), ge=1, le=10),
    ] = 2  # fmt: skip
    magnitude: Annotated[
        int | None,
        about("Magnitude", "of RandAugment's operations: 30 turns by 30 degrees, 9 by 9",
              "the scale has 31 steps, from 0", "of 30", role="compared", rare=True,
              used_when=_RANDOM, since=Since("2026-11-30", means=None), ge=0, le=30),
    ] = 9  # fmt: skip
    max_train_per_class: Annotated[
        int | None,
        about("Most images per class", "caps each class before thinning; empty for no cap",
              "a class needs at least one image", "images", short="at most", ge=1, le=10_000_000),
    ] = None  # fmt: skip
