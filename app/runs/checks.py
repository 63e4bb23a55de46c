"""Whether a configuration can be trained on its data: what a launch, a sweep and a preview refuse alike.

numpy, which the plan of a subset needs, is imported when first asked for, so that the web process starts
without it.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from app.errors import InvalidError
from trainer.config import RunConfig
from trainer.errors import ConfigError, DataError, FieldProblem
from trainer.models import model_spec
from trainer.models.specs import ModelSpec

if TYPE_CHECKING:
    from trainer.data.longtail import SplitPlan
    from trainer.data.sources import DatasetInfo


def check_data(config: RunConfig, datasets_dir: Path, source: str | None = None) -> str:
    """The source of the images that a run of `config` would see: `source`, or today's.

    Raises InvalidError for a data set that is unknown, holds other images than those of `source`, or,
    thinned and split so, cannot be trained on.
    """
    info, _ = planned(config, datasets_dir, source)
    network_spec(config, info)
    return info.source


def planned(
    config: RunConfig, datasets_dir: Path, source: str | None = None
) -> "tuple[DatasetInfo, SplitPlan]":
    """The data set and how its images are divided. Raises InvalidError as `check_data` does."""
    from trainer.data.longtail import plan
    from trainer.data.sources import describe

    try:
        info = describe(config.data.dataset, datasets_dir, source)
        return info, plan(info.train_counts, config.data, info.class_names)
    except DataError as error:
        raise _refused(error.message, error.hint) from error
    except ConfigError as error:
        raise InvalidError(error.message, error.hint, error.fields) from error


def network_spec(config: RunConfig, info: "DatasetInfo") -> ModelSpec:
    """The network for these images. Raises InvalidError, naming data.dataset, where they are too small."""
    try:
        return model_spec(config.model, len(info.class_names), info.image_size)
    except ValueError as error:
        raise _refused(f"{error}.") from error


def _refused(message: str, hint: str = "") -> InvalidError:
    return InvalidError(
        "The configuration was refused: data.dataset.", hint, [FieldProblem("data.dataset", message)]
    )
