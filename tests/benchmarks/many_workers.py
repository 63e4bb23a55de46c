"""Four real workers on one PostgreSQL and 500 short runs: none lost, none carried out twice, streams whole.

    python -m tests.benchmarks.many_workers [--workers 4] [--runs 500] [--kills 0] [--crashes 0]

`--kills`: kill -9 of a worker so often, each followed by a new one; `--crashes`: the server is crashed and
started again so often. The server waits for the disk at each commit. Raises AssertionError where anything is
lost.
"""

import argparse
import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from threading import Thread

from tests.many_workers import Fleet, check, fleet, wait_until_completed
from tests.postgres_server import Server, own_server

PAUSE_SECONDS = 3.0


def kill(board: Fleet, _: Server) -> None:
    """One worker, at once; a new one comes."""
    victim = board.workers.pop(0)
    victim.kill()
    victim.wait()
    board.add_worker()


def crash(_: Fleet, server: Server) -> None:
    """The server, at once; it comes back after a second."""
    server.stop("immediate")
    time.sleep(1)
    server.start()


def disturb(board: Fleet, server: Server, what: list[Callable[[Fleet, Server], None]]) -> None:
    """One after the other, with a pause before each."""
    for one in what:
        time.sleep(PAUSE_SECONDS)
        one(board, server)


def main() -> None:
    """Carry all out and say what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name, usual in (("workers", 4), ("runs", 500), ("kills", 0), ("crashes", 0)):
        parser.add_argument(f"--{name}", type=int, default=usual)
    asked = parser.parse_args()
    harm = [kill] * asked.kills + [crash] * asked.crashes
    random.Random(7).shuffle(harm)
    with tempfile.TemporaryDirectory() as folder, own_server(fsync="on", full_page_writes="on") as server:
        server.execute("CREATE DATABASE many")
        with fleet(Path(folder) / "data", server.url("many"), asked.workers) as board:
            begun = time.perf_counter()
            harming = Thread(target=disturb, args=(board, server, harm))
            harming.start()
            ids = [board.launch(number) for number in range(asked.runs)]
            harming.join()
            wait_until_completed(board, asked.runs, 600)
            seconds = time.perf_counter() - begun
            attempts = check(board, ids)
    print(f"{asked.runs} runs, {asked.workers} workers: {attempts} attempts, {seconds:.0f} s")
    print(f"{len(board.heard)} events heard, each once; refused launches {dict(board.refused)}")


if __name__ == "__main__":
    main()
