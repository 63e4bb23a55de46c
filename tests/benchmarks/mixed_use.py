"""All that people do to a board: addresses of every page and answer, and clients that act and listen."""

import random
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event
from typing import Any

import httpx2

from app.client import Client
from app.comparing.figures.registry import FIGURES
from app.lab.registry import PAGES
from app.published.upload import EXAMPLE
from app.urls import API
from tests.benchmarks.bench_live import listening

CALCULATORS: dict[str, dict[str, Any]] = {
    "conv-matrix": {"input": {"height": 28, "width": 28}, "kernel": {"height": 3, "width": 3}, "padding": 1},
    "relu-network": {"weights": [[[1.5], [0.5]], [[1, 1]]], "biases": [[0, 1], [-1]], "points": [[2]]},
    "class-balance": {"counts": [5000, 500, 50], "betas": [0.9, 0.999]},
    "focal": {"p": [0.9, 0.5, 0.1], "gammas": [0, 2]},
    "layers": {"input": [3, 32, 32], "layers": [{"kind": "conv", "out_channels": 8, "kernel": 3}]},
}
READERS = 4
PAUSE_SECONDS = 0.05
"""Of each reader between two looks."""
TRAINED_SECONDS = 45
"""After which the training is canceled and launched anew."""
LONG: dict[str, Any] = {"optim": {"epochs": 1000, "milestones": []}, "threads": 1}
TINY: dict[str, Any] = {"data": {"max_train_per_class": 20, "imbalance_ratio": 4},
                        "optim": {"epochs": 1, "milestones": []}}  # fmt: skip
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><path d="M0 0h9"/></svg>'


def plain_addresses(run: int, many: int) -> list[str]:
    """Pages and answers that need no statistics: of two plain runs, and of the one of many classes."""
    runs = [f"/runs/{each}" for each in (run, run + 1, many)]
    parts = (
        "epochs",
        "classes",
        "confusion",
        "scalars?key=seconds/evaluate",
        "logs",
        "events",
        "checkpoints",
    )
    one = [f"{API}/figures/{it.name}{form}?run={many}" for it in FIGURES.values() if it.about == "run"
           for form in ("", "/table.csv")]  # fmt: skip
    theory = ("", *(f"/{name}" for name in CALCULATORS), "/dead-relu", "/dead-relu/figures/rate",
              "/dead-relu/figures/rate/table.csv")  # fmt: skip
    drawn = [f"{API}/theory/{name}/figures/{it.name}{form}" for name, page in PAGES.items()
             for it in page.figures for form in ("", "/table.csv")]  # fmt: skip
    return [
        "/", "/runs", "/runs?q=seed&sort=-test_accuracy", "/runs?state=completed", "/runs/new", "/sweeps",
        "/sweeps/1", "/sweeps/2", "/compare", "/published", "/datasets", "/system", "/runs/bulk", "/nowhere",
        f"/runs/new?clone={run}", f"/theory/class-balance?run={run}", "/sweeps/1/extend",
        *(f"/theory{path}" for path in theory if "figures" not in path), *runs,
        f"/runs/{many}/parts?figures=accuracy,loss,class-recall,class-curves,confusion",
        f"/runs/{many}/tables/confusion", f"/runs/{run}/tables/accuracy",
        *(f"{API}{path}" for path in runs), *(f"{API}/runs/{many}/{part}" for part in parts), *one, *drawn,
        f"{API}/runs?limit=100", f"{API}/sweeps", f"{API}/sweeps/1", f"{API}/meta", f"{API}/health",
        f"{API}/workers", f"{API}/system", f"{API}/datasets", f"{API}/figures", f"{API}/published",
        f"{API}/measured?runs={run},{run + 1},{many}", *(f"{API}/theory{path}" for path in theory),
    ]  # fmt: skip


def comparisons(run: int, predicted: int) -> list[str]:
    """Comparisons, their figures and what is taken from them; the answers of a run that kept predictions."""
    chosen = [f"runs={first},{first + 1},{first + 2}" for first in range(run, run + 60, 5)]
    asked = ["sweep=1", "sweep=2", *chosen]
    figures = [f"{API}/figures/{it.name}{form}?{about}" for it in FIGURES.values() if it.about == "runs"
               for about in ("sweep=1", "sweep=2") for form in ("", "/table.csv")]  # fmt: skip
    exports = [
        f"{API}/compare?sweep={at}&format={form}" for at in (1, 2) for form in ("csv", "markdown", "latex")
    ]
    kept = [f"{API}/runs/{predicted}/{name}" for name in ("predictions", "predictions.npz")]
    return [*(f"/compare?{it}" for it in asked), *(f"{API}/compare?{it}" for it in asked), *figures, *exports,
            *kept, "/compare?sweep=1", "/compare/report.html?sweep=1"]  # fmt: skip


def walk(url: str, addresses: Iterable[str], pause: float = 0.0) -> int:
    """FigureRequest for one after the other; returns how many. Raises for any answer that is not the page."""
    looks = 0
    with httpx2.Client(base_url=url, timeout=120, follow_redirects=True) as client:
        for address in addresses:
            answer = client.get(address)
            assert answer.status_code == (404 if address == "/nowhere" else 200), (address, answer.text[:300])
            looks += 1
            time.sleep(pause)
    return looks


@dataclass
class Use:
    """Seven clients: four read, one acts, one listens, one follows a training, begun again and again."""

    url: str
    addresses: Sequence[str]
    done: Event = field(default_factory=Event)
    heard: list[str] = field(default_factory=list)

    @contextmanager
    def going_on(self) -> Iterator[Callable[[], dict[str, int]]]:
        """Meanwhile; what is given says in the end how often each client did its round."""
        stream = listening(self.url, f"{API}/stream?words=true", self.heard.append)
        with stream, ThreadPoolExecutor() as pool:
            readers = [pool.submit(self._read, seed) for seed in range(READERS)]
            others = [pool.submit(self._act), pool.submit(self._train)]
            try:
                yield lambda: self._ended(readers, others)
            finally:
                self.done.set()

    def _ended(self, readers: Sequence[Future[int]], others: Sequence[Future[int]]) -> dict[str, int]:
        self.done.set()
        acted, trained = (each.result() for each in others)
        return {
            "views": sum(each.result() for each in readers),
            "rounds of acts": acted,
            "trainings": trained,
        }

    def _read(self, seed: int) -> int:
        chance = random.Random(seed)
        return walk(self.url, iter(lambda: self._next(chance), ""), PAUSE_SECONDS)

    def _next(self, chance: random.Random) -> str:
        return "" if self.done.is_set() else chance.choice(self.addresses)

    def _act(self) -> int:
        """Launch, change, cancel, delete; sweeps; own results; the calculators; a bundle."""
        rounds = 0
        with Client(self.url) as board, httpx2.Client(base_url=self.url, timeout=120) as plain:
            while not self.done.is_set():
                _runs(board)
                _sweeps(board, plain)
                _others(board, plain)
                rounds += 1
                self.done.wait(1)
        return rounds

    def _train(self) -> int:
        """A run, and what its open page asks for after each epoch, until it is canceled; then the next."""
        trained = 0
        with Client(self.url) as board, httpx2.Client(base_url=self.url, timeout=120) as page:
            while not self.done.is_set():
                run = board.launch(LONG, "beside", priority=10).id
                page.get(f"/runs/{run}")
                begun = time.monotonic()
                for event in board.follow(run, deadline=begun + 2 * TRAINED_SECONDS):
                    if event.kind == "epoch":
                        page.get(
                            f"/runs/{run}/parts?figures=accuracy,loss,class-recall,class-curves,confusion"
                        )
                    if self.done.is_set() or time.monotonic() > begun + TRAINED_SECONDS:
                        break
                board.cancel(run)
                board.wait(run)
                walk(self.url, [f"{API}/runs/{run}/checkpoints/last.pt"])
                trained += 1
        return trained


def _runs(board: Client) -> None:
    board.validate(TINY)
    run = board.launch(TINY, "passing").id
    board.change(run, name="passed", tags=["bench"], notes="Said of it.")
    board.cancel(run)
    board.wait(run)
    board.retry(run)
    board.cancel(run)
    board.wait(run)
    board.delete(run)


def _sweeps(board: Client, plain: httpx2.Client) -> None:
    axes: dict[str, list[Any]] = {"loss.beta": [0.9, 0.99], "seed": [0, 1]}
    base = {**TINY, "loss": {"name": "focal", "weighting": "class_balanced"}}
    board.validate_sweep(base, axes)
    sweep = board.launch_sweep(base, axes, name="passing", reuse=False).id
    board.preview_extension(sweep, {"seed": [2]})
    board.extend_sweep(sweep, {"seed": [2]})
    board.update_sweep(sweep, notes="Said of it.")
    board.cancel_sweep(sweep)
    board.wait_sweep(sweep)
    board.retry_sweep(sweep)
    board.cancel_sweep(sweep)
    board.wait_sweep(sweep)
    form = {"action": "delete", "sweeps": str(sweep)}
    answer = plain.post("/runs/bulk", data=form)
    assert answer.status_code == 303, answer.text[:300]


def _others(board: Client, plain: httpx2.Client) -> None:
    for name, asked in CALCULATORS.items():
        board.theory(name, asked)
    file = {"compare-heat": ("compare-heat.svg", SVG)}
    plain.post(f"{API}/compare/bundle?sweep=1", files=file).raise_for_status()
    added = plain.post(f"{API}/published", content=EXAMPLE, headers={"Content-Type": "text/csv"})
    for row in added.raise_for_status().json()["items"]:
        plain.delete(f"{API}/published/{row['id']}").raise_for_status()
