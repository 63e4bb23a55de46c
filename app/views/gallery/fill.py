"""Fills the gallery of a run: chooses the images that are asked for, in order, and finds their pictures."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from app.errors import NotFoundError
from app.known import number_of
from app.settings import Settings
from app.store import runs as run_store
from app.store.tables import Run
from app.views.gallery.query import SIZE, GalleryQuery
from app.views.gallery.view import ClassChoice, Gallery, GalleryImage, OpenImage, Probability, TypicalRow
from app.views.images.answers import ImageAnswers, in_order, neighbours
from app.views.images.sheet import MOST_TILES, image_address, of_numbers, sheet_view
from app.views.images.shown import Shown, shown_images
from app.views.images.view import SheetView
from app.views.predictions import class_names, image_answers

if TYPE_CHECKING:
    from numpy.typing import NDArray

TYPICAL = 12
"""Images of a class in a row."""


def gallery(session: Session, settings: Settings, run_id: int, query: GalleryQuery) -> Gallery:
    """What is asked for. Raises NotFoundError where no predictions are kept, and InvalidError for a class
    that the run does not have.
    """
    asked = asked_images(session, settings, run_id, query)
    typical = asked.typical_rows() if query.show == "typical" else ()
    page = asked.found[query.start : query.start + SIZE].tolist() if query.show == "images" else []
    items = tuple(map(asked.image, page))
    end = query.start + SIZE
    return Gallery(
        run_id=run_id,
        name=asked.run.name,
        split=query.split,
        epoch=asked.answers.epoch,
        images=len(asked.answers.labels),
        found=len(asked.found),
        classes=asked.choices(),
        items=items,
        typical=typical,
        sheet=asked.sheet([*items, *(one for row in typical for one in row.images)]),
        unshown=asked.unshown,
        next_from=end if query.show == "images" and end < len(asked.found) else None,
        opened=None if query.image is None else asked.opened(query.image),
    )


def asked_images(session: Session, settings: Settings, run_id: int, query: GalleryQuery) -> "AskedImages":
    """The same, before it is a view. Raises as `gallery`."""
    run = run_store.get_run(session, run_id)
    answers = image_answers(run, settings, query.split, query.epoch)
    try:
        shown, unshown = shown_images(settings, run, query.split, answers), ""
    except NotFoundError as error:
        shown, unshown = None, f"{error.message} {error.hint}"
    return AskedImages(run, query, answers, shown, unshown)


@dataclass(frozen=True)
class AskedImages:
    """A run's answers, and which of the images are asked for."""

    run: Run
    query: GalleryQuery
    answers: ImageAnswers
    shown: Shown | None
    unshown: str

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Of the classes, in the data set's order."""
        return class_names(self.run)

    @cached_property
    def counts(self) -> tuple[int, ...]:
        """Training images of each class."""
        return tuple((self.run.started or {})["train_counts"])

    @cached_property
    def order(self) -> list[int]:
        """Classes by falling training images."""
        return sorted(range(len(self.counts)), key=lambda at: (-self.counts[at], at))

    @cached_property
    def groups(self) -> dict[str, list[int]]:
        """Classes of head, medium and tail; all empty where classes are equal."""
        from trainer.metrics.groups import rank_groups

        found = (group.tolist() for group in rank_groups(self.counts))
        return dict(zip(("head", "medium", "tail"), found, strict=True))

    @cached_property
    def found(self) -> "NDArray[Any]":
        """Numbers of the images asked for, in order."""
        import numpy as np

        members = np.flatnonzero(self._side("true") & self._side("predicted") & self._answer())
        if self.query.sort == "index":
            return members
        key = getattr(self.answers, self.query.sort.removeprefix("-"))
        ordered: NDArray[Any] = members[in_order(key[members], self.query.sort.startswith("-"))]
        return ordered

    def _side(self, side: str) -> "NDArray[Any]":
        """Images whose true, or answered, class is among those asked for."""
        import numpy as np

        values = self.answers.labels if side == "true" else self.answers.predicted
        name, group = getattr(self.query, side), getattr(self.query, f"{side}_group")
        wanted: NDArray[Any] = np.ones(len(values), bool)
        if name:
            wanted &= values == number_of(side, name, self.names)
        if group:
            wanted &= np.isin(values, self.groups[group])
        return wanted

    def _answer(self) -> "NDArray[Any]":
        import numpy as np

        right = self.answers.right
        return {"right": right, "wrong": ~right}.get(self.query.answer, np.ones(len(right), bool))

    def image(self, index: int) -> GalleryImage:
        """One image."""
        said, at = self.answers, int(index)
        return GalleryImage(
            index=at,
            dataset_index=int(self.shown.places[at]) if self.shown else None,
            true=self.names[int(said.labels[at])],
            predicted=self.names[int(said.predicted[at])],
            right=bool(said.right[at]),
            confidence=float(said.confidence[at]),
            truth=float(said.truth[at]),
            margin=float(said.margin[at]),
            loss=float(said.loss[at]),
        )

    def opened(self, index: int) -> OpenImage:
        """One image whole. Raises NotFoundError for the number of none."""
        if index >= len(self.answers.labels):
            said = f"Run {self.run.id} has no {self.query.split} image {index}."
            raise NotFoundError(said, f"Its images are 0 to {len(self.answers.labels) - 1}.")
        place, before, after = neighbours(self.found, index)
        shares = self.answers.probabilities[index].tolist()
        picture = image_address(self.shown.pool, int(self.shown.places[index])) if self.shown else None
        return OpenImage(
            image=self.image(index),
            picture=picture,
            probabilities=tuple(
                Probability(name=self.names[at], train_count=self.counts[at], probability=shares[at])
                for at in self.order
            ),
            place=place,
            before=before,
            after=after,
        )

    def choices(self) -> tuple[ClassChoice, ...]:
        """Every class, with the images that choosing it would show."""
        import numpy as np

        group_of = {at: name for name, members in self.groups.items() for at in members}
        true, predicted, answer = self._side("true"), self._side("predicted"), self._answer()
        size = len(self.names)
        by_true = np.bincount(self.answers.labels[predicted & answer], minlength=size).tolist()
        by_answer = np.bincount(self.answers.predicted[true & answer], minlength=size).tolist()
        return tuple(
            ClassChoice(
                name=self.names[at],
                train_count=self.counts[at],
                group=group_of.get(at, ""),
                true=by_true[at],
                predicted=by_answer[at],
            )
            for at in self.order
        )

    def typical_rows(self) -> tuple[TypicalRow, ...]:
        """Of as many classes as a sheet holds, most training images first; of classes with images alone."""
        import numpy as np

        rows: list[TypicalRow] = []
        for at in self.order:
            members = self.found[self.answers.labels[self.found] == at]
            if len(members) and len(rows) < MOST_TILES // TYPICAL:
                truth = self.answers.truth[members]
                median = float(np.median(truth))
                nearest = members[in_order(np.abs(truth - median), is_falling=False)][:TYPICAL]
                images = tuple(map(self.image, nearest.tolist()))
                name, count = self.names[at], self.counts[at]
                rows.append(TypicalRow(name=name, train_count=count, median=median, images=images))
        return tuple(rows)

    def sheet(self, items: Sequence[GalleryImage]) -> SheetView | None:
        """Their pictures, in their order."""
        if self.shown is None or not items:
            return None
        return sheet_view(self.shown.pool, of_numbers(self.shown.pool, list(_places(items))))


def _places(items: Iterable[GalleryImage]) -> Iterable[int]:
    return (item.dataset_index for item in items if item.dataset_index is not None)
