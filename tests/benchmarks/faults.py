"""Every operation fails in its turn: worker, child, judge and web process.

    python -m tests.benchmarks.faults [--scene work-files] [--share 1/4] [--every]

Prints what came of it. The first kind of error is raised at every operation, the others once at each
distinct place in our code. Of operations that follow each other at one place (the hundreds of writes of one
checkpoint) each fails in the child's own scene, the first and the last in the worker's (each with --every, a
quarter of an hour). Exits with 1 where something died, was swallowed or hung.
"""

import argparse
import logging
import sys
import time
from collections import Counter
from collections.abc import Sequence

import torch

from tests.app.web_scene import Requests
from tests.app.worker.fault_scenes import Installations, Judgement, Work
from tests.faults import (
    Error,
    Faults,
    Place,
    Scene,
    broken,
    distinct,
    full_disk,
    locked,
    no_permission,
    odd,
    played,
    recorded,
)
from tests.trainer.executors.child_scene import Training

OF_FILES, OF_DATABASE = (full_disk, no_permission, odd), (locked, broken, odd)


def ends(passed: Sequence[Place]) -> list[int]:
    """Without those between the first and the last of equal ones that follow each other."""
    padded = [None, *passed, None]
    return [at for at in range(1, len(passed) + 1) if not padded[at - 1] == padded[at] == padded[at + 1]]


def sweep(name: str, scene: Scene, errors: Sequence[Error], share: tuple[int, int], whole: bool) -> int:
    """The operations of this share; returns how many went wrong."""
    passed = recorded(scene)
    every = list(range(1, len(passed) + 1)) if whole else ends(passed)
    wrong = 0
    for error in errors:
        numbers = every if error is errors[0] else distinct(passed)
        found, begun = Counter[str](), time.monotonic()
        for at in numbers[share[0] - 1 :: share[1]]:
            try:
                found[played(scene, Faults(error, at))] += 1
            except AssertionError as failed:
                wrong += 1
                print(f"  WRONG {name}: {failed}", flush=True)
        told = ", ".join(f"{what}: {times}" for what, times in found.most_common())
        print(f"{name}, {error.__name__}: {found.total()} of {len(numbers)} ({len(passed)} operations) in "
              f"{time.monotonic() - begun:.0f} s; {told}", flush=True)  # fmt: skip
    return wrong


def main() -> int:
    """Sweep, print, and say by the exit code whether all was well."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scene", help="Only this one.")
    parser.add_argument(
        "--share", default="1/1", help="Such as 2/4: every fourth operation, from the second on."
    )
    parser.add_argument("--every", action="store_true", help="Equal operations that follow each other, too.")
    asked = parser.parse_args()
    first, _, of = asked.share.partition("/")
    torch.set_num_threads(1)
    logging.disable(logging.CRITICAL)
    wrong = 0
    with Installations() as made, Training() as training:
        scenes: dict[str, tuple[Scene, Sequence[Error]]] = {
            "work-files": (Work(made, "files"), OF_FILES),
            "work-commits": (Work(made, "commits"), OF_DATABASE),
            "work-statements": (Work(made, "statements"), OF_DATABASE),
            "child-files": (training, OF_FILES),
            "judge-files": (Judgement(made, "files"), OF_FILES),
            "judge-commits": (Judgement(made, "commits"), OF_DATABASE),
            "judge-statements": (Judgement(made, "statements"), OF_DATABASE),
            "web-files": (Requests(made, "files"), OF_FILES),
            "web-commits": (Requests(made, "commits"), OF_DATABASE),
            "web-statements": (Requests(made, "statements"), OF_DATABASE),
        }
        for name, (scene, errors) in scenes.items():
            if asked.scene in (None, name):
                whole = asked.every or name != "work-files"
                wrong += sweep(name, scene, errors, (int(first), int(of)), whole)
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
