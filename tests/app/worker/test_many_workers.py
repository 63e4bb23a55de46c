"""Real workers on one PostgreSQL: nothing is lost and nothing is done twice, though one of them is killed and
the server crashes. `tests.benchmarks.many_workers` does the same with four workers and 500 runs.
"""

from pathlib import Path

import httpx2
import pytest

from tests.app.real_processes import wait_for
from tests.many_workers import check, fleet, wait_until_completed
from tests.postgres_server import own_server, programs

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(programs() is None, reason="PostgreSQL is not installed: apt install postgresql"),
]
RUNS = 20


def test_a_killed_worker_and_a_crashed_server_lose_no_run(tmp_path: Path) -> None:
    with own_server() as server:
        server.execute("CREATE DATABASE many")
        with fleet(tmp_path / "data", server.url("many"), workers=2) as board:
            ids = [board.launch(number) for number in range(RUNS // 2)]
            wait_for(lambda: any(kind == "epoch" for _, kind in board.heard))
            board.workers.pop(0).kill()
            board.add_worker()
            server.stop("immediate")
            assert httpx2.get(f"{board.family.url}/api/v1/runs", timeout=30).status_code == 503
            server.start()
            ids += [board.launch(number) for number in range(RUNS // 2, RUNS)]
            wait_until_completed(board, RUNS, 60)
            assert all(worker.poll() is None for worker in board.workers), "no worker ended by itself"
            assert check(board, ids) >= RUNS
