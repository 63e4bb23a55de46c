"""Which runs the page on dead units reads, from its address: runs, a sweep, or the newest of the preset."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Query
from sqlalchemy.orm import Session

from app.comparing.dead_relu.fill import dead_units, dead_units_of_sweep
from app.comparing.dead_relu.view import DeadUnits
from app.schemas import LARGEST_ID, run_ids
from app.store import sweeps
from app.store.series import newest_runs_with
from app.views.units import DEAD
from trainer.sweep_presets import SWEEP_PRESETS

PRESET = SWEEP_PRESETS["dead_relu"]
_LOOKED_THROUGH = 100
_MOST_RUNS = 20


@dataclass(frozen=True)
class UnitsQuery:
    """Runs, or a sweep, or neither."""

    runs: tuple[int, ...] = ()
    sweep: int | None = None

    @property
    def text(self) -> str:
        """The query part of an address."""
        words = {"runs": ",".join(map(str, self.runs)), "sweep": self.sweep}
        return urlencode({name: value for name, value in words.items() if value}, safe=",")

    def settled(self, session: Session) -> "UnitsQuery":
        """In the place of neither the newest sweep of the preset; without one, the newest runs measured."""
        if self.runs or self.sweep is not None:
            return self
        newest = sweeps.find_sweeps(session, _LOOKED_THROUGH).sweeps
        preset = next((one.id for one in newest if one.base == PRESET["base"]), None)
        if preset is not None:
            return UnitsQuery(sweep=preset)
        return UnitsQuery(runs=tuple(newest_runs_with(session, DEAD, _MOST_RUNS)))

    def units(self, session: Session) -> DeadUnits:
        """What the chosen runs show. Raises NotFoundError."""
        if self.sweep is not None:
            return dead_units_of_sweep(session, self.sweep)
        return dead_units(session, self.runs)


def units_query(
    runs: Annotated[Sequence[str], Query(description="Numbers of runs, such as 1,2,5.")] = (),
    sweep: Annotated[int | None, Query(ge=1, le=LARGEST_ID, description="Number of a sweep.")] = None,
) -> UnitsQuery:
    """The address as links write it. Raises InvalidError for numbers that are none."""
    return UnitsQuery(tuple(dict.fromkeys(run_ids(",".join(runs)))) if any(runs) else (), sweep)
