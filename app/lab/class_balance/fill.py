"""Fills the counts of classes from a run, or from a data set that is thinned as a run would thin it."""

from collections.abc import Iterable
from typing import get_args

from app.lab.base.calculator import Field, Typed
from app.lab.base.formula.exact import refuse
from app.lab.base.sources import Sources, config_of, run_number
from trainer.config import parse_config
from trainer.config_data import Imbalance
from trainer.config_sections import LossConfig
from trainer.visible import visible

_NAMES = "such as shapes10, cifar10 or folder:NAME"
DATASET = Field("dataset", "Data set", _NAMES, paths=("data.dataset",), fills=True)
IMBALANCE = Field(
    name="imbalance",
    label="Imbalance",
    about="how the data set is thinned",
    default="exp",
    kind="choice",
    options=get_args(Imbalance),
    paths=("data.imbalance",),
    fills=True,
)
_RATIO_PATHS = ("data.imbalance_ratio",)
RATIO = Field(
    "imbalance_ratio", "Imbalance ratio", "largest class / smallest", "100", paths=_RATIO_PATHS, fills=True
)
_USUAL = {"dataset": "", IMBALANCE.name: IMBALANCE.default, RATIO.name: RATIO.default}


def fill(typed: Typed, sources: Sources) -> Typed:
    """Counts and names, and of a run its beta too. Raises InvalidError, NotFoundError or TheoryError."""
    if typed["run"].strip():
        return {**typed, **_of_run(run_number(typed["run"]), typed["betas"], sources), "run": ""}
    if typed["dataset"].strip():
        return {**typed, **_of_dataset(typed, sources), **_USUAL}
    if any(typed[name] != usual for name, usual in _USUAL.items()):
        raise refuse("dataset", "must be named, for its classes to be thinned")
    return typed


def _of_run(run_id: int, betas: str, sources: Sources) -> dict[str, str]:
    """A run that has started knows its counts; one that waits is looked at as it would see them."""
    run = sources.run(run_id)
    config = parse_config(run.config)
    classes = run.classes or sources.preview(config).classes
    counts, beta = _counts((row.name, row.train_count) for row in classes), _beta_word(config.loss)
    if beta is None:
        return counts
    listed = betas if beta in betas.replace(",", " ").split() else f"{betas.rstrip(', ')}, {beta}"
    return counts | {"betas": listed, "beta": beta}


def _beta_word(loss: LossConfig) -> str | None:
    """The beta that makes the run's weights: 0 without any, 1 by inverse frequency; None where none does."""
    beta = {"none": 0, "inverse_frequency": 1}.get(loss.weighting, loss.beta)
    return None if beta is None else str(beta)


def _of_dataset(typed: Typed, sources: Sources) -> dict[str, str]:
    ratio: object = typed[RATIO.name]
    try:
        ratio = float(typed[RATIO.name])
    except ValueError:
        raise refuse(RATIO.name, f"must be a number, got {typed[RATIO.name][:40]!r}") from None
    wanted = {"dataset": typed["dataset"].strip(), "imbalance": typed["imbalance"], "imbalance_ratio": ratio}
    config = config_of({"data": wanted})
    return _counts((row.name, row.train_count) for row in sources.preview(config).classes)


def _counts(classes: Iterable[tuple[str, int]]) -> dict[str, str]:
    names, counts = zip(*classes, strict=True)
    filled = {"names": "\n".join(map(visible, names)), "counts": ", ".join(map(str, counts))}
    return filled | {"derived_class": "", "answer": ""}
