"""Run one run folder to its end in this process: drive the loop, keep the journal and the log.

Whoever starts it (a command, an executor's child) brings the wish to stop and a place for the entries. A
failure is an entry too, so nothing but a broken disk or a killed process ends a journal without an ending.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from enum import IntEnum
from itertools import islice
from pathlib import Path
from typing import IO

from trainer.data.sources import load
from trainer.device import prepare_process
from trainer.earlier import source_of, starts
from trainer.events import TERMINAL_KINDS, Entry, Epoch, Event, Log
from trainer.executors.base import Resources
from trainer.failures import failure, waits_for_room
from trainer.journal import Journal, read_entries
from trainer.loop import train
from trainer.run_dir import RunDir
from trainer.transcript import line
from trainer.transfer.between_tasks.config import TaskTransferConfig
from trainer.transfer.between_tasks.measure import measure_task_transfers
from trainer.transfer.config import TransferConfig
from trainer.transfer.measure import measure_transfers
from trainer.usage import Meter


class Ending(IntEnum):
    """How a run ended, as an exit code."""

    FINISHED = 0
    FAILED = 1
    STOPPED = 3


_WHOLE_MACHINE = Resources()

PATIENCE_SECONDS = 10.0
"""How long a run waits for the process of an earlier attempt to end: that one is being killed."""

_ENDINGS = {"finished": Ending.FINISHED, "stopped": Ending.STOPPED}


def run_child(
    run_dir: RunDir,
    datasets_dir: Path,
    attempt: int,
    stop: Callable[[], bool],
    sink: Callable[[Entry], None],
    resources: Resources = _WHOLE_MACHINE,
) -> Ending:
    """Train the configuration in `run_dir`, from its last checkpoint on; every event goes to the journal.

    `stop` is asked after each step. `sink` gets each entry once it is in the journal. Raises
    JournalError and OSError where the journal cannot be written at all.
    """
    with (
        Journal(run_dir.events, patience_seconds=PATIENCE_SECONDS) as journal,
        run_dir.log.open("ab", buffering=0) as log,
    ):
        teller, meter = _Teller(journal, log, sink), Meter()
        events = _events(run_dir, datasets_dir, attempt, stop, resources, teller.say)
        try:
            for event in events:
                if usage := meter.before(event):
                    teller.tell(usage)
                teller.tell(event)
        except OSError as error:
            if teller.last not in TERMINAL_KINDS:
                teller.tell(failure(error))
    return _ENDINGS.get(teller.last, Ending.FAILED)


class _Teller:
    """Each event into the journal, then the log, then to whoever listens."""

    def __init__(self, journal: Journal, log: IO[bytes], sink: Callable[[Entry], None]) -> None:
        self._journal = journal
        self._log = log
        self._sink = sink
        self.last = ""
        """Kind of the last event in the journal."""

    def say(self, message: str) -> None:
        """Tell a sentence for people."""
        self.tell(Log(message=message))

    def tell(self, event: Event) -> None:
        """Raises OSError where the journal cannot be written."""
        number = self._journal.last_seq
        try:
            entry = self._journal.append(event)
        finally:
            if self._journal.last_seq > number:
                self.last = event.kind
        if text := line(event):
            with suppress(OSError):  # the journal has it
                self._log.write(f"{entry.time} {text}\n".encode("utf-8", "backslashreplace"))
        self._sink(entry)


def next_attempt(run_dir: RunDir) -> int:
    """1 for a new folder, else one more than the starts in its journal."""
    return 1 + len(starts(run_dir))


def _known_epochs(run_dir: RunDir) -> int | None:
    """The last epoch that readers of the journal know, where it was begun anew; None where it was not."""
    told = (entry.event for entry, _ in read_entries(run_dir.events))
    known = [event.known_epochs for event in islice(told, 1) if isinstance(event, Log)]
    if not known or known[0] is None:
        return None
    return max([known[0], *(event.epoch for event in told if isinstance(event, Epoch))])


def _events(
    run_dir: RunDir,
    datasets_dir: Path,
    attempt: int,
    stop: Callable[[], bool],
    resources: Resources,
    say: Callable[[str], None],
) -> Iterator[Event]:
    """The run's events; whatever is raised becomes the last one.

    But where the disk takes no data set: then nothing is begun, and it is raised, so that the run waits.
    """
    is_begun = False
    try:
        run_dir.drop_drafts()  # the journal is ours: nobody else writes here
        job = run_dir.read_job()
        prepare_process(job, resources.threads)
        if isinstance(job, TransferConfig):
            yield from measure_transfers(job, run_dir, datasets_dir, attempt, stop, say)
        elif isinstance(job, TaskTransferConfig):
            yield from measure_task_transfers(job, run_dir, datasets_dir, attempt, stop, say)
        else:
            arrays = load(job.data.dataset, datasets_dir, say, source_of(run_dir, job))
            is_begun = True
            known = _known_epochs(run_dir)
            yield from train(job, arrays, run_dir, stop, attempt, known, resources.checkpoints)
    except Exception as error:
        if not is_begun and waits_for_room(error):
            raise
        yield failure(error)
