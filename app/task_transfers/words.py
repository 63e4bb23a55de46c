"""How sentences call tasks, shares and ranks."""

from app.formats import percent
from app.task_transfers.view import Share
from trainer.transfer.tasks import CONTROLS, TASKS

SUFFIXES = {1: "st", 2: "nd", 3: "rd"}


def called(name: str) -> str:
    """A task or a control, in a sentence."""
    task = TASKS.get(name)
    return task.title if task is not None else CONTROLS.get(name, name)


def level_of(name: str) -> str:
    """The level of a task; "" of one that is no longer known."""
    task = TASKS.get(name)
    return task.level if task is not None else ""


def share_text(share: Share) -> str:
    """ "61.2 % (58.0 to 64.4)", without an interval where there is none."""
    ends = "" if share.low is None else f" ({percent(share.low)} to {percent(share.high)})"
    return f"{percent(share.mean)} %{ends}"


def points(fraction: float) -> str:
    """ "6.8 points", of percent."""
    return f"{percent(fraction)} points"


def of_seeds(seeds: int) -> str:
    """ "over 3 seeds"."""
    return f"over {seeds} seeds" if seeds > 1 else "with one seed"


def ranked(rank: int, of: int) -> str:
    """ "2nd of 14"."""
    suffix = "th" if rank % 100 in (11, 12, 13) else SUFFIXES.get(rank % 10, "th")
    return f"{rank}{suffix} of {of}"
