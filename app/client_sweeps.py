"""The client's calls about sweeps: launch, preview, follow, cancel, retry."""

import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from app.client_calls import Calls
from app.client_errors import ServerFailedError, UnreachableError, WaitedTooLongError
from app.client_wire import PATIENCE_SECONDS
from app.urls import API, sweep_api
from app.views.sweeps import SweepDetail, SweepList, SweepPreview, SweepSummary

LOOK_SECONDS = 1.0
"""How often a sweep that is waited for is looked at."""
PAGE = 100

Axes = Mapping[str, Sequence[Any]]
Baselines = Sequence[Mapping[str, Any]]


class SweepCalls(Calls):
    """Sweeps; `Client` has these beside its calls about runs."""

    def launch_sweep(
        self,
        base: Mapping[str, Any],
        axes: Axes,
        baselines: Baselines = (),
        name: str | None = None,
        tags: Sequence[str] = (),
        notes: str = "",
        reuse: bool = True,
        idempotency_key: str | None = None,
    ) -> SweepDetail:
        """Queue every combination of `axes` ({"loss.beta": [0.9, 0.99], "seed": [0, 1]}) over `base`.

        A baseline ({"loss.name": "cross_entropy"}) overrides the base and follows the axes of seeds only.
        reuse: let cells point at equal runs from before. Sent again by itself where the connection breaks,
        without launching twice. Raises RefusedError whose `fields` name axis, baseline or base field.
        """
        body = _asked(base, axes, baselines, reuse) | {"tags": list(tags), "notes": notes}
        body |= {"name": name} if name else {}
        headers = {"Idempotency-Key": idempotency_key or uuid.uuid4().hex}
        return self._post(SweepDetail, f"{API}/sweeps", body, headers)

    def validate_sweep(
        self, base: Mapping[str, Any], axes: Axes, baselines: Baselines = (), reuse: bool = True
    ) -> SweepPreview:
        """What such a sweep would do, without launching it. Raises RefusedError."""
        return self._post(SweepPreview, f"{API}/sweeps/validate", _asked(base, axes, baselines, reuse))

    def sweep(self, sweep_id: int) -> SweepDetail:
        """One sweep with its cells. Raises MissingError."""
        return self._get(SweepDetail, sweep_api(sweep_id))

    def sweeps(self, limit: int | None = None) -> list[SweepSummary]:
        """Sweeps, newest first; all of them, page by page, or at most `limit`."""
        found: list[SweepSummary] = []
        cursor: dict[str, str] = {}
        while limit is None or len(found) < limit:
            size = PAGE if limit is None else min(PAGE, limit - len(found))
            page = self._get(SweepList, f"{API}/sweeps", **cursor, limit=size)
            found += page.items
            if page.next_cursor is None:
                break
            cursor = {"cursor": page.next_cursor}
        return found

    def wait_sweep(
        self,
        sweep_id: int,
        timeout: float | None = None,
        on_look: Callable[[SweepDetail], None] | None = None,
    ) -> SweepDetail:
        """Wait until no cell is queued or running, even if the server is away for up to a minute.

        `on_look` sees the sweep once a second. Raises WaitedTooLongError after `timeout` seconds; the sweep
        goes on.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        while True:
            sweep = self._look(sweep_id)
            if on_look is not None:
                on_look(sweep)
            active = sweep.counts.queued + sweep.counts.running
            if not active:
                return sweep
            if deadline is not None and time.monotonic() >= deadline:
                raise WaitedTooLongError(
                    f"Sweep {sweep_id} still has {active} queued or running cells after {timeout:g} seconds.",
                    "It goes on; wait again, or cancel it.",
                )
            left = LOOK_SECONDS if deadline is None else deadline - time.monotonic()
            time.sleep(max(0.0, min(LOOK_SECONDS, left)))

    def cancel_sweep(self, sweep_id: int) -> SweepDetail:
        """Cancel the sweep's own queued and running runs. Raises ConflictedError where there are none."""
        return self._post(SweepDetail, sweep_api(sweep_id, "cancel"))

    def retry_sweep(self, sweep_id: int) -> SweepDetail:
        """Launch missing cells, queue broken ones again. Raises ConflictedError where there are none."""
        return self._post(SweepDetail, sweep_api(sweep_id, "retry"))

    def _look(self, sweep_id: int) -> SweepDetail:
        patience = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                return self.sweep(sweep_id)
            except (UnreachableError, ServerFailedError):
                if time.monotonic() >= patience:
                    raise
                time.sleep(LOOK_SECONDS)


def _asked(base: Mapping[str, Any], axes: Axes, baselines: Baselines, reuse: bool) -> dict[str, Any]:
    return {
        "base": base,
        "axes": {path: list(values) for path, values in axes.items()},
        "baselines": list(baselines),
        "reuse": reuse,
    }
