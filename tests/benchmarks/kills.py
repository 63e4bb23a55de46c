"""100 times kill -9 of a trainer, the worker or the web process over 40 short runs, all of which complete.

    python -m tests.benchmarks.kills [--times 100]

Fails where a run does not complete in the end, an epoch is stored twice or not at all, or a process is left.
"""

import argparse
import random
import sys
import tempfile
from pathlib import Path

from app.runs import queue
from app.serving.installation import prepare
from app.settings import Settings
from app.store.engine import Database
from tests.app.real_processes import Family, add_tiny_dataset, wait_for
from tests.app.worker import test_kill
from tests.trainer.tiny import tiny_config

RUNS, EPOCHS, SLOTS = 40, 80, 3
KINDS = ("trainer", "trainer", "worker", "web")


def main() -> int:
    """Kill, wait, check; raises AssertionError."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=100)
    times, chance = parser.parse_args().times, random.Random(11)
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder) / "data")
        prepare(settings)
        add_tiny_dataset(settings.datasets_dir)
        family, db = Family(settings.data_dir, SLOTS, test_kill.TIRELESS), Database(settings.url)
        with db.write() as s:
            for seed in range(RUNS):
                queue.enqueue(s, tiny_config(seed=seed, optim={"epochs": EPOCHS}), "run")
        killed = 0
        while killed < times and set(test_kill.states(db)) != {"completed"}:
            test_kill.kill_one(family, db, KINDS[killed % len(KINDS)], chance)
            killed += 1
        wait_for(lambda: set(test_kill.states(db)) == {"completed"}, 300)
        for run_id in range(1, len(test_kill.states(db)) + 1):
            test_kill.check(db, settings, run_id, EPOCHS)
        runs = len(test_kill.states(db))
        left = family.end()
        db.close()
    print(f"{killed} kills over {runs} runs: all completed, each epoch once, {len(left)} processes left")
    return len(left)


if __name__ == "__main__":
    sys.exit(main())
