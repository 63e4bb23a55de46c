"""The client's calls about sweeps: launch, preview, extend, rename, follow, cancel, retry."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from app.client.calls import Calls, given
from app.urls import API, sweep_api
from app.views.sweeps.view import ExtensionPreview, SweepDetail, SweepList, SweepPreview, SweepSummary

Axes = Mapping[str, Sequence[Any]]
Baselines = Sequence[Mapping[str, Any]]
Methods = Sequence[str | Mapping[str, Any]]


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
        margin: float | None = None,
        looks: Mapping[str, Any] | None = None,
        tuned: Sequence[str] = (),
        idempotency_key: str | None = None,
        methods: Methods = (),
        preset: str | None = None,
        max_attempts: int | None = None,
        time_limit_minutes: float | None = None,
        priority: int = 0,
        requirements: Mapping[str, Any] | None = None,
    ) -> SweepDetail:
        """Queue every combination of `axes` ({"loss.beta": [0.9, 0.99], "seed": [0, 1]}) over `base`.

        A baseline ({"loss.name": "cross_entropy"}) overrides the base and follows the axes of seeds and the
        tuned ones only. methods: put side by side over base and axes, by name or with values of their own
        fields ({"name": "class_balanced_ce", "loss.beta": [0.9, 0.99]}). preset: lies below the base.
        reuse: let cells point at equal runs from before. margin: points that do not matter.
        looks: {"seeds": [5, 10]}, planned. max_attempts, time_limit_minutes, priority, requirements
        ({"labels": ["big"]}): of each new run. Sent again by itself where the connection breaks, without
        launching twice. Raises RefusedError whose `fields` name axis, baseline or base field.
        """
        plan: dict[str, Any] = {"reuse": reuse, "margin": margin, "looks": looks, "tuned": list(tuned)}
        plan |= given(methods=list(methods) or None, preset=preset or None)
        body = _asked(base, axes, baselines) | plan | {"tags": list(tags), "notes": notes}
        body |= given(name=name or None, priority=priority or None, requirements=requirements or None)
        body |= given(max_attempts=max_attempts or None, time_limit_minutes=time_limit_minutes or None)
        headers = {"Idempotency-Key": idempotency_key or uuid.uuid4().hex}
        return self._post(SweepDetail, f"{API}/sweeps", body, headers)

    def validate_sweep(
        self, base: Mapping[str, Any], axes: Axes, baselines: Baselines = (), reuse: bool = True, **plan: Any
    ) -> SweepPreview:
        """What such a sweep would do, without launching it; `plan` as for a launch. Raises RefusedError."""
        body = _asked(base, axes, baselines) | {"reuse": reuse} | plan
        return self._post(SweepPreview, f"{API}/sweeps/validate", body)

    def extend_sweep(
        self, sweep_id: int, axes: Axes | None = None, baselines: Baselines = (), settings: Baselines = ()
    ) -> SweepDetail:
        """Let values join the sweep's axes, baselines its baselines, settings its rows.

        A setting overrides the base and is followed over the seeds in `axes` only. Raises RefusedError naming
        each field, ConflictedError where the sweep has all of it already, MissingError.
        """
        body = _extension(axes, baselines, settings)
        return self._post(SweepDetail, sweep_api(sweep_id, "extend"), body)

    def preview_extension(
        self, sweep_id: int, axes: Axes | None = None, baselines: Baselines = (), settings: Baselines = ()
    ) -> ExtensionPreview:
        """What such an extension would add and cost. Raises as `extend_sweep` does."""
        body = _extension(axes, baselines, settings)
        return self._post(ExtensionPreview, sweep_api(sweep_id, "extend?dry_run=true"), body)

    def update_sweep(self, sweep_id: int, **fields: Any) -> SweepDetail:
        """Set name, tags or notes; margin and looks before its first run starts, else ConflictedError."""
        answer = self._send("PATCH", sweep_api(sweep_id), json=fields)
        return SweepDetail.model_validate_json(answer.content)

    def sweep(self, sweep_id: int) -> SweepDetail:
        """One sweep with its cells. Raises MissingError."""
        return self._get(SweepDetail, sweep_api(sweep_id))

    def sweeps(self, limit: int | None = None) -> list[SweepSummary]:
        """Sweeps, newest first; all of them, page by page, or at most `limit`."""
        pages = self._pages(SweepList, f"{API}/sweeps", limit)
        return [sweep for page in pages for sweep in page.items]

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

        def left(sweep: SweepDetail) -> str:
            active = sweep.counts.queued + sweep.counts.running
            return f"Sweep {sweep_id} still has {active} queued or running cells" if active else ""

        return self._wait(lambda: self.sweep(sweep_id), left, timeout, on_look)

    def cancel_sweep(self, sweep_id: int) -> SweepDetail:
        """Cancel the sweep's own queued and running runs. Raises ConflictedError where there are none."""
        return self._post(SweepDetail, sweep_api(sweep_id, "cancel"))

    def retry_sweep(self, sweep_id: int) -> SweepDetail:
        """Launch missing cells, queue broken ones again. Raises ConflictedError where there are none."""
        return self._post(SweepDetail, sweep_api(sweep_id, "retry"))


def _asked(base: Mapping[str, Any], axes: Axes, baselines: Baselines) -> dict[str, Any]:
    return {"base": base, "axes": _listed(axes), "baselines": list(baselines)}


def _extension(axes: Axes | None, baselines: Baselines, settings: Baselines) -> dict[str, Any]:
    return {"axes": _listed(axes or {}), "baselines": list(baselines), "settings": list(settings)}


def _listed(axes: Axes) -> dict[str, list[Any]]:
    return {path: list(values) for path, values in axes.items()}
