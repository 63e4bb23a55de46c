"""What an executor is: it carries out run folders somewhere else and says how each ended. Imports no torch.

An executor knows nothing of queues or databases. What a run has to say stands in its journal, which its
handle delivers; an executor adds only whether its process is still there, and passes on the wish to stop.
Checkpoints, predictions and the log lie in the run's folder: who trains elsewhere shares it or copies them
back.
"""

import signal
from dataclasses import dataclass, field
from typing import Protocol

from trainer.checkpoint_policy import CheckpointPolicy
from trainer.events import Failed
from trainer.journal import JournalReader
from trainer.run_dir import RunDir


@dataclass(frozen=True)
class Resources:
    """What a slot gives to a run, and where it may be carried out."""

    threads: int | None = None
    """Its share of the CPU; a run that asks for a number of its own takes that. None is PyTorch's choice."""
    gpus: float = 0
    """GPUs that are its own; an executor on this machine alone has nothing to choose."""
    labels: tuple[str, ...] = ()
    """What the machine must be called, such as "big" or "zone=a"; likewise."""
    checkpoints: CheckpointPolicy = field(default_factory=CheckpointPolicy)


@dataclass(frozen=True)
class Handle:
    """One attempt at one run, as the executor that started it knows it."""

    run_dir: RunDir
    attempt: int
    pid: int

    @property
    def journal(self) -> JournalReader:
        """Where its events are read: in its folder, unless the executor has handles of its own."""
        return self.run_dir


@dataclass(frozen=True)
class ExitStatus:
    """How a run's process ended: with a code (see `runner.Ending`), or by a signal.

    told: what it said last, where it could not say it in its journal, or what is known of its end.
    machines_fault: it met what any other run would have met in its place. lost: what it needs was taken from
    it, so that another attempt may well succeed.
    """

    code: int | None
    signal: int | None
    told: Failed | None = None
    machines_fault: bool = False
    lost: bool = False

    @classmethod
    def from_returncode(cls, returncode: int) -> "ExitStatus":
        """Of a return code as `subprocess` counts them: -n is signal n."""
        return cls(None, -returncode) if returncode < 0 else cls(returncode, None)

    def __str__(self) -> str:
        if self.signal is None:
            return f"exit code {self.code}"
        known = self.signal in set(signal.Signals)
        return f"killed by {signal.Signals(self.signal).name if known else f'signal {self.signal}'}"


class Executor(Protocol):
    """Carries out runs. A handle is good until `close`; its run's end is reported as often as asked."""

    def start(self, run_dir: RunDir, attempt: int, resources: Resources) -> Handle:
        """Begin, or go on with, the run in `run_dir`.

        Raises ExecutorError, OSError and MemoryError where the machine has no process to give.
        """
        ...

    def poll(self, handle: Handle) -> ExitStatus | None:
        """How the run's process ended; None while it lives. Never waits."""
        ...

    def stop(self, handle: Handle) -> None:
        """Ask the run to end after its step; harmless when it has ended."""
        ...

    def kill(self, handle: Handle) -> None:
        """End the run's process at once; harmless when it has ended."""
        ...

    def close(self) -> None:
        """Kill what still runs and let go of everything; closing twice is harmless."""
        ...
