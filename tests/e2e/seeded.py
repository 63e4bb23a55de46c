"""A board to look at without training: runs of every kind with plausible curves, served from a thread.

Curves are made up by a rule: a loss that favours the tail lifts small classes and costs large ones a little.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import Any

import numpy as np
from sqlalchemy import select

from app.runs import leases
from app.serving.installation import prepare
from app.settings import Settings
from app.store import workers
from app.store.engine import Database
from app.store.tables import Run
from app.store.workers import WorkerInfo
from tests.conftest import Seed
from tests.e2e.seeded_sweep import seed_sweep
from tests.served import served

NAMES = ("disc", "square", "cross", "triangle", "star", "bars", "crescent", "tee", "frame", "ring")
EPOCHS = 10
_WORKER = WorkerInfo("looking", 4711, "here", slots=1, threads=2, devices=("cpu",))


@contextmanager
def seeded_board(
    folder: Path, fill: Callable[[Seed], dict[str, int]] | None = None
) -> Iterator[tuple[str, dict[str, int]]]:
    """Address of a served board, and its runs by what they show; or what `fill` makes and returns."""
    settings = Settings(data_dir=folder)
    prepare(settings)
    database = Database(settings.url)
    runs = (fill or _seed)(Seed(database, settings))
    stop = Event()
    beating = Thread(target=_beat, args=(database, stop))
    beating.start()
    try:
        with served(settings) as server:
            yield server.url, runs
    finally:
        stop.set()
        beating.join()
        database.close()


def counts(classes: int, largest: int = 1000, ratio: float = 100) -> list[int]:
    """The long tail of an imbalance ratio."""
    return [int(largest * ratio ** (-rank / max(1, classes - 1))) for rank in range(classes)]


def confusions(classes: int, lift: float, seed: int, epochs: int = EPOCHS) -> list[list[list[int]]]:
    """One matrix an epoch, 200 test images a class; `lift` 0..1 is how far the loss favours the tail."""
    random = np.random.default_rng(seed)
    rank = np.linspace(0, 1, classes)
    final = np.clip(0.97 - rank * (0.97 - 0.55 * lift) - 0.15 * lift * (1 - rank), 0.0, 1.0)
    made = []
    for epoch in range(1, epochs + 1):
        recall = np.clip(final * (1 - np.exp(-epoch / 2.5)) + random.normal(0, 0.03, classes), 0, 1)
        made.append([_row(at, value, classes, random) for at, value in enumerate(recall)])
    return made


def _row(true: int, recall: float, classes: int, random: np.random.Generator) -> list[int]:
    """Mistakes go to large classes and to neighbours."""
    hits = round(200 * recall)
    pull = np.exp(-np.arange(classes) / 3) + 0.5 * np.exp(-np.abs(np.arange(classes) - true))
    pull[true] = 0 if classes > 1 else 1
    row = random.multinomial(200 - hits, pull / pull.sum())
    row[true] += hits
    return [int(cell) for cell in row]


def _seed(seed: Seed) -> dict[str, int]:
    seed_sweep(seed, lambda config, number, state: _of_sweep(seed, config, number, state))
    runs: dict[str, int] = {}
    for at, (name, loss, lift) in enumerate(_demo()):
        runs[name] = _run(seed, name, {"loss": loss}, lift, at, tags=["demo"])
    return runs | _odd_shapes(seed) | _odd_ends(seed)


def _of_sweep(seed: Seed, config: dict[str, Any], number: int, state: str) -> int:
    """A run in a cell of the sweep: the larger beta, the more its tail is lifted."""
    epochs = {"completed": EPOCHS, "failed": 0}.get(state, 3 + number % 5)
    lift = (config["loss"]["beta"] or 0.0) ** 20
    name = f"{config['loss']['name']} {config['loss']['beta'] or ''} seed {config['seed']}"
    return _run(seed, name, config, lift, 100 + number, state, epochs=epochs, tags=["beta"])


def _odd_shapes(seed: Seed) -> dict[str, int]:
    """Many classes, one class, long names, untrusted text."""
    species = [f"species {n:03}" for n in range(100)]
    long = "cifar10lt_if100_resnet32_cbfocal_gamma1.0_beta0.9999_drw160_seed_"
    nasty = "<b>bold</b> <img src=x onerror=alert(1)>"
    return {
        "hundred": _run(seed, "A hundred species", {}, 0.4, 20, names=species, train=counts(100, 500)),
        "one_class": _run(seed, "One class only", {}, 0.0, 21, names=["only"], train=[50]),
        "seed_1": _run(seed, f"{long}001", {"seed": 1}, 0.3, 31, tags=["S17"]),
        "seed_2": _run(seed, f"{long}002", {"seed": 2}, 0.3, 32, tags=["S17"]),
        "nasty": _run(seed, nasty, {}, 0.2, 40, names=["<i>disc</i>", *NAMES[1:]], notes=nasty),
    }


def _odd_ends(seed: Seed) -> dict[str, int]:
    """Diverged, failed, crashed, running, queued."""
    gone = {4: {"train_loss": None, "test_loss": None, "diverged": True}}
    steep, third = {"optim": {"learning_rate": 30.0}}, {"loss": _cb("focal", 0.999)}
    return {
        "diverged": _run(seed, "Learning rate of 30", steep, 0.1, 50, "failed", epochs=4, figures=gone),
        "failed": seed("failed", name="Breaks at once", epochs=0),
        "crashed": _run(seed, "Killed by the system", {}, 0.5, 60, "crashed", epochs=6),
        "running": _run(seed, "CB focal, seed 1", third | {"seed": 1}, 0.8, 70, "running", epochs=7),
        "queued": seed("queued", name="CB focal, seed 2", config=third | {"seed": 2}),
    }


def _demo() -> list[tuple[str, dict[str, Any], float]]:
    plain: list[tuple[str, dict[str, Any], float]] = [
        ("Cross-entropy", {"name": "cross_entropy"}, 0.0),
        ("Focal", {"name": "focal"}, 0.05),
        ("CB cross-entropy 0.997", _cb("cross_entropy", 0.997), 0.7),
    ]
    lifts = {0.9: 0.1, 0.99: 0.4, 0.997: 0.65, 0.999: 0.85, 0.9999: 1.0}
    return plain + [(f"CB focal {beta}", _cb("focal", beta), lift) for beta, lift in lifts.items()]


def _cb(name: str, beta: float) -> dict[str, Any]:
    return {"name": name, "weighting": "class_balanced", "beta": beta}


def _run(
    seed: Seed,
    name: str,
    config: dict[str, Any],
    lift: float,
    number: int,
    state: str = "completed",
    *,
    epochs: int = EPOCHS,
    names: Sequence[str] = NAMES,
    train: Sequence[int] = tuple(counts(10)),
    **more: Any,
) -> int:
    optim = {"epochs": EPOCHS, "milestones": [6, 8]} | config.get("optim", {})
    return seed(
        state,
        name=name,
        config=config | {"optim": optim},
        epochs=epochs,
        confusions=confusions(len(names), lift, number, epochs),
        class_names=names,
        train_counts=train,
        **more,
    )


def _beat(database: Database, stop: Event) -> None:
    with database.write() as session:
        workers.register(session, _WORKER)
    while not stop.wait(2):
        with database.write() as session:
            workers.beat(session, _WORKER)
            running = session.scalars(select(Run.id).where(Run.state == "running"))
            leases.renew(session, "seed", running.all())
