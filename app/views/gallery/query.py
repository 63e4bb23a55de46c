"""Which images of a run are asked for, as words of an address: the page, its JSON and CSV read the same."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import Query

from app.schema_types import LARGEST_ID
from trainer.run_dir import EpochName, SplitName

SIZE = 60
"""Images of a page."""
Answer = Literal["", "right", "wrong"]
Group = Literal["", "head", "medium", "tail"]
Sort = Literal["-loss", "loss", "-confidence", "confidence", "-margin", "margin", "index"]
Show = Literal["images", "typical"]

ClassWord = Annotated[str, Query(max_length=200)]
_IN_ADDRESS = {"start": "from"}


@dataclass(frozen=True)
class GalleryQuery:
    """Images of a split by true class, answer and rank; one of them may be open."""

    split: Annotated[SplitName, Query(description="The images of one split.")] = "test"
    epoch: Annotated[EpochName, Query(description="After the last finished epoch, or the best one.")] = "last"
    true: Annotated[ClassWord, Query(description="Name of the true class.")] = ""
    predicted: Annotated[ClassWord, Query(description="Name of the predicted class.")] = ""
    true_group: Annotated[Group, Query(description="Group of the true class.")] = ""
    predicted_group: Annotated[Group, Query(description="Group of the predicted class.")] = ""
    answer: Annotated[Answer, Query(description="Right or wrong answers alone.")] = ""
    sort: Annotated[Sort, Query(description="By this figure, with - before it largest first.")] = "-loss"
    show: Annotated[Show, Query(description="Images, or a row of typical ones of each class.")] = "images"
    start: Annotated[int, Query(alias="from", ge=0, le=LARGEST_ID, description="Images to pass over.")] = 0
    image: Annotated[
        int | None, Query(ge=0, le=LARGEST_ID, description="Number in the split of the image that is open.")
    ] = None

    @property
    def words(self) -> dict[str, str]:
        """Name and value of each word that is not at its default."""
        ours, usual = vars(self), vars(GalleryQuery())
        return {_IN_ADDRESS.get(name, name): str(ours[name]) for name in ours if ours[name] != usual[name]}

    @property
    def text(self) -> str:
        """The query part of the address."""
        return urlencode(self.words)

    def but(self, **words: Any) -> str:
        """The query part with these words changed; other images begin at the first, with none open."""
        return replace(self, **at_first(words)).text


def at_first(words: Mapping[str, Any]) -> dict[str, Any]:
    """Changed words; where they ask for other images, with the first page and none of them open."""
    stays = words and words.keys() <= {"start", "image"}
    return {**({} if stays else {"start": 0, "image": None}), **words}
