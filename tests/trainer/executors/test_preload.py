"""A child of the fork server begins to train without importing anything: that was done once, before."""

import json
import subprocess
import sys
from itertools import chain
from pathlib import Path

import pytest

from tests.trainer.tiny import tiny_arrays, tiny_config
from trainer.config_fields import choices
from trainer.data.cache import imported_folder, write_arrays
from trainer.run_dir import RunDir

pytestmark = pytest.mark.slow

CHILDREN = """
import os, sys
from pathlib import Path
import trainer.preload

for path in sys.argv[2:]:
    if (pid := os.fork()) == 0:
        before = set(sys.modules)
        from trainer.run_dir import RunDir
        from trainer.runner import run_child
        code = run_child(RunDir(Path(path)), Path(sys.argv[1]), 1, lambda: False, lambda _: None)
        ours = ("trainer", "torch", "torchvision", "PIL", "scipy")
        late = sorted(name for name in set(sys.modules) - before if name.split(".")[0] in ours)
        (Path(path) / "late.txt").write_text("".join(f"{name}\\n" for name in late))
        os._exit(code)
    assert os.waitpid(pid, 0)[1] == 0, (Path(path) / "log.txt").read_text()
"""
ONE_EPOCH = {"epochs": 1, "milestones": []}
EACH = ("model", "loss", "sampling", "policy", "mixing", "second_stage")


def test_no_run_imports_anything_late(tmp_path: Path) -> None:
    folder = imported_folder("tiny", tmp_path / "datasets")
    folder.mkdir(parents=True)
    write_arrays(folder, tiny_arrays((24, 16, 8), size=20))  # convnet5 needs 18
    first = RunDir(tmp_path / "first")
    first.create(tiny_config(threads=1, optim=ONE_EPOCH))
    runs = {"first": first}
    for section, name in chain.from_iterable(((s, n) for n in choices(f"{s}.name")) for s in EACH):
        run_dir = runs.setdefault(f"{section} {name}", RunDir(tmp_path / f"{section}-{name}"))
        run_dir.create(tiny_config(threads=1, **{section: {"name": name}}, optim=ONE_EPOCH))
        if section == "second_stage" and name != "none":
            run_dir.write_first_stage(first.path)
    paths = [str(run_dir.path) for run_dir in runs.values()]
    command = [sys.executable, "-c", CHILDREN, str(tmp_path / "datasets"), *paths]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    late = {kind: (run_dir.path / "late.txt").read_text().split() for kind, run_dir in runs.items()}
    assert len(late) > 25, json.dumps(sorted(late))
    assert {kind: names for kind, names in late.items() if names} == {}
