"""Run one run folder to its end in this process: drive the loop, keep the journal and the log.

Whoever starts it (a command, an executor's child) brings the wish to stop and a place for the entries. A
failure is an entry too, so nothing but a broken disk or a killed process ends a journal without an ending.
"""

from collections.abc import Callable, Iterator
from enum import IntEnum
from pathlib import Path

from trainer.config import RunConfig
from trainer.data.sources import load
from trainer.data.synthetic import V1
from trainer.device import prepare_process
from trainer.events import Entry, Event, Log, Started
from trainer.failures import failure
from trainer.loop import train
from trainer.run_dir import Journal, RunDir, read_entries
from trainer.transcript import line


class Ending(IntEnum):
    """How a run ended, as an exit code."""

    FINISHED = 0
    FAILED = 1
    STOPPED = 3


_BEFORE_SOURCES = {"shapes10": V1.info.source}
"""What a name meant to runs whose journal does not tell the source of their images."""

_ENDINGS = {"finished": Ending.FINISHED, "stopped": Ending.STOPPED}


def run_child(
    run_dir: RunDir,
    datasets_dir: Path,
    attempt: int,
    stop: Callable[[], bool],
    sink: Callable[[Entry], None],
    threads: int | None = None,
) -> Ending:
    """Train the configuration in `run_dir`, from its last checkpoint on; every event goes to the journal.

    `stop` is asked after each step. `sink` gets each entry once it is in the journal. `threads` is the
    share of the CPU where the configuration names none.
    """
    ending = Ending.FAILED
    with Journal(run_dir.events) as journal, run_dir.log.open("a", encoding="utf-8", buffering=1) as log:

        def emit(event: Event) -> None:
            entry = journal.append(event)
            if text := line(event):
                log.write(f"{entry.time} {text}\n")
            sink(entry)

        for event in _events(
            run_dir, datasets_dir, attempt, stop, threads, say=lambda it: emit(Log(message=it))
        ):
            emit(event)
            ending = _ENDINGS.get(event.kind, Ending.FAILED)
    return ending


def next_attempt(run_dir: RunDir) -> int:
    """1 for a new folder, else one more than the starts in its journal."""
    return 1 + len(_starts(run_dir))


def _starts(run_dir: RunDir) -> list[Started]:
    found = (entry.event for entry, _ in read_entries(run_dir.events))
    return [event for event in found if isinstance(event, Started)]


def _source(run_dir: RunDir, config: RunConfig) -> str | None:
    """The images to train on: those asked for, else those of earlier attempts; None for today's."""
    asked = run_dir.read_source()
    if asked is None and (starts := _starts(run_dir)):
        return starts[-1].source or _BEFORE_SOURCES.get(config.data.dataset)
    return asked


def _events(
    run_dir: RunDir,
    datasets_dir: Path,
    attempt: int,
    stop: Callable[[], bool],
    threads: int | None,
    say: Callable[[str], None],
) -> Iterator[Event]:
    """The run's events; whatever is raised becomes the last one."""
    try:
        config = run_dir.read_config()
        prepare_process(config, threads)
        arrays = load(config.data.dataset, datasets_dir, say, _source(run_dir, config))
        yield from train(config, arrays, run_dir, stop, attempt)
    except Exception as error:
        yield failure(error)
