"""Views of one data set: what it is, how it came to be, what limits figures on it, and which runs used it."""

from typing import Literal

from app.errands.errand import Failure, Preview, SkippedFile
from app.views.base import View
from app.views.system.view import DatasetView

DatasetKind = Literal["drawn", "published", "imported"]
ImportState = Literal["receiving", "looking", "choosing", "ready", "taking", "done", "failed"]


class SizeView(View):
    """Files of one size in pixels."""

    width: int
    height: int
    images: int


class OriginalsView(View):
    """What the files were before they became images of one size; lists are cut, their counts are not.

    resized: files of another size. named: turned, first_frames, enlarged, squeezed, converted -> files.
    """

    resized: int
    sizes: tuple[SizeView, ...]
    different_sizes: int
    smallest: SizeView
    largest: SizeView
    named: dict[str, tuple[str, ...]]


class ReportView(View):
    """What the import did. Null is what the version that imported it did not keep."""

    image_size: int
    modes: dict[str, int] | None = None
    skipped: tuple[SkippedFile, ...] = ()
    skipped_files: int = 0
    litter: int = 0
    changed: dict[str, int] | None = None
    """turned, first_frames, enlarged, squeezed -> how many images."""
    originals: OriginalsView | None = None


class MemberView(View):
    """An image of a group of duplicates. path: what it was imported from, or its number in words."""

    split: Literal["train", "test"]
    index: int
    class_name: str
    path: str


class GroupView(View):
    """Images that are connected by being equal or alike; `members` are the first of them."""

    images: int
    members: tuple[MemberView, ...]
    are_equal: bool
    splits: int
    classes: int


class EqualView(View):
    """Images with the same pixels: test images that are a training image too, training images that repeat one
    of their class, and images under more than one label.
    """

    test_in_train: int
    repeated: int
    contradictions: int


class LookalikesView(View):
    """Images that look like another one without being equal to it."""

    test_in_train: int
    repeated: int
    across_classes: int
    share: float


class DuplicatesView(View):
    """Images that are equal or look alike.

    bits: of 64 of the difference hash, in so many two of them differ at most. correlation: of their pixels,
    at least. is_whole: every pair was looked at.
    """

    equal: EqualView
    alike: LookalikesView
    is_whole: bool
    groups: tuple[GroupView, ...]
    all_groups: int
    bits: int
    correlation: float


class RunOnData(View):
    """A run that used the data set."""

    id: int
    name: str
    state: str
    diverged: bool
    created_at: str


class UsedBy(View):
    """Runs that used these images: how many, how many of them have not ended, and the newest."""

    runs: int
    waiting: int
    others: int
    """Comparisons of transfers on them."""
    newest: tuple[RunOnData, ...]


class WorkView(View):
    """A download, or a search for duplicates, that is under way or has failed."""

    kind: Literal["fetch", "duplicates"]
    is_over: bool
    said: str
    done: int
    total: int
    failure: Failure | None


class DatasetDetail(DatasetView):
    """A data set whole. source: identity of its images. former_names: those before it was renamed."""

    kind: DatasetKind
    source: str
    former_names: tuple[str, ...]
    bytes: int
    """On the disk."""
    report: ReportView | None
    duplicates: DuplicatesView | None
    """Null before anybody has looked for them."""
    used_by: UsedBy
    work: tuple[WorkView, ...]


class ImportView(View):
    """An import under way. `preview` is what it was understood as.

    state: receiving; looking; choosing (which folders are the classes); ready (to be taken); taking; done; or
    failed. received and bytes: of its archive. done and total: images that were read.
    """

    id: str
    dataset: str
    state: ImportState
    created_at: str
    file_name: str
    bytes: int
    received: int
    said: str
    done: int
    total: int
    size: int | None
    replace: bool
    depth: int | None
    preview: Preview | None
    samples: str | None
    """Address of the picture of samples, below the root."""
    failure: Failure | None


class ImportList(View):
    """Imports that have not ended, newest first."""

    items: tuple[ImportView, ...]
