"""What a page offers to do about a doubt, in one click: more seeds, a beta between, the control; its cost.

An Action is a form: method and path of a page that answers 303, and a body as `POST /sweeps/{id}/extend`
takes it. The body names all seeds that are wanted in the end, and whoever carries it out adds those that are
not there: twice the same adds nothing. What is queued or trains already is said, only the rest is offered.
"""

import math
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from itertools import chain, islice
from typing import Any

from app.comparing.next_steps.scopes import Config, PendingRun, Scope, SettingSeeds
from app.formats import counted
from app.lifecycle import State
from app.runs.naming import value_text
from app.views.base import View
from trainer.config import merge
from trainer.config_data import LARGEST_SEED
from trainer.config_meaning import SEEDS

_STATE_WORDS = {State.RUNNING: "training", State.QUEUED: "queued", State.PAUSED: "paused"}


class Action(View):
    """One thing to do: a button's words, where its form goes, its body, and what it costs in words."""

    label: str
    short: str
    """The same where there is little room: "+4 seeds"."""
    target: str = ""
    """What there is afterwards: "to 5 seeds"; "" where that is not one number."""
    method: str = "POST"
    path: str
    """Of a page, below the root path; answers 303."""
    body: dict[str, Any]
    """Sent as JSON in the form's field "body"; {} where nothing is lacking."""
    cost_text: str
    queued: int = 0
    """Runs of it that are queued, training or paused already: not among what it costs."""
    queued_text: str = ""
    """The same in words: "2 of 3 more seeds are queued"."""
    queued_in: int | None = None
    """The sweep in which those wait, where it is another one."""
    lacking: bool = True
    """Whether a click adds anything; if not, all of it is still to come and `queued_text` is what is left."""


def more_seeds(scope: Scope, configs: Sequence[Config], how_many: int) -> Action:
    """Bring each of these settings to `how_many` completed seeds more, if possible ones that others have.

    Seeds that are still to come count as if they were done.
    """
    settings = [scope.of(config) for config in configs]
    short_of = [one for one in settings if len(one.pending) < how_many]
    seeds = _seeds_towards(scope, short_of, how_many)
    new = [(one, len(set(seeds) - one.pending.keys())) for one in short_of]
    offered = max((many for _, many in new), default=how_many)
    totals = {one.done + how_many for one in settings}
    return Action(
        label=f"Train {counted(offered, 'more seed')}",
        short=f"+{counted(offered, 'seed')}",
        target=f"to {counted(totals.pop(), 'seed')}" if len(totals) == 1 and scope.subsets == 1 else "",
        path=scope.path,
        body=_body(short_of, seeds),
        cost_text=scope.cost(new),
        queued_text=_seeds_pending(scope, settings, how_many),
        lacking=bool(short_of),
        **_pending(settings),
    )


def beta_between(scope: Scope, config: Config, beta_a: float, beta_b: float) -> Action | None:
    """The setting with a beta halfway between two, over the seeds that the setting has."""
    beta = halfway(beta_a, beta_b)
    words, new = f"beta {value_text(beta)}", merge(config, {"loss": {"beta": beta}})
    seeds = sorted(scope.of(config).asked or {int(config["seed"])})
    return _settings(scope, [new], seeds, (f"Add {words}", f"+{words}", words))


def control(scope: Scope, weighted: Config, configs: Sequence[Config]) -> Action | None:
    """The runs that tell an effect of the loss from one of the rate, over the weighted setting's seeds."""
    seeds = sorted(scope.of(weighted).asked)
    return _settings(scope, configs, seeds, ("Add the control", "+control", "the control"))


def more_of_all(scope: Scope, configs: Sequence[Config], how_many: int) -> tuple[dict[str, Any], str]:
    """Body that adds so many seeds to every setting of the scope (`configs` are theirs), and its cost.

    The grid itself grows, whatever is still to come of it.
    """
    settings = [scope.of(config) for config in configs]
    seeds = _unused_seeds(scope, settings, how_many)
    return {"axes": {"seed": seeds}}, scope.cost((one, len(seeds)) for one in settings)


def more_of_one(scope: Scope, config: Config, how_many: int) -> dict[str, Any]:
    """Body that adds so many seeds to one setting, whatever is still to come of it."""
    setting = scope.of(config)
    return _body([setting], _unused_seeds(scope, [setting], how_many))


def _unused_seeds(scope: Scope, settings: Sequence[SettingSeeds], how_many: int) -> list[int]:
    """Seeds that none of these settings has, first those that others have: so pairs stay whole."""
    own = frozenset().union(*(one.asked for one in settings))
    known = own.union(*scope.seeds.values())
    largest = max(known, default=-1)
    candidates = chain(sorted(known - own), range(largest + 1, LARGEST_SEED + 1), range(largest))
    return list(islice((seed for seed in candidates if seed not in own), how_many))


def _seeds_towards(scope: Scope, settings: Sequence[SettingSeeds], how_many: int) -> list[int]:
    """So many seeds, first those that are still to come of these settings, then unused ones."""
    pending = Counter(seed for one in settings for seed in one.pending)
    settled = frozenset().union(*(one.settled for one in settings))
    first = sorted(pending.keys() - settled, key=lambda seed: (-pending[seed], seed))
    return [*first, *_unused_seeds(scope, settings, how_many)][:how_many]


def _settings(
    scope: Scope, configs: Sequence[Config], seeds: Sequence[int], words: tuple[str, str, str]
) -> Action | None:
    """Settings over these seeds, less what is there or still to come; None where neither lacks nor waits.

    words: label, the same in short, and what it is.
    """
    (label, short, name), settings = words, [scope.of(config) for config in configs]
    new = [(one, len(set(seeds) - one.asked)) for one in settings]
    short_of = [one for one, lacking in new if lacking]
    pending = [run for one in settings for run in one.pending.values()]
    if not short_of and not pending:
        return None
    whole = counted(len(pending) + sum(lacking for _, lacking in new), "run")
    part = f"{len(pending)} of {whole} of {name} {_verb(pending)}" if pending else ""
    return Action(
        label=label,
        short=short,
        path=scope.path,
        body=_body(short_of, seeds),
        cost_text=scope.cost(new),
        queued_text=part if short_of else f"{name[0].upper()}{name[1:]}: {whole} {_verb(pending)}",
        lacking=bool(short_of),
        **_pending(settings),
    )


def _pending(settings: Sequence[SettingSeeds]) -> dict[str, int | None]:
    """How many runs are still to come, and the one sweep that has them where that is not what would grow."""
    runs = [run for one in settings for run in one.pending.values()]
    sweeps = {run.elsewhere for run in runs}
    return {"queued": len(runs), "queued_in": sweeps.pop() if len(sweeps) == 1 else None}


def _seeds_pending(scope: Scope, settings: Sequence[SettingSeeds], how_many: int) -> str:
    """Of a promise of so many seeds each, what is still to come: "2 of 3 more seeds are queued"; or ""."""
    pending = [run for one in settings for run in one.pending.values()]
    if not pending:
        return ""
    noun, times = ("more seed", 1) if len(settings) == 1 else ("more run", scope.subsets)
    have = sum(min(len(one.pending), how_many) for one in settings) * times
    whole = how_many * len(settings) * times
    if have == whole:
        return f"{counted(len(pending) * times, noun)} {_verb(pending)}"
    return f"{have} of {counted(whole, noun)} {_verb(pending)}"


def _verb(pending: Sequence[PendingRun]) -> str:
    """How runs stand that are still to come: "is queued", "are training or queued"."""
    states = {run.state for run in pending}
    words = " or ".join(word for state, word in _STATE_WORDS.items() if state in states)
    return f"{'is' if len(pending) == 1 else 'are'} {words}"


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


def _body(settings: Sequence[SettingSeeds], seeds: Sequence[int]) -> dict[str, Any]:
    """These settings over these seeds; {} without any, as seeds alone would be those of the whole grid."""
    if not settings:
        return {}
    whole = [{key: value for key, value in one.config.items() if key not in SEEDS} for one in settings]
    return {"axes": {"seed": list(seeds)}, "settings": whole}
