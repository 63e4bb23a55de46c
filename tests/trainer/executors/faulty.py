"""Preloaded by a fork server: its children fail at one operation on their run's folder, as a file there says.

`wanted` beside the run's folder is {"error": name, "at": number}; the child leaves there how many operations
it passed by, and where it raised.
"""

import json
from pathlib import Path

import trainer.preload  # noqa: F401 (what the real fork server has)
from tests import faults
from trainer import tally
from trainer.executors import child

_main = child.main
tally.SECONDS_BETWEEN_REPORTS = float("inf")  # a report that is due by the clock would come by luck


def main(run_path: Path, datasets_dir: Path, *others: object) -> None:
    """The child's own main, with the operation that fails."""
    wanted = json.loads((run_path.parent / faults.WANTED).read_bytes())
    found = faults.Faults(getattr(faults, wanted["error"]), at=wanted["at"])
    try:
        with faults.failing_files(found, run_path):
            _main(run_path, datasets_dir, *others)  # type: ignore[arg-type]
    finally:
        seen = {"passed": found.passed, "raised": found.raised}
        (run_path.parent / faults.SEEN).write_text(json.dumps(seen))


child.main = main  # type: ignore[assignment]
