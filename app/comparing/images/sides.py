"""The networks that answer for a setting, and what they said to each test image."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.comparing.adjusted.warnings import chosen_on_test
from app.comparing.figures.source import Source
from app.comparing.samples import Sample, seeds_of
from app.errors import InvalidError, NotFoundError
from app.known import problem_of
from app.settings import Settings
from app.store.tables import Run
from app.views.images.answers import ImageAnswers, ensemble
from app.views.predictions import class_names, image_answers
from trainer.errors import FieldProblem
from trainer.run_dir import EpochName


@dataclass(frozen=True)
class Member:
    """A run and its answers."""

    run: Run
    answers: ImageAnswers


@dataclass(frozen=True)
class Side:
    """Networks of one setting on the same images."""

    label: str
    members: tuple[Member, ...]

    @cached_property
    def answers(self) -> ImageAnswers:
        """Of their mean softmax; one network answers for itself."""
        return ensemble([one.answers for one in self.members])

    @cached_property
    def right_counts(self) -> NDArray[Any]:
        """How many of them are right, by image."""
        found: NDArray[Any] = np.sum([one.answers.right for one in self.members], axis=0)
        return found

    @property
    def accuracies(self) -> list[float]:
        """Of each network."""
        return [float(one.answers.right.mean()) for one in self.members]

    @property
    def run_ids(self) -> tuple[int, ...]:
        """Its runs."""
        return tuple(one.run.id for one in self.members)


@dataclass(frozen=True)
class Pair:
    """A and B with equally many networks on the same images, and what was left out, in words."""

    a: Side
    b: Side
    left_out: tuple[str, ...]
    is_flattered: bool = False
    """Whether one of them was adjusted by what these images chose: then nothing is claimed."""

    @property
    def labels(self) -> NDArray[Any]:
        """True class of each image."""
        return self.a.answers.labels

    @property
    def first(self) -> Run:
        """A run that tells what they share: classes and data."""
        return self.a.members[0].run


def pair_of(source: Source) -> Pair:
    """The two sides of the comparison.

    A committee of more networks is right more often, so each side has as many as the smaller one: those of
    common seeds first. Another setting stands in for a side that was not asked for by its label, where it
    kept no answers or was tested on other images than the other side. Raises InvalidError for one setting
    alone and for a label of none, NotFoundError where predictions lack.
    """
    samples = {one.label: one for one in source.runs.chosen}
    _check_labels(source, list(samples))
    first, second = source.sides
    if first.label == second.label:
        problem = FieldProblem("b", "must be another setting than a")
        raise InvalidError("The request was refused: it takes two settings.", fields=[problem])
    a, lost_a, b, lost_b = _kept_pair(source, first.label, second.label)
    of = samples[a.label], samples[b.label]
    size = min(len(a.members), len(b.members))
    common = {seeds_of(one.run) for one in a.members} & {seeds_of(one.run) for one in b.members}
    kept_a, kept_b = (Side(one.label, _first(one.members, size, common)) for one in (a, b))
    more = (
        f"{old.label}: {size} of its {len(old.members)} networks answer, as many as the other side has"
        for old in (a, b)
        if len(old.members) > size
    )
    flattered = [f"{one.label}: {said}" for one in of if (said := chosen_on_test(one))]
    return Pair(kept_a, kept_b, (*lost_a, *lost_b, *more, *flattered), bool(flattered))


def side_of(sample: Sample, settings: Settings, at: EpochName) -> tuple[Side, list[str]]:
    """The networks of a setting that kept what they said, and why others do not count.

    Raises NotFoundError where none did.
    """
    members: list[Member] = []
    lost: list[str] = []
    for run in sample.counted:
        try:
            again = sample.adjusted.images[run.id] if sample.adjusted else None
            member = Member(run, again() if again else image_answers(run, settings, "test", at))
        except NotFoundError as error:
            lost.append(f"{sample.label}: {error.message}")
            continue
        if members and not same_images(members[0], member):
            lost.append(f"{sample.label}: run {run.id} was tested on other images")
        else:
            members.append(member)
    if not members:
        raise NotFoundError(
            f"{sample.label} has no completed run that kept its predictions.", " ".join(lost[:3])
        )
    return Side(sample.label, tuple(members)), lost


def _kept_pair(source: Source, first: str, second: str) -> tuple[Side, list[str], Side, list[str]]:
    """A and B with what does not count of each: the usual ones, else those that stand in for them.

    A is looked for before B is replaced, so that the baseline stays. Raises NotFoundError without two.
    """
    samples = {one.label: one for one in source.runs.chosen}
    usual = {first, second}
    others = [label for label, one in samples.items() if label not in usual and not chosen_on_test(one)]
    for_a = (first, *(() if source.request.a else others))
    for_b = (second, *(() if source.request.b else others))

    @cache
    def kept(label: str) -> tuple[Side, list[str]] | NotFoundError:
        try:
            return side_of(samples[label], _settings(source), source.request.epoch)
        except NotFoundError as error:
            return error

    for b, a in product(for_b, for_a):
        of_a, of_b = kept(a), kept(b)
        if a == b or isinstance(of_a, NotFoundError) or isinstance(of_b, NotFoundError):
            continue
        if same_images(of_a[0].members[0], of_b[0].members[0]):
            why_a = [] if a == first else [_why_replaced(first, kept(first), b)]
            why_b = [] if b == second else [_why_replaced(second, kept(second), a)]
            return of_a[0], [*why_a, *of_a[1]], of_b[0], [*why_b, *of_b[1]]
    for label in (second, first):
        if isinstance(error := kept(label), NotFoundError):
            raise error
    said = f"{first} and {second} were tested on other images."
    raise NotFoundError(said, "Image by image, only settings on the same data set can be compared.")


def _why_replaced(label: str, kept: object, beside: str) -> str:
    """Why another setting stands in for this one."""
    if isinstance(kept, NotFoundError):
        return kept.message
    return f"{label} was tested on other images than {beside}."


def same_images(one: Member, other: Member) -> bool:
    """Whether both were tested on the same images, with the same classes."""
    return (
        one.answers.source == other.answers.source
        and class_names(one.run) == class_names(other.run)
        and np.array_equal(one.answers.labels, other.answers.labels)
    )


def _check_labels(source: Source, known: Sequence[str]) -> None:
    """Raises InvalidError for a side that is no setting's label: another one would answer for it."""
    given = {"a": source.request.a, "b": source.request.b}
    unknown = {
        word: problem_of(label, known) for word, label in given.items() if label and label not in known
    }
    if unknown:
        fields = [FieldProblem(word, f"{one.path} {one.message}") for word, one in unknown.items()]
        raise InvalidError(f"The request was refused: {' and '.join(unknown)}.", fields=fields)


def _first(members: Sequence[Member], size: int, common: Iterable[object]) -> tuple[Member, ...]:
    ordered = sorted(members, key=lambda one: seeds_of(one.run) not in common)
    return tuple(ordered[:size])


def _settings(source: Source) -> Settings:
    assert source.settings is not None, "images are asked for by a process that has a data folder"
    return source.settings
