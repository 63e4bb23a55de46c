"""Methods for long tails by name: what each changes about a plain run, ready to stand side by side.

A method is a set of overrides (dotted path -> value) over plain cross-entropy without weights, resampling or
mixing. Every loss, sampler, mixing and second stage of the registers is one, a plugin's too; those that are
made of several fields stand below. A new register joins by a line in KINDS. Imports no torch.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, NamedTuple

from trainer.config_fields import leaf_fields
from trainer.config_section import meaning_of
from trainer.config_sections import PLUGGED
from trainer.registry import Entry


class Kind(NamedTuple):
    """A register whose choices are methods: the path of the choice, a heading, and a noun behind a title."""

    path: str
    heading: str
    noun: str = ""


KINDS = (Kind("loss.name", "Losses"), Kind("sampling.name", "Sampling", "sampling"),
         Kind("mixing.name", "Mixing of images"), Kind("second_stage.name", "Second stages"))  # fmt: skip
WEIGHTED = "Class weights"
PLAIN = "cross_entropy"
"""The method that changes nothing."""
SCHEDULE = ("optim.epochs", "optim.schedule", "optim.milestones")
"""Paths of what deferred epochs follow."""
BY_HAND = "by_hand"
"""Of methods side by side the one that is set field by field; no method of the table has its name."""


@dataclass(frozen=True, kw_only=True)
class Method:
    """A method: its name, its words, what it overrides, and which of its fields a form offers.

    about is half a sentence, source a publication. deferred: paths of first epochs that follow the schedule,
    the first epoch after the first drop of the rate (Cao et al. 2019: 161 of 200).
    """

    name: str
    title: str
    kind: str
    about: str
    source: str
    overrides: Mapping[str, Any]
    fields: tuple[str, ...] = ()
    deferred: tuple[str, ...] = ()

    def usual(self, path: str) -> Any:
        """What it has in a field that is compared: its override, or the default; None if deferred."""
        return None if path in self.deferred else self.overrides.get(path, leaf_fields()[path].default)


@cache
def methods() -> dict[str, Method]:
    """Every method by its name, in the order of a form: by kind, the plain one first."""
    found: dict[str, Method] = {}
    taken = {BY_HAND}
    order = list(dict.fromkeys([KINDS[0].heading, WEIGHTED, *(kind.heading for kind in KINDS)]))
    made = [*_of_registers(), *_COMBINED]
    for method in sorted(made, key=lambda method: order.index(method.kind)):
        if method.name in taken:  # of two registers, or a plugin's
            method = replace(method, name=f"{method.name}_{next(iter(method.overrides)).partition('.')[0]}")
        taken.add(method.name)
        found[method.name] = method
    return found


@cache
def compared_paths() -> tuple[str, ...]:
    """Paths of the fields that methods set, in form order; all others are common to what is compared."""
    sections = {kind.path.partition(".")[0] for kind in KINDS}
    return tuple(path for path in leaf_fields() if path.partition(".")[0] in sections)


def first_weighted_epoch(flat: Mapping[str, Any]) -> int:
    """The first epoch after the first drop of the rate; after four fifths where the rate drops at none.

    What `flat` leaves out has its default. It may hold what was refused: then as where nothing was said.
    """
    epochs, schedule, milestones = (flat.get(path, leaf_fields()[path].default) for path in SCHEDULE)
    last = epochs if isinstance(epochs, int) and epochs > 0 else 1
    stepped = schedule == "step" and isinstance(milestones, Sequence) and milestones
    first = milestones[0] if stepped and milestones else None
    return first + 1 if isinstance(first, int) and 0 < first < last else min(last, round(0.8 * last) + 1)


def _of_registers() -> Iterator[Method]:
    """A method for each choice of each register but the default, and the plain one."""
    for kind in KINDS:
        default = leaf_fields()[kind.path].default
        for entry in PLUGGED[kind.path]:
            if entry.name != default or entry.name == PLAIN:
                yield _of_entry(kind, entry)


def _of_entry(kind: Kind, entry: Entry[Any]) -> Method:
    section, what = kind.path.partition(".")[0], entry.about.removeprefix(f"{entry.name}: ")
    plain = PLUGGED[kind.path][leaf_fields()[kind.path].default].fields.model_fields
    own = {
        f"{section}.{name}": field for name, field in entry.fields.model_fields.items() if name not in plain
    }
    few = tuple(path for path, field in own.items() if not meaning_of(field).rare)
    published = _PUBLISHED.get((kind.path, entry.name), {})
    return Method(
        name="_".join(filter(None, (entry.name, kind.noun))),
        title=" ".join(filter(None, (entry.title.removesuffix(" loss"), kind.noun))),
        kind=kind.heading,
        about=_ABOUT.get((kind.path, entry.name), what),
        source=entry.source,
        overrides={kind.path: entry.name, **published},
        fields=few or tuple(own),
    )


_PUBLISHED: Mapping[tuple[str, str], Mapping[str, Any]] = {("loss.name", "focal"): {"loss.gamma": 2.0}}
"""Of entries whose default here is not that of their publication."""
_ABOUT = {
    ("loss.name", PLAIN): "without class weights: what the others are held against",
    ("loss.name", "focal"): "images that are recognised already count less",
}
_CB = {"loss.weighting": "class_balanced", "loss.beta": 0.9999}
_DEFERRED = ("loss.weights_from",)
# what the published code of deferred re-weighting divides by, which is torch's weighted cross-entropy
_DRW = {**_CB, "loss.reduction": "weighted_mean"}

_COMBINED = (
    Method(
        name="cdt",
        title="CDT",
        kind=KINDS[0].heading,
        about="logits divided by class-dependent temperatures: the VS loss with tau = 0",
        source="Ye et al. 2020",
        overrides={"loss.name": "vs", "loss.tau": 0.0, "loss.vs_gamma": 0.2},
        fields=("loss.vs_gamma",),
    ),
    Method(
        name="class_balanced_ce",
        title="class-balanced CE",
        kind=WEIGHTED,
        about="cross-entropy weighted by the effective numbers of images",
        source="Cui et al. 2019",
        overrides={"loss.name": "cross_entropy", **_CB},
        fields=("loss.beta", "loss.reduction"),
    ),
    Method(
        name="class_balanced_focal",
        title="class-balanced focal",
        kind=WEIGHTED,
        about="focal loss over sigmoids, weighted by the effective numbers of images",
        source="Cui et al. 2019",
        overrides={"loss.name": "focal", "loss.gamma": 1.0, "loss.probability": "sigmoid", **_CB},
        fields=("loss.beta", "loss.gamma", "loss.probability", "loss.reduction"),
    ),
    Method(
        name="inverse_frequency_ce",
        title="inverse-frequency CE",
        kind=WEIGHTED,
        about="cross-entropy weighted by 1 / n: class-balanced weights as beta goes to 1",
        source="",
        overrides={"loss.name": "cross_entropy", "loss.weighting": "inverse_frequency"},
        fields=("loss.reduction",),
    ),
    Method(
        name="ce_drw",
        title="CE-DRW",
        kind=WEIGHTED,
        about="cross-entropy, class-balanced once the rate has dropped",
        source="Cao et al. 2019",
        overrides={"loss.name": "cross_entropy", **_DRW},
        fields=("loss.beta", "loss.reduction", *_DEFERRED),
        deferred=_DEFERRED,
    ),
    Method(
        name="ldam_drw",
        title="LDAM-DRW",
        kind=WEIGHTED,
        about="margins by class, and class-balanced weights once the rate has dropped",
        source="Cao et al. 2019",
        overrides={"loss.name": "ldam", **_DRW},
        fields=("loss.max_margin", "loss.beta", "loss.reduction", *_DEFERRED),
        deferred=_DEFERRED,
    ),
    Method(
        name="deferred_sampling",
        title="deferred class-balanced sampling",
        kind=KINDS[1].heading,
        about="every class alike once the rate has dropped",
        source="Cao et al. 2019",
        overrides={"sampling.name": "class_balanced"},
        fields=("sampling.from_epoch",),
        deferred=("sampling.from_epoch",),
    ),
)
