"""Importing a user's own images, once: from a folder or archive to a data set that loads like any other.

Reads (`tree`, `archive`, `contents`), sorts by path (`layout`) or as Tiny-ImageNet's own lists say
(`tiny_imagenet`), decodes (`decode`), spools the pixels to disk, and at the end writes them class by class
(`assemble`). Memory stays small whatever the sizes. The same images under the same names give the same arrays
and the same identity, from a folder or from any archive of it.
"""

import os
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace as changed
from functools import partial
from pathlib import Path
from typing import IO

from trainer.data import tiny_imagenet
from trainer.data.archive import open_tree
from trainer.data.assemble import Record, Spool, assemble
from trainer.data.building import building, locked
from trainer.data.cache import imported_folder
from trainer.data.contents import Batch, Content, Contents, texts_in
from trainer.data.decode import Decoded, decode
from trainer.data.duplicates import keep_duplicates
from trainer.data.findings import ImportReport
from trainer.data.layout import Layout, arrange
from trainer.data.tree import LARGEST, SMALLEST, Limits, Tree
from trainer.errors import DataError

USUAL = 32
"""Where nobody says a size, and the layout knows none."""

_MOST_THREADS = 4
_PROGRESS_EVERY = 10_000


def _silent(*_: object) -> None:
    """Tell nobody."""


def import_folder(
    name: str,
    path: Path,
    datasets_dir: Path,
    size: int | None = None,
    replace: bool = False,
    limits: Limits | None = None,
    depth: int | None = None,
    say: Callable[[str], None] = _silent,
    count: Callable[[int, int], None] = _silent,
) -> ImportReport:
    """Import `path` (a folder, .zip or .tar[.gz]) as the data set "folder:NAME" of `size` x `size` images.

    size: in pixels; None for USUAL, or for the size that all images of a published layout have.
    depth: which level of folders are the classes, from 1; LEAF for those that hold images; None where the
    tree, or the lists of a published layout, show it. `say` is told about progress, `count` how many
    images of how many are read. Raises NestedError where
    they do not, and DataError where the name is refused or taken (without `replace`), where the archive is
    unsafe or damaged, where nothing usable is left, at a limit, or where the disk or the memory is full. Then
    nothing is left behind, and a data set that was to be replaced stands as before.
    """
    target, limits = imported_folder(name, datasets_dir), limits or Limits()
    if size is not None and not SMALLEST <= size <= LARGEST:
        raise DataError(f"Size {size} is refused.", f"Choose {SMALLEST} to {LARGEST} pixels.")
    with _enough_memory(), open_tree(path, limits) as tree, locked(target), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow's remarks on odd files; what matters is an error or a count
        if target.exists() and not replace:
            raise DataError(
                f"There is a data set 'folder:{name}' already.", "Choose another name, or --replace."
            )
        with building(target) as draft:
            layout = arranged(tree, limits, draft, depth)
            layout.skipped += tree.listing.skipped
            pixels = size or layout.size or USUAL
            _check_size(layout, pixels, limits)
            spool = _decode_into(draft / "spool", tree, layout, pixels, limits, _both(say, count))
            report = assemble(draft, name, layout, spool)
            say("Looking for duplicates")
            return changed(report, warnings=keep_duplicates(draft))


def arranged(tree: Tree, limits: Limits, scratch: Path, depth: int | None) -> Layout:
    """The layout of the tree. Who says a depth has folders in mind, whatever lists lie beside them."""
    files = tree.listing.files
    base = tiny_imagenet.base_of(files) if depth is None else None
    if base is None:
        return arrange(files, tree.listing.folders, depth)
    texts = texts_in(tree, limits, scratch, tiny_imagenet.lists_of(base))
    return tiny_imagenet.arrange_tiny_imagenet(files, base, texts)


@contextmanager
def _enough_memory() -> Iterator[None]:
    try:
        yield
    except MemoryError as error:
        raise DataError(
            "The machine's memory is used up, so the import was given up; nothing of it was kept.",
            "End other programs, import a part of it, or choose a smaller size.",
        ) from error


def _check_size(layout: Layout, size: int, limits: Limits) -> None:
    needed, classes = len(layout.files) * size * size * 3, {name for _, name in layout.classes}
    if needed > limits.stored_bytes:
        raise DataError(
            f"{len(layout.files):,} images of {size} x {size} take {needed:,} bytes; "
            f"{limits.stored_bytes:,} is the most.",
            "Choose a smaller size, or import a part of it.",
        )
    if len(classes) > limits.classes:
        raise DataError(
            f"It has {len(classes):,} classes; {limits.classes:,} is the most.",
            "Check that the class folders are the ones you mean, or import a part of it.",
        )


def _both(say: Callable[[str], None], count: Callable[[int, int], None]) -> Callable[[int, int], None]:
    """What counts, and says it now and then."""

    def counted(done: int, total: int) -> None:
        count(done, total)
        if done % _PROGRESS_EVERY == 0:
            say(f"{done:,} of {total:,} images read")

    return counted


def _decode_into(
    path: Path, tree: Tree, layout: Layout, size: int, limits: Limits, count: Callable[[int, int], None]
) -> Spool:
    """Decode every file of the layout, append its pixels to `path`, and note those that fail as skipped."""
    spool = Spool(path, size)
    batches = Contents(tree, limits, path.parent).batches(layout.files.keys())
    with path.open("wb") as file:
        for done, (source, image) in enumerate(_decoded(batches, size, limits), start=1):
            if isinstance(image, DataError):
                layout.skipped.append((source, image.message))
            else:
                _append(spool, file, layout, source, image)
            count(done, len(layout.files))
    return spool


def _append(spool: Spool, file: IO[bytes], layout: Layout, source: str, image: Decoded) -> None:
    content = image.pixels.tobytes()
    file.write(content)
    spool.records.append(Record.of(layout.files[source], source, len(spool.records), content))
    spool.files.note(source, image)


def _decoded(
    batches: Iterator[Batch], size: int, limits: Limits
) -> Iterator[tuple[str, Decoded | DataError]]:
    """Files and their images, in the same order."""
    work = partial(_try_decode, size=size, max_pixels=limits.pixels)
    with ThreadPoolExecutor(min(os.cpu_count() or 1, _MOST_THREADS)) as pool:
        for batch in batches:
            yield from pool.map(work, batch)


def _try_decode(item: tuple[str, Content], size: int, max_pixels: int) -> tuple[str, Decoded | DataError]:
    path, content = item
    if isinstance(content, DataError):
        return path, content
    try:
        return path, decode(content, size, max_pixels)
    except DataError as error:
        return path, error
