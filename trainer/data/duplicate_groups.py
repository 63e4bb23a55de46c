"""What a search for duplicates found: groups, how many images they concern, and sentences on figures."""

from dataclasses import dataclass

from trainer.data.alike import BITS, CORRELATION
from trainer.data.findings import Equals

MANY = 0.1
"""A larger share of lookalikes has one of two reasons, which the hash cannot tell apart."""


@dataclass(frozen=True)
class Member:
    """An image of a group: where it lies, and its label."""

    split: str
    index: int
    class_name: str
    path: str
    """What it was imported from, or "train image 7"."""


@dataclass(frozen=True)
class Group:
    """Images that are all connected by being equal or alike."""

    images: int
    members: tuple[Member, ...]
    """The first of them."""
    are_equal: bool
    """All have the same pixels."""
    splits: int
    classes: int


@dataclass(frozen=True)
class Lookalikes:
    """How many images look like another one without being equal to it."""

    test_in_train: int
    """Test images like a training image, and equal to none."""
    repeated: int
    """Training images like an earlier one of their class."""
    across_classes: int
    """Images like one under another label."""
    share: float
    """Of all images: those that look like any other one."""


@dataclass(frozen=True)
class Duplicates:
    """What was found."""

    source: str
    """Of the images that were looked at."""
    equal: Equals
    alike: Lookalikes
    is_whole: bool
    """Every pair was looked at."""
    groups: tuple[Group, ...]
    """The first of them: those between splits, then those between classes, then the largest."""
    all_groups: int
    bits: int = BITS
    correlation: float = CORRELATION

    @property
    def warnings(self) -> tuple[str, ...]:
        """Sentences on images that look alike; those on equal ones are `findings`'."""
        told = []
        if found := self.alike.test_in_train:
            told.append(
                f"Test images that look like a training image, without being equal to it: {found:,} (at most "
                f"{self.bits} of 64 bits of the difference hash differ, and pixels correlate by at least "
                f"{self.correlation}). As far as they are copies, they measure memory, not learning."
            )
        if found := self.alike.across_classes:
            told.append(
                f"Images that look like one under another label: {found:,}. Some labels may be wrong."
            )
        if told and self.alike.share > MANY:
            told.append(
                f"{self.alike.share:.0%} of all images look like another one: either the set has many near "
                "copies, as frames of a film are, or its pictures are much alike by nature, as digits are. "
                "Look at them on the page of the data set."
            )
        return tuple(told)
