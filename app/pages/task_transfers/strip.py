"""What a page shows of the first test images for one target: a sheet's address, or words in a table."""

from dataclasses import dataclass
from pathlib import Path

from app.task_transfers.pictures import (
    first_examples,
    heading,
    known_task,
    legend,
    sample_texts,
    samples_of,
    truth_texts,
)
from app.task_transfers.view import TaskTransferView
from app.urls import task_transfer_api
from trainer.errors import DataError


@dataclass(frozen=True)
class StripRow:
    """A row: what it is, of which network, and for tasks that are no maps what it says of each image."""

    label: str
    about: str
    texts: tuple[str, ...] = ()
    is_kept: bool = True


@dataclass(frozen=True)
class Strip:
    """rows: input and truth first. legend: how to read it. problem: why it cannot be shown, "" if it can."""

    picture: str
    is_map: bool
    rows: tuple[StripRow, ...]
    legend: str
    heading: str
    problem: str = ""


def strip_of(view: TaskTransferView, datasets_dir: Path, target: str, images: int) -> Strip | None:
    """None where nothing is kept yet."""
    task = known_task(target)
    if task is None:
        return None
    picture = f"{task_transfer_api(view.id, 'pictures')}/{target}.png?images={images}&done={view.done}"
    first = StripRow("input", "")
    try:
        samples = samples_of(view, datasets_dir, target, images)
        if all(one.values is None for one in samples):
            return None
        if task.kind == "map":
            rows = [StripRow(one.label, one.about, is_kept=one.values is not None) for one in samples]
            return Strip(picture, True, (first, StripRow("truth", ""), *rows), legend(task), "")
        examples = first_examples(task.name, datasets_dir)
    except DataError as error:
        return Strip("", False, (), "", "", f"{error.message} {error.hint}")
    truth = StripRow("truth", "", truth_texts(task, examples))
    rows = [
        StripRow(one.label, one.about, sample_texts(task, one), one.values is not None) for one in samples
    ]
    return Strip(picture, False, (first, truth, *rows), "", heading(task))
