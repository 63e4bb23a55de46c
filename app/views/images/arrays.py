"""Images of a data set as they lie on disk: uint8, mapped; what a network is shown before it is normalised.

Nothing is made, fetched or decoded here; a name is one of a data set, never of a place.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.errors import NotFoundError
from app.settings import Settings
from app.views.images.view import PoolSplit
from trainer.errors import DataError

if TYPE_CHECKING:
    from trainer.data.cache import DatasetArrays, DatasetInfo, Images, Labels


@dataclass(frozen=True)
class Pool:
    """One split of a data set: images [N, H, W, 3] and labels [N]."""

    info: "DatasetInfo"
    split: PoolSplit
    images: "Images"
    labels: "Labels"

    def check(self, index: int) -> None:
        """Raises NotFoundError for the number of no image."""
        if not 0 <= index < len(self.labels):
            said = f"There is no image {index} in the {self.split} split of data set {self.info.name!r}."
            raise NotFoundError(said, f"Its images are 0 to {len(self.labels) - 1}.")


def stored_arrays(settings: Settings, name: str, source: str | None = None) -> "DatasetArrays":
    """All arrays of the data set, mapped from disk.

    source: which images are meant, where a run or an address says so; None for those that the name means now.
    Raises NotFoundError, which says why, for images that are not here.
    """
    from trainer.data.sources import on_disk

    try:
        arrays = on_disk(name, settings.datasets_dir, source)
    except DataError as error:
        raise NotFoundError(error.message, error.hint) from error
    if arrays is None:
        said = f"The images of data set {name!r} are not on this disk yet."
        raise NotFoundError(said, "The first run on it fetches or makes them.")
    return arrays


def pool_of(arrays: "DatasetArrays", split: PoolSplit) -> Pool:
    """One split."""
    test = split == "test"
    images, labels = (
        (arrays.test_images, arrays.test_labels) if test else (arrays.train_images, arrays.train_labels)
    )
    return Pool(arrays.info, split, images, labels)
