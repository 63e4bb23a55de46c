"""What may grow by an action: a sweep with its cells, or runs of no one sweep; its seeds, and what they cost.

A seed waits while a run of it is queued, training or paused and nobody has asked it to end. Of a sweep those
of its cells count, as no others come to it by themselves; of runs that no sweep holds together those of the
whole board on the same images, as a sweep of these settings would point at them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from statistics import fmean
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from app.comparing.samples import source_of
from app.formats import counted, duration, gather
from app.lifecycle import State
from app.runs import queue
from app.store import runs as run_store
from app.store import sweeps as sweep_store
from app.store import workers
from app.store.tables import Run
from app.urls import compare_extend, sweep_page
from trainer.config import stored_setting_hash
from trainer.stages import NONE, stored_stage

Config = Mapping[str, Any]


class PendingRun(NamedTuple):
    """A run that is still to come: its state, and its sweep where it is not among what may grow."""

    state: State
    elsewhere: int | None = None


@dataclass(frozen=True)
class SettingSeeds:
    """A setting and what there is of it.

    asked: the training seeds that it has, or will have without a click. pending: those still to come.
    done: how many are completed. pace: seconds of an epoch; None before any was measured.
    """

    config: Config
    asked: frozenset[int]
    pending: Mapping[int, PendingRun]
    done: int
    pace: float | None

    @property
    def settled(self) -> frozenset[int]:
        """Seeds that have ended, well or badly."""
        return self.asked - self.pending.keys()

    @cached_property
    def epochs(self) -> int:
        """Of each run; one of a single stage says it itself."""
        if self.config["second_stage"]["name"] == NONE:
            return int(self.config["optim"]["epochs"])
        return int(stored_stage(self.config)["optim"]["epochs"])


@dataclass(frozen=True)
class Scope:
    """What can grow: a sweep, or runs of no sweep. Mappings are by setting hash, as in `SettingSeeds`.

    path: where the actions go. seeds: the training seeds that were asked for. subsets: how many subset seeds
    each of them is crossed with.
    """

    path: str
    seeds: Mapping[str, frozenset[int]]
    subsets: int
    pace: Mapping[str, float]
    slots: int
    waiting: Mapping[str, Mapping[int, PendingRun]] = field(default_factory=dict)
    done: Mapping[str, int] = field(default_factory=dict)
    _known: dict[int, SettingSeeds] = field(default_factory=dict, compare=False, repr=False)
    """By the identity of a configuration, which its setting keeps alive: a row is asked for several steps."""

    def of(self, config: Config) -> SettingSeeds:
        """The setting of a configuration."""
        if id(config) not in self._known:
            self._known[id(config)] = self._setting(config)
        return self._known[id(config)]

    def _setting(self, config: Config) -> SettingSeeds:
        digest = stored_setting_hash(config)
        pending = self.waiting.get(digest, {})
        return SettingSeeds(
            config=config,
            asked=self.seeds.get(digest, frozenset()) | pending.keys(),
            pending=pending,
            done=self.done.get(digest, 0),
            pace=self.pace.get(digest, fmean(self.pace.values()) if self.pace else None),
        )

    def cost(self, new: Iterable[tuple[SettingSeeds, int]]) -> str:
        """Of so many new seeds of each setting: "6 runs × 10 epochs, about 4 min"; an upper bound."""
        found = [(one, seeds * self.subsets) for one, seeds in new if seeds]
        runs, lengths = sum(many for _, many in found), {one.epochs for one, _ in found}
        words = counted(runs, "run")
        if len(lengths) == 1:
            words += f" × {counted(lengths.pop(), 'epoch')}"
        each = [one.pace * one.epochs for one, _ in found if one.pace is not None]
        if not each:
            return words
        whole = sum(seconds * many for seconds, (_, many) in zip(each, found, strict=True))
        return f"{words}, about {duration(max(whole / max(1, self.slots), *each))}"


def scope_of_sweep(
    session: Session, sweep_id: int, run_ids: Sequence[int] = (), cells: int | None = None
) -> Scope:
    """The sweep with its cells (`cells`: only the first so many), and runs that are compared beside it.

    Raises NotFoundError.
    """
    sweep, known = sweep_store.get_sweep(session, sweep_id), sweep_store.cells_of(session, sweep_id)[:cells]
    of_cells = {run.id: run for _, run in known if run is not None}
    others = run_store.get_runs(session, [one for one in dict.fromkeys(run_ids) if one not in of_cells])
    runs = [*of_cells.values(), *others]
    asked = [(cell.setting_hash, int(cell.config["seed"])) for cell, _ in known]
    asked += [(run.setting_hash, _seed(run)) for run in others]
    subsets = len(sweep.axes.get("data.subset_seed", [None]))
    return _scope(session, f"{sweep_page(sweep_id)}/extend", asked, subsets, runs, runs)


def scope_of_runs(session: Session, run_ids: Sequence[int]) -> Scope:
    """These runs, which belong to no one sweep. Raises NotFoundError."""
    runs = run_store.get_runs(session, tuple(dict.fromkeys(run_ids)))
    sources = {source_of(run) for run in runs}
    waiting = run_store.waiting_runs(session, {run.dataset for run in runs})
    asked = [(run.setting_hash, _seed(run)) for run in runs]
    path = compare_extend(run.id for run in runs)
    return _scope(session, path, asked, 1, runs, [run for run in waiting if source_of(run) in sources])


def _scope(
    session: Session,
    path: str,
    asked: Iterable[tuple[str, int]],
    subsets: int,
    runs: Sequence[Run],
    perhaps: Iterable[Run],
) -> Scope:
    """`perhaps` holds the runs that may be still to come."""
    waiting: dict[str, dict[int, PendingRun]] = {}
    own = {run.id for run in runs}
    for run in perhaps:
        if run.state in run_store.WAITING and run.archived_at is None and run.stop_requested is None:
            pending = PendingRun(State(run.state), None if run.id in own else run.sweep_id)
            waiting.setdefault(run.setting_hash, {})[_seed(run)] = pending
    timed = [run for run in runs if run.last and run.last.get("seconds")]
    seconds = gather((run.setting_hash, float((run.last or {})["seconds"])) for run in timed)
    done = gather((run.setting_hash, _seed(run)) for run in runs if run.state == State.COMPLETED)
    return Scope(
        path=path,
        seeds={setting: frozenset(found) for setting, found in gather(asked).items()},
        subsets=subsets,
        pace={setting: fmean(found) for setting, found in seconds.items()},
        slots=workers.slots_alive(session, queue.LEASE_SECONDS),
        waiting=waiting,
        done={setting: len(set(found)) for setting, found in done.items()},
    )


def _seed(run: Run) -> int:
    return int(run.config["seed"])
