"""The next steps that rows of a comparison offer: more seeds, a beta between two, the control of a rate."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy.orm import Session

from app.comparing.next_steps import actions
from app.comparing.next_steps.actions import Action
from app.comparing.next_steps.scopes import Scope, scope_of_runs, scope_of_sweep
from app.comparing.view import SettingRow
from app.views.rates import is_scaled_throughout, rates_differ
from trainer.config import as_json, parse_config, stored_setting_hash
from trainer.config_fields import flatten, nest
from trainer.errors import ConfigError

_MOST_SEEDS = 20


@dataclass(frozen=True)
class NextSteps:
    """Actions on rows by label; None where one makes no sense. `scope`: the sweep or runs that would grow."""

    scope: Scope
    rows: Mapping[str, SettingRow]

    @cached_property
    def _known(self) -> set[str]:
        """Settings with a completed run."""
        return {one.setting_hash for one in self.rows.values() if one.n and one.adjusted is None}

    def more_seeds(self, labels: Sequence[str], how_many: int) -> Action | None:
        """Each of these settings on so many seeds more than it has completed."""
        configs = [config for label in labels if label in self.rows for config in _trained(self.rows[label])]
        return actions.more_seeds(self.scope, configs, min(how_many, _MOST_SEEDS)) if configs else None

    def beta_between(self, label: str, other: str) -> Action | None:
        """A beta halfway between two rows; None where no double lies there, or its runs have ended."""
        if label not in self.rows or other not in self.rows:
            return None
        config, beside = self.rows[label].config, self.rows[other].config
        try:
            return actions.beta_between(self.scope, config, config["loss"]["beta"], beside["loss"]["beta"])
        except ValueError:
            return None

    def control(self, label: str, baseline: str | None) -> Action | None:
        """The runs of the 2 x 2 that are not done; None where weights do not scale the gradient."""
        row = self.rows.get(label)
        if (
            row is None
            or row.adjusted is not None
            or row.mean_weight is None
            or not is_scaled_throughout(row.config)
        ):
            return None
        if not rates_differ(row.mean_weight, 1.0):
            return None
        plain = self.rows[baseline].config if baseline is not None and baseline in self.rows else None
        try:
            configs = _square(row.config, plain, row.mean_weight)
        except ConfigError:  # a decay beyond what a field may hold
            return None
        missing = [config for config in configs if stored_setting_hash(config) not in self._known]
        return actions.control(self.scope, row.config, missing) if missing else None


NO_STEPS = NextSteps(Scope(path="", seeds={}, subsets=1, pace={}, slots=0), {})
"""Offers nothing: for a view that nobody can act on."""


def steps_of(
    session: Session, sweep: int | None, run_ids: Sequence[int], rows: Sequence[SettingRow]
) -> NextSteps:
    """Steps that let the sweep grow where the comparison is of one, else a new sweep of these runs."""
    scope = scope_of_sweep(session, sweep, run_ids) if sweep is not None else scope_of_runs(session, run_ids)
    return NextSteps(scope, {row.label: row for row in rows if row.kind == "setting"})


def _trained(row: SettingRow) -> list[dict[str, Any]]:
    """The configurations that a row stands for: one, or one a value of its tuned rate."""
    if row.tuning is None:
        return [row.config]
    flat = flatten(row.config)
    return [nest(flat | {row.tuning.path: tried.value}) for tried in row.tuning.tried]


def _square(
    config: Mapping[str, Any], plain: Mapping[str, Any] | None, mean_weight: float
) -> list[dict[str, Any]]:
    """The four settings: the baseline's loss on the unweighted side where it has no weights.

    All else is the row's own, as effects are only of settings that differ in nothing else.
    """
    from trainer.control import control_of, scaled_to

    four = control_of(parse_config(config), mean_weight)
    if plain is not None and plain["loss"]["weighting"] == "none":
        full = parse_config({**config, "loss": plain["loss"]})
        four |= {("unweighted", "full"): full, ("unweighted", "scaled"): scaled_to(full, mean_weight)}
    return [as_json(one) for one in four.values()]
