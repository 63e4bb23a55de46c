"""Which images of two settings are asked for, in which order, and each of them as a view."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.comparing.images.query import Asked
from app.comparing.images.sides import Pair, Side
from app.comparing.images.view import (
    ComparedImage,
    OpenCompared,
    SharedProbability,
    SideAnswer,
    SideChoice,
    Taken,
)
from app.errors import NotFoundError
from app.known import number_of
from app.views.images.answers import in_order, neighbours
from app.views.images.sheet import image_address
from app.views.images.shown import Shown
from app.views.predictions import class_names

Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class AskedImages:
    """Two sides, and what is asked of their images. No pictures without `shown`: `unshown` says why."""

    pair: Pair
    asked: Asked
    shown: Shown | None
    unshown: str = ""

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Of the classes, in the data set's order."""
        return class_names(self.pair.first)

    @cached_property
    def counts(self) -> tuple[int, ...]:
        """Training images of each class."""
        return tuple((self.pair.first.started or {})["train_counts"])

    @cached_property
    def order(self) -> list[int]:
        """Classes by falling training images."""
        return sorted(range(len(self.counts)), key=lambda at: (-self.counts[at], at))

    @cached_property
    def right(self) -> dict[str, Flags]:
        """By who is right."""
        a, b = self.pair.a.answers.right, self.pair.b.answers.right
        return {"a": a & ~b, "b": b & ~a, "both": a & b, "neither": ~a & ~b}

    @cached_property
    def found(self) -> NDArray[Any]:
        """Numbers of the images asked for, in order."""
        members = np.flatnonzero(self._true() & self._predicted() & self._right())
        if self.asked.rank == "index":
            return members
        key = self._key()[members]
        ordered: NDArray[Any] = members[in_order(key, self.asked.rank.startswith("-"))]
        return ordered

    def _key(self) -> NDArray[Any]:
        if self.asked.rank.endswith("gain"):
            gain: NDArray[Any] = self.pair.b.answers.truth - self.pair.a.answers.truth
            return gain
        return self._side("b" if self.asked.of == "b" else "a").answers.confidence

    def _side(self, side: str) -> Side:
        return self.pair.a if side == "a" else self.pair.b

    def _true(self) -> Flags:
        wanted = self.asked.true
        return self.pair.labels == self.number("true", wanted) if wanted else self._all

    def _predicted(self) -> Flags:
        if not self.asked.predicted:
            return self._all
        number = self.number("predicted", self.asked.predicted)
        a, b = (self._side(side).answers.predicted == number for side in ("a", "b"))
        found: Flags = {"a": a, "b": b}.get(self.asked.of, a | b)
        return found

    def _right(self) -> Flags:
        return self.right[self.asked.right] if self.asked.right else self._all

    @cached_property
    def _all(self) -> Flags:
        return np.ones(len(self.pair.labels), bool)

    def number(self, word: str, name: str) -> int:
        """The class of that name. Raises InvalidError for one that there is not."""
        return number_of(word, name, self.names)

    def dataset_index(self, index: int) -> int | None:
        """The image's number in the data set's test split; None where pictures cannot be shown."""
        return int(self.shown.places[index]) if self.shown else None

    def image(self, index: int) -> ComparedImage:
        """One image."""
        return ComparedImage(
            index=index,
            dataset_index=self.dataset_index(index),
            true=self.names[int(self.pair.labels[index])],
            a=self._answer(self.pair.a, index),
            b=self._answer(self.pair.b, index),
        )

    def _answer(self, side: Side, index: int) -> SideAnswer:
        said = side.answers
        return SideAnswer(
            predicted=self.names[int(said.predicted[index])],
            right=bool(said.right[index]),
            confidence=float(said.confidence[index]),
            truth=float(said.truth[index]),
            runs_right=int(side.right_counts[index]),
        )

    def opened(self, index: int) -> OpenCompared:
        """One image whole. Raises NotFoundError for the number of none."""
        if index >= len(self.pair.labels):
            said = f"There is no test image {index}."
            raise NotFoundError(said, f"Test images are 0 to {len(self.pair.labels) - 1}.")
        place, before, after = neighbours(self.found, index)
        a, b = (side.answers.probabilities[index].tolist() for side in (self.pair.a, self.pair.b))
        shares = (
            SharedProbability(name=self.names[at], train_count=self.counts[at], a=a[at], b=b[at])
            for at in self.order
        )
        return OpenCompared(
            image=self.image(index),
            picture=image_address(self.shown.pool, int(self.shown.places[index])) if self.shown else None,
            probabilities=tuple(shares),
            place=place,
            before=before,
            after=after,
        )

    def choices(self) -> tuple[SideChoice, ...]:
        """Every class, with the images that choosing it would show."""
        true, right, size = self._true(), self._right(), len(self.names)
        by_true = np.bincount(self.pair.labels[self._predicted() & right], minlength=size)
        wanted = true & right
        a, b = (self._side(side).answers.predicted for side in ("a", "b"))
        counted = {"a": wanted, "b": np.zeros_like(wanted)} if self.asked.of == "a" else {}
        counted = {"a": np.zeros_like(wanted), "b": wanted} if self.asked.of == "b" else counted
        counted = counted or {"a": wanted, "b": wanted & (a != b)}
        by_answer = np.bincount(a[counted["a"]], minlength=size) + np.bincount(
            b[counted["b"]], minlength=size
        )
        return tuple(
            SideChoice(
                name=self.names[at],
                train_count=self.counts[at],
                true=int(by_true[at]),
                predicted=int(by_answer[at]),
            )
            for at in self.order
        )

    def taken(self) -> Taken | None:
        """Of a true class that is taken for another one."""
        if not (self.asked.true and self.asked.predicted) or self.asked.true == self.asked.predicted:
            return None
        true, number = self._true(), self.number("predicted", self.asked.predicted)
        by_a, by_b = (true & (self._side(side).answers.predicted == number) for side in ("a", "b"))
        return Taken(
            by_a=int(by_a.sum()),
            by_a_right_in_b=int((by_a & self.right["b"]).sum()),
            by_b=int(by_b.sum()),
            by_b_right_in_a=int((by_b & self.right["a"]).sum()),
        )
