"""What can be read of a matrix: which figures there are, what they mean, and how each is written."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from app.formats import DASH, counted, percent, significant
from app.task_transfers.view import Levels, Share, TaskLine, TaskTransferView, Transfer
from trainer.transfer.tasks import CONTROLS

Show = Literal["affinity", "gain", "quality", "wins", "measure"]
SHOWS: tuple[Show, ...] = get_args(Show)
Way = Literal["frozen", "finetune"]
WAYS: Mapping[Way, str] = {"frozen": "frozen", "finetune": "fine-tuned"}

_COUNTS = {1: "", 2: "two ", 3: "three ", 4: "four ", 5: "five "}


@dataclass(frozen=True)
class Reading:
    """title stands in the select, about beside the plot."""

    title: str
    about: str


READINGS: Mapping[Show, Reading] = {
    "affinity": Reading("Affinity", "%, the sources of a target sum to 100; from validation images"),
    "gain": Reading(
        "Gain over scratch",
        "% of test images with a lower loss than a network trained from scratch on the same few images",
    ),
    "quality": Reading(
        "Quality", "% of test images with a lower loss than the target's own network, trained on all images"
    ),
    "wins": Reading(
        "Wins", "% of test images with a lower loss than by another source, mean over the other task sources"
    ),
    "measure": Reading("The task's own measure", "each target in its own unit; see its column's name"),
}


def tasks_by_name(view: TaskTransferView) -> dict[str, TaskLine]:
    """Every task of the job."""
    return {task.name: task for task in view.tasks}


def singles(view: TaskTransferView, images: int, way: Way = "frozen") -> dict[tuple[str, str], Transfer]:
    """(source, target) -> its transfer from one source by so many images."""
    return {
        (one.sources[0], one.target): one
        for one in view.transfers
        if len(one.sources) == 1 and one.way == way and one.images == images
    }


def sets_of(view: TaskTransferView, target: str) -> list[Transfer]:
    """Sources side by side for a target, highest gain first; sets with the target itself are left out."""
    found = [
        one
        for one in view.transfers
        if one.target == target
        and len(one.sources) > 1
        and target not in one.sources
        and one.way == "frozen"
        and one.images == max(view.sizes)
    ]
    return sorted(found, key=lambda one: one.gain.mean or 0.0, reverse=True)


def best_first(view: TaskTransferView, target: str, images: int) -> list[Transfer]:
    """Single task sources of a target by affinity, else by gain; itself and controls are left out."""
    found = [
        one
        for (source, aim), one in singles(view, images).items()
        if aim == target and source not in CONTROLS and source != target
    ]
    return sorted(found, key=_worth, reverse=True)


def _worth(one: Transfer) -> tuple[float, float]:
    return (-1.0 if one.affinity is None else one.affinity, one.gain.mean or 0.0)


def title_of(source: str) -> str:
    """A source as sentences call it."""
    return CONTROLS.get(source, source)


def pairs_against(levels: Levels, what: str = "it") -> str:
    """How many pairs contradict the expectation, and how many of them are listed where not all are: "9 pairs
    against it; the five furthest".
    """
    listed = len(levels.contradictions)
    number = max(levels.against, listed)
    if not number:
        return f"No pair is against {what}"
    told = f"{counted(number, 'pair')} against {what}"
    if listed in (0, number):
        return told
    return f"{told}; the {_COUNTS.get(listed, f'{listed} ')}furthest"


def share_text(share: Share) -> str:
    """In percent, with its interval where there is one: "63.1 (60.2 to 66.0)"."""
    if share.low is None or share.high is None:
        return percent(share.mean)
    return f"{percent(share.mean)} ({percent(share.low)} to {percent(share.high)})"


def unit_of(task: TaskLine) -> str:
    """What stands behind its figures: a share is told in percent."""
    return "%" if task.unit == "share" else task.unit


def measured(task: TaskLine, value: float | None) -> str:
    """A figure of the task's measure, without its unit."""
    if value is None:
        return DASH
    return percent(value) if task.unit == "share" else significant(value)


def way_to_own(task: TaskLine, value: float | None) -> float | None:
    """How far a figure has come from chance (0) to the task's own network (1); None where that is unknown."""
    if value is None or task.chance is None or task.own.mean is None or task.own.mean == task.chance:
        return None
    return (value - task.chance) / (task.own.mean - task.chance)
