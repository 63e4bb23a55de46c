"""The fields of a configuration that say what is trained on: images, their imbalance, their split."""

from typing import Annotated, ClassVar, Literal

from trainer.config_section import Role, Section, Since, Use, about, given, positive, unlike

Imbalance = Literal["none", "exp", "step"]
ValidationRule = Literal["balanced", "stratified"]

LARGEST_SEED = 2**32 - 1

_THINNED = Use("Used only where the training set is thinned.", imbalance=unlike("none"))
_VALIDATED = Use("Used only where validation images are cut.", validation_fraction=positive)
_DRAWN = Use("Used only where images are drawn or split.", imbalance=unlike("none"),
             validation_fraction=positive, max_train_per_class=given)  # fmt: skip


class DataConfig(Section):
    """Which images, how imbalanced, and how they are split."""

    role: ClassVar[Role] = "data"
    dataset: Annotated[
        str,
        about("Data set", "shapes10 (made here), cifar10 or another published one, or folder:NAME for your "
              "own images",
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
    max_train_per_class: Annotated[
        int | None,
        about("Most images per class", "caps each class before thinning; empty for no cap",
              "a class needs at least one image", "images", short="at most", ge=1, le=10_000_000),
    ] = None  # fmt: skip
