"""What a run's child process does around the run. Imports no torch, so that the worker can name it cheaply.

The child lives in a session of its own, so a terminal's Ctrl-C reaches its worker and not it. It holds a pipe
to the worker: a word on it asks for a stop, its end means that the worker is gone, and then the child goes
too, whatever it is doing. What it cannot say in its journal, it says on that pipe before it ends.
"""

import json
import os
import sys
import traceback
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Event as Flag
from threading import Thread

from trainer.errors import JournalHeldError
from trainer.events import Failed
from trainer.executors.base import Resources
from trainer.failures import failure, is_the_machines
from trainer.run_dir import RunDir

STOP = b"stop"
_BEGUN = b"begun"
ORPHANED = 5
"""Exit code of a child whose worker vanished; only a trace of the process can show it."""


@dataclass(frozen=True)
class Words:
    """The last ones of a child, as `ExitStatus` has them: what it failed for, and whose fault that was."""

    failed: Failed | None = None
    machines_fault: bool = False
    lost: bool = False


def main(run_path: Path, datasets_dir: Path, attempt: int, resources: Resources, control: Connection) -> None:
    """Carry out the run in `run_path`; ends the process with the run's exit code."""
    os.setsid()
    _send(control, _BEGUN)
    run_dir, stop, imported = RunDir(run_path), Flag(), False
    try:
        _send_output_to(run_dir.log)
        Thread(target=_obey, args=(control, stop), daemon=True).start()
        from trainer.runner import run_child  # needs torch: its fork server has it, the worker has not

        imported = True
        code = int(run_child(run_dir, datasets_dir, attempt, stop.is_set, lambda _: None, resources))
    except Exception as error:
        with suppress(OSError):
            traceback.print_exc()
        machines_fault = not imported or is_the_machines(error)
        _tell(control, Words(failure(error), machines_fault, isinstance(error, JournalHeldError)))
        code = 1
    sys.exit(code)


def words_of(control: Connection) -> Words | None:
    """Of a process that has ended, at the worker's end; None where it had not begun to serve its run."""
    words: list[bytes] = []
    with suppress(EOFError, OSError):
        while control.poll():
            words.append(control.recv_bytes())
    if not words or words[-1] == _BEGUN:
        return Words() if words else None
    told = json.loads(words[-1])
    return Words(**told | {"failed": Failed.model_validate(told["failed"])})


def _tell(control: Connection, words: Words) -> None:
    failed = words.failed.model_dump() if words.failed else None
    _send(control, json.dumps(vars(words) | {"failed": failed}).encode())


def _send(control: Connection, word: bytes) -> None:
    with suppress(OSError):  # the worker is gone, and this process soon is, too
        control.send_bytes(word)


def _obey(control: Connection, stop: Flag) -> None:
    """Pass on each request to stop; end the process when the worker's end of the pipe closes."""
    while True:
        try:
            word = control.recv_bytes()
        except (EOFError, OSError):
            os._exit(ORPHANED)
        if word == STOP:
            stop.set()


def _send_output_to(path: Path) -> None:
    """Append whatever this process or a library prints, standard error included, to the run's log."""
    log = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    for stream in (1, 2):
        os.dup2(log, stream)
    os.close(log)
