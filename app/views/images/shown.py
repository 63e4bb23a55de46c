"""Which stored images are those of a run's split: found by the data's identity, never by its name alone."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from app.errors import NotFoundError
from app.settings import Settings
from app.store.tables import Run
from app.views.images.answers import ImageAnswers
from app.views.images.arrays import Pool, pool_of, stored_arrays
from trainer.run_dir import SplitName

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from trainer.data.cache import DatasetArrays


@dataclass(frozen=True)
class Shown:
    """Image i of the run's split is image `places[i]` of the pool."""

    pool: Pool
    places: "NDArray[Any]"


def shown_images(settings: Settings, run: Run, split: SplitName, answers: ImageAnswers) -> Shown:
    """The images that the answers are to.

    Validation images are drawn again from the run's configuration, and are theirs where the fingerprint is.
    Raises NotFoundError, which says why they cannot be shown.
    """
    import numpy as np

    arrays = stored_arrays(settings, run.config["data"]["dataset"], answers.source)
    if split == "test":
        shown = Shown(pool_of(arrays, "test"), np.arange(len(arrays.test_labels)))
    else:
        shown = Shown(pool_of(arrays, "train"), _validation_places(arrays, run, answers.fingerprint))
    if not np.array_equal(shown.pool.labels[shown.places], answers.labels):
        raise _others(run)
    return shown


def _validation_places(arrays: "DatasetArrays", run: Run, fingerprint: str) -> "NDArray[Any]":
    from trainer.config import parse_config
    from trainer.data.longtail import draw

    info, data = arrays.info, parse_config(run.config).data
    drawn = draw(arrays.train_labels, data, info.source, len(info.class_names), info.class_names)
    if drawn.fingerprint != fingerprint:
        raise _others(run)
    return drawn.validation_indices


def _others(run: Run) -> NotFoundError:
    said = f"The images of data set {run.config['data']['dataset']!r} here are not those of run {run.id}."
    return NotFoundError(said, "Its answers stand; their pictures cannot be shown.")
