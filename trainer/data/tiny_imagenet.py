"""Tiny-ImageNet's own layout (Le and Yang 2015), recognised by its files: the split and class of each.

    wnids.txt                 the classes, by their WordNet numbers
    words.txt                 number <tab> synonyms, of all of WordNet
    train/<wnid>/images/*     beside <wnid>_boxes.txt
    val/images/*              labelled by val/val_annotations.txt: file <tab> wnid <tab> box
    test/images/*             without labels

The labelled validation images test. A class is called by its first synonym, or by its number where that would
be the name of two; classes are in the order of their numbers, as every reader of folders has them.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath

from trainer.data.layout import EXTENSIONS, Layout, Place, is_litter
from trainer.errors import DataError
from trainer.visible import visible

SIZE = 64
"""Height and width of its images, in pixels."""

_WNIDS, _WORDS, _LABELS = "wnids.txt", "words.txt", "val/val_annotations.txt"
_TESTED = "val/images/"
_ELSEWHERE = "lies in no folder of the data set"


def base_of(files: Iterable[str]) -> str | None:
    """The folder that is a Tiny-ImageNet ("" or one that ends in "/"), or None where there is none."""
    listed = set(files)
    for path in sorted(path for path in listed if PurePosixPath(path).name == _WNIDS):
        base = path.removesuffix(_WNIDS)
        if listed.issuperset(lists_of(base)) and any(other.startswith(base + _TESTED) for other in listed):
            return base
    return None


def lists_of(base: str) -> tuple[str, ...]:
    """The files that say what the others are: of the classes, of their names, of the validation labels."""
    return base + _WNIDS, base + _WORDS, base + _LABELS


def arrange_tiny_imagenet(files: Iterable[str], base: str, texts: Mapping[str, str]) -> Layout:
    """The layout of a tree whose Tiny-ImageNet lies in `base`; texts: those of `lists_of`, by path.

    Raises DataError for a line that cannot be understood.
    """
    wnids, words, labelled = (texts[path] for path in lists_of(base))
    names = _names(sorted(set(wnids.split())), words)
    labels = _labels(base + _LABELS, labelled)
    layout = Layout(size=SIZE, order={name: wnid for wnid, name in names.items()})
    layout.warnings.append("The validation images of Tiny-ImageNet test; its own test images have no labels.")
    for path in files:
        place = _place(path.removeprefix(base), names, labels) if path.startswith(base) else _ELSEWHERE
        if isinstance(place, Place):
            layout.files[path] = place
        elif is_litter(path):
            layout.litter += 1
        elif path not in texts:
            layout.skipped.append((path, place))
    layout.classes = {(place.split, place.class_name) for place in layout.files.values()}
    layout.classes |= {("train", name) for name in names.values()}
    _note_missing(layout, labels)
    return layout


def _names(wnids: list[str], words: str) -> dict[str, str]:
    """wnid -> name, different for each."""
    known = dict(line.split("\t", 1) for line in words.splitlines() if "\t" in line)
    first = {wnid: visible(known.get(wnid, "").split(",")[0].strip()) or visible(wnid) for wnid in wnids}
    times = Counter([*first.values(), *wnids])  # no name may be another one's number either
    return {wnid: name if times[name] == 1 else visible(wnid) for wnid, name in first.items()}


def _labels(path: str, text: str) -> dict[str, str]:
    """File name -> wnid."""
    labels = {}
    for number, line in enumerate(text.splitlines(), start=1):
        cells = line.split("\t")
        if len(cells) < 2 and line.strip():
            raise DataError(
                f"Line {number} of {visible(path)} is no file name, tab and class: {visible(line[:60])!r}.",
                "Unpack the data set again from what was downloaded.",
            )
        if line.strip():
            labels[cells[0].strip()] = cells[1].strip()
    return labels


def _place(path: str, names: dict[str, str], labels: dict[str, str]) -> Place | str:
    """Where a file of the data set belongs, or the reason why it is no image of a class."""
    parts, image = path.split("/"), PurePosixPath(path).suffix.lower() in EXTENSIONS
    if not image or is_litter(path):
        return "not an image"
    if parts[0] == "train" and len(parts) == 4 and parts[2] == "images":
        name = names.get(parts[1])
        return Place("train", name, parts[3]) if name else f"{_WNIDS} does not name its class"
    if path.startswith(_TESTED) and len(parts) == 3:
        wnid = labels.get(parts[2])
        if wnid is None:
            return f"{_LABELS} does not name it"
        return Place("test", names.get(wnid, visible(wnid)), parts[2])
    return "a test image without a label" if parts[0] == "test" else _ELSEWHERE


def _note_missing(layout: Layout, labels: dict[str, str]) -> None:
    tested = {place.inner for place in layout.files.values() if place.split == "test"}
    if missing := len(labels.keys() - tested):
        layout.warnings.append(f"{_LABELS} names {missing:,} images that are not there.")
