"""A job that is done in seconds, and a process that carries it out."""

import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytest

from trainer.executors.base import Resources
from trainer.run_dir import RunDir
from trainer.runner import run_child
from trainer.transfer.between_tasks import outcomes
from trainer.transfer.between_tasks.config import TaskTransferConfig
from trainer.transfer.between_tasks.store import Outcome, Slot, TransferStore

PER_CLASS = {"train": 10, "readout": 10, "validation": 3, "test": 6}


def small_config(**values: Any) -> TaskTransferConfig:
    usual: dict[str, Any] = {
        "sources": ["hue", "orientation", "shape"], "targets": ["hue", "orientation", "turns"],
        "sizes": [50, 100], "seeds": [0, 1], "width": 2, "epochs": 1, "device": "cpu",
    }  # fmt: skip
    return TaskTransferConfig.model_validate(usual | values)


def shortened(patch: pytest.MonkeyPatch) -> None:
    """Few steps; what they do is tested elsewhere."""
    for name in ("READOUT_STEPS", "NETWORK_STEPS"):
        patch.setattr(outcomes, name, 4)


def killed_after(run_dir: RunDir, datasets_dir: Path, keeps: int) -> None:
    """Carry the folder's job out in this process, which is killed once so many outcomes are kept."""
    keep, kept = TransferStore.keep, []

    def keep_and_die(store: TransferStore, slot: Slot, key: str, outcome: Outcome) -> None:
        keep(store, slot, key, outcome)
        kept.append(key)
        if len(kept) == keeps:
            os.kill(os.getpid(), signal.SIGKILL)

    with pytest.MonkeyPatch.context() as patch:
        shortened(patch)
        patch.setattr(TransferStore, "keep", keep_and_die)
        run_child(run_dir, datasets_dir, 1, lambda: False, lambda _: None, Resources(2))


if __name__ == "__main__":
    killed_after(RunDir(Path(sys.argv[1])), Path(sys.argv[2]), int(sys.argv[3]))
