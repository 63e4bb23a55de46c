"""Real boards to be harmed: on SQLite, on a PostgreSQL server of their own, on a Ray cluster of two nodes.

Each says by kind how it can be harmed; a harm returns False where there is nothing to harm at the moment.
"""

import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from app.serving.installation import prepare
from app.settings import Settings
from app.store.engine import Database
from tests.app.real_processes import Family
from tests.postgres_server import Server, own_server
from tests.trainer.executors.ray_nodes import BIG, Nodes

SLOTS = 3
TIRELESS = ("--max-attempts", "100", "--retry-seconds", "0")
NODE_DIR = "BETABOARD_NODE_DIR"

Harm = Callable[[random.Random], bool]


@dataclass(frozen=True)
class Board:
    """A board that serves, its database, and what can be done to it."""

    settings: Settings
    family: Family
    db: Database
    harms: Mapping[str, Harm]
    """By kind, the usual ones first and more often."""


def killing(victims: Callable[[], list[psutil.Process]]) -> Harm:
    """kill -9 of one of them."""

    def kill(chance: random.Random) -> bool:
        found = victims()
        if not found:
            return False
        victim = chance.choice(found)
        victim.kill()
        return True

    return kill


@contextmanager
def _served(folder: Path, database_url: str, *options: str) -> Iterator[Board]:
    settings = Settings(data_dir=folder / "data", database_url=database_url)
    prepare(settings)
    named = ("--database-url", database_url) if database_url else ()
    family, db = Family(settings.data_dir, SLOTS, (*TIRELESS, *named, *options)), Database(settings.url)
    harms = {
        "child": killing(family.trainers),
        "worker": killing(family.worker),
        "web": killing(family.web),
    }
    try:
        yield Board(settings, family, db, harms)
    finally:
        family.kill()
        db.close()


@contextmanager
def sqlite(folder: Path) -> Iterator[Board]:
    """The usual one."""
    with _served(folder, "") as board:
        yield board


@contextmanager
def postgresql(folder: Path) -> Iterator[Board]:
    """Its server waits for the disk at each commit, as it would anywhere."""
    with own_server(fsync="on", full_page_writes="on") as server:
        server.execute("CREATE DATABASE chaos")
        with _served(folder, server.url("chaos")) as board:
            yield _also(board, server=crashing(server))


def crashing(server: Server) -> Harm:
    """The server ends at once, and is there again after a while."""

    def crash(chance: random.Random) -> bool:
        server.stop("immediate")
        server.start()
        return True

    return crash


@contextmanager
def ray(folder: Path) -> Iterator[Board]:
    """Its children are those of the nodes; a worker uses the cluster through a bridge, a process."""
    with Nodes() as nodes, _served(folder, "", "--executor", "ray", "--ray-address", nodes.address) as board:
        yield _also(
            board,
            child=killing(nodes.trainers),
            node=losing(nodes),
            bridge=killing(lambda: _bridges(board.family)),
        )


def losing(nodes: Nodes) -> Harm:
    """The second node, while it trains, dies as by a loss of power, and another one joins."""

    def lose(chance: random.Random) -> bool:
        if not any(_is_on(process, nodes.node_dir(BIG)) for process in nodes.trainers()):
            return False
        nodes.lose()
        nodes.add()
        return True

    return lose


def _is_on(process: psutil.Process, node_dir: Path) -> bool:
    try:
        return process.environ().get(NODE_DIR) == str(node_dir)
    except psutil.Error:
        return False


def _bridges(family: Family) -> list[psutil.Process]:
    return [process for process in family.alive() if "trainer.executors.ray" in _command(process)]


def _command(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def _also(board: Board, **harms: Harm) -> Board:
    return Board(board.settings, board.family, board.db, {**board.harms, **harms})


BOARDS: Mapping[str, Callable[[Path], AbstractContextManager[Board]]] = {
    "sqlite": sqlite,
    "postgresql": postgresql,
    "ray": ray,
}
