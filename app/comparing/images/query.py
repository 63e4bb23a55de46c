"""Which images of a comparison are asked for: words of an address beside those of the comparison."""

from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import Depends, Query
from sqlalchemy.orm import Session

from app.comparing.figures.source import Source
from app.comparing.query import OF_TABLE, CompareQuery, compare_query
from app.errors import InvalidError
from app.figures.theme import LIGHT
from app.schema_types import LARGEST_ID
from app.settings import Settings
from app.views.gallery.query import ClassWord, at_first
from trainer.errors import FieldProblem

OF_COMPARISON = OF_TABLE | {"a", "b"}
"""Words of the comparison that say which runs these are images of, and how the page before showed them."""

Right = Literal["", "a", "b", "both", "neither"]
Side = Literal["", "a", "b"]
Rank = Literal["-confidence", "confidence", "-gain", "gain", "index"]
Show = Literal["images", "hard", "seeds"]


@dataclass(frozen=True)
class Asked:
    """Images by true class, by what a side answers, and by who is right; one of them may be open."""

    true: Annotated[ClassWord, Query(description="Name of the true class.")] = ""
    predicted: Annotated[ClassWord, Query(description="Name of the predicted class.")] = ""
    of: Annotated[Side, Query(description="Whose answer `predicted` is; either's without it.")] = ""
    right: Annotated[Right, Query(description="Who is right: a alone, b alone, both, neither.")] = ""
    rank: Annotated[
        Rank,
        Query(description="By the confidence of `of` (else a), or by what b gives the true class beyond a."),
    ] = "-gain"
    show: Annotated[
        Show, Query(description="Images, those that every run gets wrong, or how far seeds agree.")
    ] = "images"
    start: Annotated[int, Query(alias="from", ge=0, le=LARGEST_ID, description="Images to pass over.")] = 0
    image: Annotated[
        int | None, Query(ge=0, le=LARGEST_ID, description="Number of the test image that is open.")
    ] = None

    @property
    def is_narrow(self) -> bool:
        """Whether some images are asked for rather than all."""
        return bool(self.true or self.predicted or self.right)


@dataclass(frozen=True)
class ImagesQuery:
    """A comparison, and which of its images are asked for."""

    compared: CompareQuery
    asked: Asked

    @property
    def text(self) -> str:
        """The query part of the page's address."""
        ours, usual = vars(self.asked), vars(Asked())
        words = {{"start": "from"}.get(name, name): ours[name] for name in ours if ours[name] != usual[name]}
        return "&".join(filter(None, (self.compared.only(OF_COMPARISON), urlencode(words))))

    def source(self, session: Session, settings: Settings) -> Source:
        """What the page and its figure are made of. Raises InvalidError without runs."""
        if not self.compared.names_runs:
            problem = FieldProblem("runs", "or sweep is missing")
            raise InvalidError("The request was refused: runs.", fields=[problem])
        return Source(session, self.compared.figure_request(session, LIGHT), settings)

    def but(self, **words: Any) -> str:
        """The same with these words of `Asked` changed; other images begin at the first, with none open."""
        return replace(self, asked=replace(self.asked, **at_first(words))).text


def images_query(
    compared: Annotated[CompareQuery, Depends(compare_query)], asked: Annotated[Asked, Depends()]
) -> ImagesQuery:
    """The address as a form writes it. Raises InvalidError as `compare_query`."""
    return ImagesQuery(compared, asked)
