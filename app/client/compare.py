"""The client's calls about comparisons: the view, rows ready for pandas, and tables to take away."""

from collections.abc import Iterable, Iterator
from typing import Any, Literal, TypedDict, Unpack

from app.client.calls import Calls
from app.comparing.effects.view import Effects
from app.comparing.table.columns import CLASSES
from app.comparing.table.sheet import Sheet, SheetRow, sheet
from app.comparing.view import Comparison
from app.urls import API


class How(TypedDict, total=False):
    """A search for runs, and how settings are told apart; what is left out or None is as the page has it, or
    as the sweep says.
    """

    q: str
    """A search, whose runs are compared beside those that are named."""
    pairing: Literal["welch", "paired"]
    """Differences over independent seeds, or paired by seed."""
    multiplicity: Literal["holm", "none"]
    """Verdicts and intervals that hold together, or each alone."""
    margin: float | None
    """Points within which settings are the same; 0 for none."""
    tuned: str | None
    """Path of a rate that each setting is given at its best; "" for none."""


class CompareCalls(Calls):
    """Comparisons of settings; `Client` has these beside its calls about runs.

    All take runs, a search or a sweep, whose own margin, tuned rate and planned looks then hold. `baseline`
    is a setting's label (None: the unweighted cross-entropy, failing that a row's loss without its weights,
    "": none), `epoch` "last" or "best", `published` ids of published results to stand beside, `adjusted` rows
    of adjusted logits ("12:tau=validation"); `how` is said at `How`.
    """

    def comparison(
        self,
        run_ids: Iterable[int] = (),
        sweep: int | None = None,
        baseline: str | None = None,
        epoch: str = "last",
        published: Iterable[str] = (),
        adjusted: Iterable[str] = (),
        **how: Unpack[How],
    ) -> Comparison:
        """The settings side by side, as the compare page has them. Raises RefusedError, MissingError."""
        asked = _asked(run_ids, sweep, baseline, epoch, published, adjusted, how)
        return self._get(Comparison, f"{API}/compare", **asked)

    def compare(
        self,
        run_ids: Iterable[int] = (),
        sweep: int | None = None,
        baseline: str | None = None,
        epoch: str = "last",
        published: Iterable[str] = (),
        adjusted: Iterable[str] = (),
        **how: Unpack[How],
    ) -> list[dict[str, Any]]:
        """A flat dict a setting, ready for pandas.DataFrame; every dict has the same keys.

        label, kind, n, run_ids ("1 2 3"), epoch; each metric and "recall NAME" with "... sd"; and against the
        baseline "... delta", "... delta low", "... delta high", "... delta n", "... delta seeds_needed",
        "... delta verdict" and "... delta p" (the last two hold for the whole comparison).
        """
        view = self.comparison(run_ids, sweep, baseline, epoch, published, adjusted, **how)
        made = sheet(view, (*(name for row in view.rows for name in row.metrics), CLASSES), order="dataset")
        return [dict(_record(row, made, view.epoch)) for row in made.rows]

    def effects(
        self,
        run_ids: Iterable[int] = (),
        sweep: int | None = None,
        metric: str = "accuracy",
        epoch: str = "last",
        field: str = "",
        by: str = "",
        **how: Unpack[How],
    ) -> Effects:
        """Which of the fields that differ matter for a metric: main effects, interactions, the answer.

        `field` and `by` are paths of two fields to cross. Raises RefusedError, MissingError.
        """
        asked = _asked(run_ids, sweep, None, epoch, (), (), how) | {"metric": metric}
        asked |= {name: path for name, path in (("field", field), ("by", by)) if path}
        return self._get(Effects, f"{API}/compare/effects", **asked)

    def compare_table(
        self,
        form: str,
        run_ids: Iterable[int] = (),
        sweep: int | None = None,
        baseline: str | None = None,
        epoch: str = "last",
        published: Iterable[str] = (),
        columns: Iterable[str] = (),
        mode: str = "value",
        marks: str = "ties",
        adjusted: Iterable[str] = (),
        **how: Unpack[How],
    ) -> str:
        """The comparison as "csv", "markdown" or "latex".

        columns: metrics, "delta", "verdict", "seeds_needed", "classes"; by default the usual ones.
        mode: "value" or "difference". marks: the best of a column and, apart from it, its "ties";
        or the largest "mean".
        """
        asked = _asked(run_ids, sweep, baseline, epoch, published, adjusted, how)
        asked |= {"format": form, "mode": mode, "marks": marks, "columns": ",".join(columns)}
        return self._send("GET", f"{API}/compare", params=asked).text


def _asked(
    run_ids: Iterable[int],
    sweep: int | None,
    baseline: str | None,
    epoch: str,
    published: Iterable[str],
    adjusted: Iterable[str],
    how: How,
) -> dict[str, Any]:
    asked: dict[str, Any] = {"epoch": epoch}
    asked |= {name: value for name, value in how.items() if value is not None and (name, value) != ("q", "")}
    texts = {"runs": ",".join(map(str, run_ids)), "published": ",".join(published)}
    texts["adjusted"] = ",".join(adjusted)
    asked |= {name: text for name, text in texts.items() if text}
    asked |= {"sweep": sweep} if sweep is not None else {}
    return asked | ({"baseline": baseline} if baseline is not None else {})


def _record(one: SheetRow, made: Sheet, epoch: str) -> Iterator[tuple[str, Any]]:
    """What the table has of a row, each number by itself; differences alone, as `Delta` has them."""
    row = one.row
    yield from {"label": row.label, "kind": row.kind, "n": row.n}.items()
    yield "run_ids", " ".join(map(str, row.run_ids))
    yield "epoch", epoch
    for column, cell in zip(made.columns, one.cells, strict=True):
        name, delta = column.key if column.train_count is None else f"recall {column.title}", cell.delta
        yield name, cell.value.mean
        yield f"{name} sd", cell.value.sd
        yield f"{name} delta", delta.mean if delta else None
        for part in ("low", "high", "n", "seeds_needed", "verdict"):
            yield f"{name} delta {part}", getattr(delta, part) if delta else None
        yield f"{name} delta p", delta.adjusted.p if delta and delta.adjusted else None
