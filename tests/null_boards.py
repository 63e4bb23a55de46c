"""Boards of settings that are equal, or differ by a known amount, to see what a comparison claims of them.

A board is rows of the database (runs, epochs, class_epochs) and logits of test and validation images: image i
of class c is found by the run of seed s where a_c + seed_s + seed_sc + image_i + noise > 0, all normal, so
that images are hard for all runs alike and seeds move classes together and apart. Only figures change from
board to board: the runs stand in the database once.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.stats import norm
from sqlalchemy import Table, bindparam, insert, update
from sqlalchemy.orm import Session

from app.comparing.effects.fill import effects_of
from app.comparing.effects.view import Effects
from app.comparing.fill import ComparisonViews, comparison_views
from app.comparing.options import CompareOptions
from app.comparing.parts import How
from app.comparing.samples import KeptPredictions
from app.comparing.view import Comparison, Verdict
from app.store.engine import Database
from app.store.figures import epoch_columns
from app.store.predictions import Hits, Predicted
from app.store.tables import ClassEpoch, Epoch, Run
from trainer.config import as_json, config_hash, parse_config, setting_hash
from trainer.metrics.groups import rank_groups
from trainer.run_dir import EpochName, SplitName
from trainer.weighting import mean_weight

CLASSES = tuple(f"class {at}" for at in range(10))
COUNTS = (1000, 599, 359, 215, 129, 77, 46, 27, 16, 10)
RECALL = np.array([0.92, 0.88, 0.75, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1])
"""True recall: none below 1 in 10, so that saying so is false; the last is just there."""
IMAGES: dict[SplitName, int] = {"test": 200, "validation": 50}
"""Of a class."""
IMAGE_SD, COMMON_SD, CLASS_SD = 1.0, 0.17, 0.25
"""On the scale of the noise, whose deviation is 1: over seeds accuracy then varies by 3.9 points, as measured
of small networks (3.2 to 4.4), and a class by 4 to 9."""
_SCALE = float(np.sqrt(1 + IMAGE_SD**2 + COMMON_SD**2 + CLASS_SD**2))
_LEVEL = norm.ppf(RECALL) * _SCALE
_UNFLAGGED = re.compile(
    r"(?<!not )told apart|apart from all|surely|gained|lost|peaks|worse|better|less often"
)
Floats = NDArray[np.float64]
Counts = NDArray[np.int64]


@dataclass
class Board(KeptPredictions):
    """K settings, each at these rates, of n runs each in a database; it is also what the runs have kept.

    With several rates the settings are compared at the one that validation chooses.
    """

    database: Database
    rows: int
    n: int
    rates: tuple[float, ...] = ()
    configs: Sequence[dict[str, Any]] = ()
    """The settings, where they are not those of `settings_of`."""
    run_ids: list[list[int]] = field(default_factory=list)
    """By setting, the runs of all its rates."""
    predicted_of: dict[tuple[int, SplitName], Counts] = field(default_factory=dict)

    def hits(self, run_id: int, at: EpochName) -> Hits | None:
        """As `KeptPredictions` has it."""
        return Hits(1, self.predicted_of[run_id, "test"] == _truth("test"), "made up", "")

    def predicted(self, run_id: int, split: SplitName, at: EpochName) -> Predicted | None:
        """As `KeptPredictions` has it."""
        found = self.predicted_of.get((run_id, split))
        return None if found is None else Predicted(1, _truth(split).astype(np.uint8), found.astype(np.uint8))

    def fill(self) -> None:
        """Put the runs into the database, as completed ones."""
        with self.database.write() as session:
            for config in self.configs or settings_of(self.rows):
                tried = [config | ({"optim": {"learning_rate": rate}} if self.rates else {})
                         for rate in self.rates or (0.0,)]  # fmt: skip
                runs = [_run(one, seed) for one in tried for seed in range(self.n)]
                session.add_all(runs)
                session.flush()
                self.run_ids.append([run.id for run in runs])
            ids = [run_id for row in self.run_ids for run_id in row]
            session.execute(insert(Epoch), [
                {"run_id": run_id, "epoch": 1, "time": "", "learning_rate": 0.1, "seconds": 1.0,
                 "images_per_second": 1.0, "images": 1, "diverged": False} for run_id in ids])  # fmt: skip
            session.execute(insert(ClassEpoch), [
                {"run_id": run_id, "epoch": 1, "class_id": at, "support": IMAGES["test"], "correct": 0,
                 "predicted": 0} for run_id in ids for at in range(len(CLASSES))])  # fmt: skip

    def draw(self, random: np.random.Generator, validated: bool, shift: Sequence[float] = ()) -> None:
        """New figures for every run. shift: by setting, what is added to every class on the latent scale."""
        ids = [run_id for row in self.run_ids for run_id in row]
        added = np.repeat(np.pad(np.array(shift, float), (0, self.rows - len(shift))), len(ids) // self.rows)
        seen = random.normal(0, COMMON_SD, (len(ids), 1)) + random.normal(
            0, CLASS_SD, (len(ids), len(CLASSES))
        )
        splits: tuple[SplitName, ...] = ("test", "validation") if validated else ("test",)
        logits = {split: _logits(random, seen + added[:, None], split) for split in splits}
        predicted = {split: one.argmax(axis=2) for split, one in logits.items()}
        figures = {split: summaries(one, split) for split, one in predicted.items()}
        known = {f"test_{name}": values for name, values in figures["test"].items() if name != "correct"}
        for name in ("accuracy", "balanced_accuracy"):
            known[f"validation_{name}"] = (
                figures["validation"][name] if validated else np.full(len(ids), np.nan)
            )
        self.predicted_of = {(run_id, split): one[at] for split, one in predicted.items()
                             for at, run_id in enumerate(ids)}  # fmt: skip
        self._store(ids, known, figures["test"]["correct"])

    def _store(self, ids: Sequence[int], known: dict[str, Floats], correct: Floats) -> None:
        """By the tables themselves: the ORM's own updates take ten times as long."""
        told: list[dict[str, Any]] = [{} for _ in ids]
        for name, values in known.items():
            for row, value in zip(told, values.tolist(), strict=True):
                row[name] = None if np.isnan(value) else value
        epochs = [{"at": run_id} | epoch_columns(row) for run_id, row in zip(ids, told, strict=True)]
        classes = [{"at": run_id, "of": at, "correct": int(found)}
                   for run_id, row in zip(ids, correct, strict=True)
                   for at, found in enumerate(row)]  # fmt: skip
        epoch, each = cast(Table, Epoch.__table__), cast(Table, ClassEpoch.__table__)
        with self.database.write() as session:
            connection = session.connection()
            connection.execute(update(epoch).where(epoch.c.run_id == bindparam("at")), epochs)
            connection.execute(update(each).where(
                each.c.run_id == bindparam("at"), each.c.class_id == bindparam("of")), classes)  # fmt: skip

    def compared(self, how: How) -> Comparison:
        """What /compare answers with."""
        with self.database.read() as session:
            return self._views(session, how).comparison

    def effects(self, how: How) -> Effects:
        """What /compare/effects answers with."""
        with self.database.read() as session:
            return effects_of(self._views(session, how), "accuracy")

    def _views(self, session: Session, how: How) -> ComparisonViews:
        ids = [run_id for row in self.run_ids for run_id in row]
        asked = CompareOptions(how=how, tuned="optim.learning_rate" if self.rates else "")
        return comparison_views(session, ids, asked, self)


def settings_of(rows: int) -> list[dict[str, Any]]:
    """Cross-entropy, then class-balanced focal along beta; from seven rows on also the 2 x 2 of one."""
    weighted = {"name": "focal", "weighting": "class_balanced"}
    betas = [round(1 - 10 ** -(1 + 0.2 * at), 6) for at in range(rows)]
    found: list[dict[str, Any]] = [{"loss": {"name": "cross_entropy"}}]
    found += [{"loss": {**weighted, "beta": beta, "reduction": "batch_mean"}} for beta in betas]
    if rows >= 7:
        full, last = parse_config(found[0]), parse_config(found[rows - 3])
        e = mean_weight(COUNTS, last.loss)
        rate, decay = full.optim.learning_rate * e, full.optim.weight_decay / e
        found[rows - 2] = {"loss": {**found[rows - 3]["loss"], "reduction": "mean_one"}}
        found[rows - 1] = {"optim": {"learning_rate": rate, "weight_decay": decay}}
    return found[:rows]


def latent(points: float) -> float:
    """What must be added to every class's level to add so many points of accuracy."""

    def missing(added: float) -> float:
        return float(norm.cdf((_LEVEL + added) / _SCALE).mean() - RECALL.mean()) - points / 100

    return float(brentq(missing, -4, 4))


def false_claims(view: Comparison) -> list[str]:
    """What a comparison of equal settings says that is not so: any difference, on any part of the page."""
    return [*_said(view), *_shown(view)]


def _said(view: Comparison) -> Iterator[str]:
    """Sentences; and those that seem to claim something but do not say that they do."""
    for one in view.verdicts:
        if one.claim or (one.answer in ("yes", "no") and one.question != "rate"):
            yield f"verdict {one.question}: {one.text}"
        elif _UNFLAGGED.search(_words(one)):
            yield f"unflagged: {_words(one)}"
    for said in view.observations:
        if said.claim or _UNFLAGGED.search(said.text):
            yield f"{'observation' if said.claim else 'unflagged'}: {said.text}"


def _words(one: Verdict) -> str:
    """All that it says, but for its title, which is a question."""
    return " ".join(value for name, value in vars(one).items() if isinstance(value, str) and name != "title")


def _shown(view: Comparison) -> Iterator[str]:
    """Cells: differences, their verdicts, missing tie marks, effects of the 2 x 2."""
    for row in view.rows:
        for one in (*row.deltas.values(), *(found for found in row.class_deltas if found)):
            ends = one.adjusted
            apart = ends is not None and (ends.low or 0.0) * (ends.high or 0.0) > 0
            if one.verdict in ("better", "worse") or one.within_margin or apart:
                yield f"difference: {row.label}, {one.metric}"
        yield from (
            f"no tie mark: {row.label}, {name}" for name, tied in row.tied_with_best.items() if not tied
        )
        yield from (
            f"no tie mark: {row.label}, class {at}" for at, tied in enumerate(row.classes_tied) if not tied
        )
    for square in view.two_by_two:
        for name in ("total", "weights", "rate", "interaction"):
            ends = getattr(square, name).adjusted
            if square.share is not None or (ends is not None and (ends.low or 0.0) * (ends.high or 0.0) > 0):
                yield f"effect: {name} of {square.metric}"


def false_effects(view: Effects) -> list[str]:
    """What the page of fields says of equal settings that is not so."""
    found = [f"answer: {view.text}"] if view.claim or view.answer == "yes" else []
    found += [f"unflagged: {one}" for one in (view.text, *view.detail) if _UNFLAGGED.search(one)]
    for field_ in view.fields:
        for one in field_.differences:
            ends = one.adjusted
            if one.answer == "apart" or (ends is not None and (ends.low or 0.0) * (ends.high or 0.0) > 0):
                found.append(f"difference: {field_.word}, {one.a} against {one.b}")
    return found + [f"pair: {one.a}, {one.b}" for one in view.interactions if one.answer == "interact"]


def summaries(predicted: Counts, split: SplitName) -> dict[str, Floats]:
    """By figure, of each run [R, N]: what the table of metrics says; "correct" is by class [R, C]."""
    size, truth = len(CLASSES), _truth(split)
    places = (np.arange(len(predicted))[:, None] * size + truth) * size + predicted
    tables = np.bincount(places.ravel(), minlength=len(predicted) * size**2).reshape(-1, size, size)
    correct = tables.diagonal(axis1=1, axis2=2)
    recall, counts = correct / IMAGES[split], np.array(COUNTS)
    groups = dict(zip(("head", "medium", "tail"), rank_groups(COUNTS), strict=True))
    groups |= {"many_shot": np.flatnonzero(counts > 100), "few_shot": np.flatnonzero(counts < 20),
               "medium_shot": np.flatnonzero((counts >= 20) & (counts <= 100))}  # fmt: skip
    with np.errstate(divide="ignore"):
        geometric = np.exp(np.log(recall).mean(axis=1))
    return {
        "correct": correct.astype(float),
        "accuracy": recall.mean(axis=1),
        "balanced_accuracy": recall.mean(axis=1),
        "geometric_mean": geometric,
        "worst_class": recall.min(axis=1),
        "macro_f1": (2 * correct / (IMAGES[split] + tables.sum(axis=1))).mean(axis=1),
        **{name: recall[:, members].mean(axis=1) for name, members in groups.items()},
    }


def _run(config: dict[str, Any], seed: int) -> Run:
    parsed = parse_config(config | {"seed": seed})
    started = {"class_names": list(CLASSES), "train_counts": list(COUNTS), "fingerprint": "f",
               "source": "made up", "steps_per_epoch": 1,
               "test_counts": [IMAGES["test"]] * len(CLASSES)}  # fmt: skip
    return Run(name="null", state="completed", config=as_json(parsed), config_hash=config_hash(parsed),
               setting_hash=setting_hash(parsed), dataset="shapes10", created_at="", queued_at="",
               started=started, epochs=1, epoch=1, sweep_id=None)  # fmt: skip


def _truth(split: SplitName) -> Counts:
    return np.repeat(np.arange(len(CLASSES)), IMAGES[split])


def _logits(random: np.random.Generator, seen: Floats, split: SplitName) -> NDArray[np.float16]:
    """[R, N, C] for runs that move the classes by `seen` [R, C]: largest for the true class of a found image.

    The images of the split are drawn anew; one that is not found is taken for any other class.
    """
    truth = _truth(split)
    level = (_LEVEL + seen)[:, truth] + random.normal(0, IMAGE_SD, len(truth))
    is_found = level + random.normal(0, 1, level.shape) > 0
    others = (truth + random.integers(1, len(CLASSES), level.shape)) % len(CLASSES)
    logits = np.zeros((*level.shape, len(CLASSES)), dtype=np.float16)
    np.put_along_axis(logits, np.where(is_found, truth, others)[:, :, None], 1.0, axis=2)
    return logits
