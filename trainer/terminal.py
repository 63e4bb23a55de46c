"""A run on a terminal: a progress bar over all steps with a line an epoch above it; plain lines elsewhere."""

from types import TracebackType
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from trainer.events import ENTRY, Batch, Entry, Epoch, Started
from trainer.stages import epochs_of
from trainer.transcript import line
from trainer.visible import ascii_json


class Screen(Protocol):
    """Where a run's entries are shown."""

    def show(self, entry: Entry) -> None:
        """Show one entry."""
        ...

    def __enter__(self) -> "Screen": ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class JsonLines:
    """One entry a line on standard output, for machines."""

    def show(self, entry: Entry) -> None:
        """Print the entry of the journal, in ASCII."""
        print(ascii_json(ENTRY.dump_json(entry).decode()), flush=True)

    def __enter__(self) -> "JsonLines":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing to close."""


class PeopleScreen:
    """Lines for people; on a terminal with a bar that shows how far the run has come."""

    def __init__(self, console: Console) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        self._bar = Progress(*columns, console=console, disable=not console.is_terminal, transient=True)
        self._task = self._bar.add_task("starting", total=None)
        self._steps = 0

    def show(self, entry: Entry) -> None:
        """Print the entry's line, if it has one, and move the bar. Text is never read as markup."""
        if text := line(entry.event):
            self._bar.console.print(text, markup=False, highlight=False, soft_wrap=True)
        match entry.event:
            case Started(steps_per_epoch=steps) as event:
                self._steps = steps
                total = steps * epochs_of(event.config)
                done = steps * event.resumed_after_epoch + event.resumed_after_steps
                self._bar.update(self._task, total=total, completed=done)
            case Batch(epoch=epoch, step=step):
                self._move(epoch, (epoch - 1) * self._steps + step)
            case Epoch(epoch=epoch):
                self._move(epoch, epoch * self._steps)

    def _move(self, epoch: int, steps_done: int) -> None:
        self._bar.update(self._task, description=f"epoch {epoch}", completed=steps_done)

    def __enter__(self) -> "PeopleScreen":
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()
