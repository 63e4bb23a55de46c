"""Runs of several kinds whose child, worker and web process are killed end with the figures of calm runs.

`tests.benchmarks.chaos` does the same with 100 kills over 200 runs, on PostgreSQL and on a Ray cluster, too.
"""

import random
from pathlib import Path

import pytest

from tests.benchmarks.chaos import chaos
from tests.chaos.boards import sqlite


@pytest.mark.slow
def test_killed_runs_end_as_calm_ones(tmp_path: Path) -> None:
    with sqlite(tmp_path) as board:
        report = chaos(board, 8, 6, random.Random(3))
    assert report.wrong == []
    assert set(report.harms) == {"child", "worker", "web"}
    assert report.attempts > report.runs, "something was killed while it trained"
