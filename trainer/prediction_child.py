"""`python -m trainer.prediction_child`: answers about pictures, for a process that must not import torch.

It reads requests from standard input until that ends, each a line of JSON and then the pictures' bytes:
{"run": folder, "datasets": folder, "at": "last" | "best", "seen": bool, "pictures": [[name, bytes], ...]}. It
answers each by a line on standard output: {"epoch", "classes", "image_size", "answers"} or {"error", "hint"}.
The network asked for last is kept, as a page asks for the same one again.
"""

import json
import sys
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import IO, Any

from trainer.environment import set_library_defaults

set_library_defaults()  # before torch is imported

import torch  # noqa: E402

from trainer.errors import TrainerError  # noqa: E402
from trainer.picture_answers import Picture, answers  # noqa: E402
from trainer.predicting import Predictor, load_predictor  # noqa: E402
from trainer.run_dir import EpochName, RunDir  # noqa: E402


def main() -> None:
    """Answer until nobody asks any more."""
    asked, told = sys.stdin.buffer, sys.stdout
    sys.stdout = sys.stderr  # what a library prints is no answer
    torch.set_num_threads(1)  # the others train
    while line := asked.readline():
        told.write(json.dumps(_answered(json.loads(line), asked)) + "\n")
        told.flush()


def _answered(request: dict[str, Any], asked: IO[bytes]) -> dict[str, Any]:
    contents = [(name, asked.read(size)) for name, size in request["pictures"]]
    run, at = Path(request["run"]), request["at"]
    try:
        predictor = _predictor(run, at, Path(request["datasets"]), _version(run, at))
        pictures = [_given(name, content) for name, content in contents]
        found = [asdict(answer) for answer in answers(predictor, pictures, request["seen"])]
    except TrainerError as error:
        return {"error": error.message, "hint": error.hint}
    return {
        "epoch": predictor.epoch,
        "classes": predictor.classes,
        "image_size": predictor.image_size,
        "answers": found,
    }


def _given(name: str, content: bytes) -> Picture:
    return name, lambda: content


def _version(run: Path, at: EpochName) -> int:
    """Another once the run has written that checkpoint anew."""
    try:
        return (RunDir(run).checkpoints / f"{at}.pt").stat().st_mtime_ns
    except OSError:
        return 0


@lru_cache(maxsize=1)
def _predictor(run: Path, at: EpochName, datasets: Path, _version: int) -> Predictor:
    return load_predictor(RunDir(run), at, datasets)


if __name__ == "__main__":
    main()
