"""What the files of an import were before they became images of one size: modes, sizes, and, by name, which
of them are not as they came.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from trainer.visible import visible

if TYPE_CHECKING:
    from trainer.data.decode import Decoded

_STORED_NAMES = 1000
_STORED_SIZES = 50


@dataclass(frozen=True)
class SizeCount:
    """Files of one size in pixels."""

    width: int
    height: int
    images: int


@dataclass(frozen=True)
class Originals:
    """Of all images that were stored."""

    resized: int
    """Files of another size than the stored one."""
    sizes: tuple[SizeCount, ...]
    """The commonest first; only so many are kept."""
    different_sizes: int
    smallest: SizeCount
    """By its pixels."""
    largest: SizeCount
    named: dict[str, tuple[str, ...]]
    """What was done to a file (turned, first_frames, enlarged, squeezed, converted) -> the first of them."""


@dataclass
class Files:
    """Counts files as they are decoded into squares of `size` pixels."""

    size: int
    modes: Counter[str] = field(default_factory=Counter)
    shapes: Counter[tuple[int, int]] = field(default_factory=Counter)
    changed: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def note(self, path: str, image: "Decoded") -> None:
        """One more file that was stored."""
        self.modes[image.mode] += 1
        self.shapes[image.shape] += 1
        for kind in _changes(image, self.size):
            self.changed[kind].append(visible(path))

    def originals(self) -> Originals:
        """All of them; there is at least one."""
        sizes = [SizeCount(*shape, images) for shape, images in self.shapes.items()]
        sizes.sort(key=lambda one: (-one.images, one.width, one.height))
        by_pixels = sorted(sizes, key=lambda one: (one.width * one.height, one.width))
        return Originals(
            resized=sum(self.shapes.values()) - self.shapes[self.size, self.size],
            sizes=tuple(sizes[:_STORED_SIZES]),
            different_sizes=len(sizes),
            smallest=by_pixels[0],
            largest=by_pixels[-1],
            named={kind: tuple(sorted(paths)[:_STORED_NAMES]) for kind, paths in self.changed.items()},
        )


def _changes(image: "Decoded", size: int) -> Iterator[str]:
    """What was done to a file beside giving it the stored size."""
    short, long = sorted(image.shape)
    if image.turned:
        yield "turned"
    if image.frames:
        yield "first_frames"
    if short < size:
        yield "enlarged"
    if long > 2 * short:
        yield "squeezed"
    if image.mode != "RGB":
        yield "converted"
