"""What a page offers to do about a doubt, in one click: more seeds, a beta between, the control; its cost.

An Action is a form: method and path of a page that answers 303, and a body as `POST /sweeps/{id}/extend`
takes it. Runs that belong to no sweep are extended by a new one (/compare/extend).
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import chain, islice
from statistics import fmean
from typing import Any

from sqlalchemy.orm import Session

from app import queue
from app.formats import count, duration
from app.store import runs as run_store
from app.store import sweeps as sweep_store
from app.store import workers
from app.store.tables import Run
from app.urls import compare_extend, sweep_page
from app.views.base import View
from app.views.chips import value_text
from trainer.config import merge, parse_config, setting_hash
from trainer.config_sections import LARGEST_SEED
from trainer.sweep import SEED_AXES

Config = Mapping[str, Any]


class Action(View):
    """One thing to do: a button's words, where its form goes, its body, and what it costs in words."""

    label: str
    short: str
    """The same where there is little room: "+4 seeds"."""
    method: str = "POST"
    path: str
    """Of a page, below the root path; answers 303."""
    body: dict[str, Any]
    """Sent as JSON in the form's field "body"."""
    cost_text: str


@dataclass(frozen=True)
class Scope:
    """What can grow: a sweep, or runs of no sweep.

    path: where the actions go. seeds: by setting hash, the training seeds that were asked for. subsets: how
    many subset seeds each training seed is crossed with. pace: by setting hash, seconds of an epoch.
    """

    path: str
    seeds: Mapping[str, frozenset[int]]
    subsets: int
    pace: Mapping[str, float]
    slots: int

    def cost(self, configs: Sequence[Config], seeds: int) -> str:
        """Of so many seeds of each setting: "6 runs × 10 epochs, about 4 min"; an upper bound."""
        epochs = [int(config["optim"]["epochs"]) for config in configs]
        runs = len(configs) * seeds * self.subsets
        words = f"{count(runs)} run" + ("s" if runs != 1 else "")
        if len(set(epochs)) == 1:
            words += f" × {count(epochs[0])} epoch" + ("s" if epochs[0] != 1 else "")
        if not self.pace or not runs:
            return words
        usual = fmean(self.pace.values())
        each = [
            self.pace.get(_setting(one), usual) * length for one, length in zip(configs, epochs, strict=True)
        ]
        whole = sum(each) * seeds * self.subsets / max(1, self.slots)
        return f"{words}, about {duration(max(whole, *each))}"


def scope_of_sweep(session: Session, sweep_id: int) -> Scope:
    """The sweep with all its cells. Raises NotFoundError."""
    sweep, cells = sweep_store.get_sweep(session, sweep_id), sweep_store.cells_of(session, sweep_id)
    asked = [(cell.setting_hash, int(cell.config["seed"])) for cell, _ in cells]
    subsets = len(sweep.axes.get("data.subset_seed", [None]))
    runs = [run for _, run in cells if run is not None]
    return _scope(session, f"{sweep_page(sweep_id)}/extend", asked, subsets, runs)


def scope_of_runs(session: Session, run_ids: Sequence[int]) -> Scope:
    """These runs, which belong to no one sweep. Raises NotFoundError."""
    runs = run_store.get_runs(session, tuple(dict.fromkeys(run_ids)))
    asked = [(run.setting_hash, int(run.config["seed"])) for run in runs]
    return _scope(session, compare_extend(run.id for run in runs), asked, 1, runs)


def more_seeds(scope: Scope, configs: Sequence[Config], how_many: int) -> Action:
    """Train each of these settings with `how_many` seeds more, if possible ones that others have."""
    seeds = unused_seeds(scope, configs, how_many)
    return Action(
        label=f"Train {how_many} more seed{'s' if how_many != 1 else ''}",
        short=f"+{how_many} seed{'s' if how_many != 1 else ''}",
        path=scope.path,
        body=_body(configs, seeds),
        cost_text=scope.cost(configs, len(seeds)),
    )


def more_seeds_of_all(scope: Scope, configs: Sequence[Config], how_many: int) -> Action:
    """The same of every setting that the scope holds (`configs` are theirs): the grid itself grows."""
    seeds = unused_seeds(scope, configs, how_many)
    return Action(
        label=f"Train {how_many} more seed{'s' if how_many != 1 else ''} of all",
        short=f"+{how_many} seed{'s' if how_many != 1 else ''} of all",
        path=scope.path,
        body={"axes": {"seed": seeds}},
        cost_text=scope.cost(configs, len(seeds)),
    )


def beta_between(scope: Scope, config: Config, beta_a: float, beta_b: float) -> Action:
    """The setting with a beta halfway between two, over the seeds that the setting has."""
    beta = halfway(beta_a, beta_b)
    new = merge(config, {"loss": {"beta": beta}})
    seeds = sorted(scope.seeds.get(_setting(config), frozenset({int(config["seed"])})))
    return Action(
        label=f"Add beta {value_text(beta)}",
        short=f"+beta {value_text(beta)}",
        path=scope.path,
        body=_body([new], seeds),
        cost_text=scope.cost([new], len(seeds)),
    )


def control(scope: Scope, configs: Sequence[Config]) -> Action:
    """The runs that tell an effect of the loss from one of the rate, over all seeds that the scope has."""
    seeds = sorted(frozenset().union(*scope.seeds.values()))
    return Action(
        label="Add the control",
        short="+control",
        path=scope.path,
        body=_body(configs, seeds),
        cost_text=scope.cost(configs, len(seeds)),
    )


def unused_seeds(scope: Scope, configs: Sequence[Config], how_many: int) -> list[int]:
    """Seeds that none of these settings has, first those that others have: so pairs stay whole."""
    own = frozenset().union(*(scope.seeds.get(_setting(config), frozenset()) for config in configs))
    known = frozenset().union(*scope.seeds.values())
    largest = max(known, default=-1)
    candidates = chain(sorted(known - own), range(largest + 1, LARGEST_SEED + 1), range(largest))
    return list(islice((seed for seed in candidates if seed not in own), how_many))


def halfway(beta_a: float, beta_b: float) -> float:
    """The beta halfway in -log10(1 - beta), with as few digits of 1 - beta as stay in the middle half.

    Both in [0, 1), and different. Raises ValueError where no double lies between them.
    """
    low, high = sorted((beta_a, beta_b))
    middle, quarter = math.sqrt((1 - low) * (1 - high)), ((1 - low) / (1 - high)) ** 0.25
    for digits in range(17):
        rounded = Decimal(f"{middle:.{digits}e}")
        beta = float(1 - rounded)
        if low < beta < high and middle / quarter <= rounded <= middle * quarter:
            return beta
    raise ValueError(f"no beta lies between {low} and {high}")


def _scope(
    session: Session, path: str, asked: Iterable[tuple[str, int]], subsets: int, runs: Iterable[Run]
) -> Scope:
    seeds: dict[str, set[int]] = {}
    for setting, seed in asked:
        seeds.setdefault(setting, set()).add(seed)
    seconds: dict[str, list[float]] = {}
    for run in runs:
        if run.last and run.last.get("seconds"):
            seconds.setdefault(run.setting_hash, []).append(float(run.last["seconds"]))
    return Scope(
        path=path,
        seeds={setting: frozenset(found) for setting, found in seeds.items()},
        subsets=subsets,
        pace={setting: fmean(found) for setting, found in seconds.items()},
        slots=workers.slots_alive(session, queue.LEASE_SECONDS),
    )


def _body(configs: Sequence[Config], seeds: Sequence[int]) -> dict[str, Any]:
    settings = [{key: value for key, value in config.items() if key not in SEED_AXES} for config in configs]
    return {"axes": {"seed": list(seeds)}, "settings": settings}


def _setting(config: Config) -> str:
    return setting_hash(parse_config(config))
