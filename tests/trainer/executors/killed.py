"""Preloaded by a fork server alone: its children kill themselves where a file beside their folder says.

It is {"step": n} for the n-th step, {"write": n} for the midst of the n-th checkpoint that is written.
"""

import io
import json
import os
import signal
from pathlib import Path
from typing import Any

import torch

import trainer.preload  # noqa: F401 (what the real fork server has)
from tests.faults import WANTED
from trainer import loop, runner
from trainer.executors import child

_main, _train, _save = child.main, loop.train, torch.save


def main(run_path: Path, *others: object) -> None:
    """The child's own main, killed on the way."""
    wanted = json.loads((run_path.parent / WANTED).read_bytes())
    if "step" in wanted:
        _kill_at_step(wanted["step"])
    else:
        _kill_in_write(wanted["write"])
    _main(run_path, *others)  # type: ignore[arg-type]


def _kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _kill_at_step(number: int) -> None:
    def train(config: Any, arrays: Any, run_dir: Any, _stop: object, *others: Any) -> Any:
        left = iter(range(number - 1))

        def stop() -> bool:
            if next(left, None) is None:
                _kill()
            return False

        return _train(config, arrays, run_dir, stop, *others)

    runner.train = train  # type: ignore[assignment, attr-defined]


def _kill_in_write(number: int) -> None:
    left = iter(range(number - 1))

    def save(content: object, file: Any) -> None:
        if next(left, None) is not None:
            _save(content, file)
            return
        whole = io.BytesIO()
        _save(content, whole)
        file.write(whole.getvalue()[: whole.tell() // 2])
        file.flush()
        _kill()

    torch.save = save  # type: ignore[assignment]


child.main = main  # type: ignore[assignment]
