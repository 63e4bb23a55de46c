"""What a matrix of task transfers shows. Sources are called by task, "random" or "pixels"."""

from typing import Literal

from app.comparing.parts import Spread
from app.views.base import View
from trainer.metrics.fields import Figure

Verdict = Literal["holds", "does not hold", "cannot tell"]


class Share(View):
    """A share of test images, the mean over seeds and its 95 % interval; the ends are null at one seed."""

    mean: Figure
    low: Figure = None
    high: Figure = None


class TaskLine(View):
    """A task of the job: what it asks, and how well its own network does on the test images.

    measure stands in `unit`, `better` says whether higher or lower is better; chance is one answer for all
    images (null until its own network is trained), ceiling the best figure there can be (null where no bound
    is known).
    """

    name: str
    title: str
    short: str
    about: str
    level: str
    kind: str
    is_source: bool
    is_target: bool
    needs_labels: bool
    """Whether people must label images before the task can be trained."""
    measure: str
    unit: str
    better: Literal["higher", "lower"]
    chance: Figure
    ceiling: Figure
    ceiling_why: str
    own: Spread
    """Measure of its own network, trained on the large split."""


class Transfer(View):
    """One source, or some side by side, read out for a target by `images` labelled images.

    gain: share of test images with a lower loss than a network trained from scratch on the same images;
    quality: than the target's own network; wins: than another single task source, mean over those; .5 is
    none better. affinity: of validation images, summing to 1 over the single sources of the target (null for
    several side by side). measure: the target's own.
    """

    sources: tuple[str, ...]
    target: str
    images: int
    way: Literal["frozen", "finetune"]
    gain: Share
    quality: Share
    wins: Share
    affinity: Figure
    measure: Spread


class Scratch(View):
    """A network trained from scratch on the same few images."""

    target: str
    images: int
    measure: Spread


class Control(View):
    """Whether a target's best source (chosen on validation images) beats a random encoder on test images."""

    target: str
    best: str
    wins: Share
    """Share of images on which the best source has the lower loss; in it each seed has the source that the
    other seeds choose, while `best` is the choice of all together."""
    is_better: bool | None
    """null where the seeds cannot tell."""


class Claim(View):
    """One of the write-up's two claims, judged by the runs."""

    claim: str
    source: str
    target: str
    verdict: Verdict
    text: str


class Contradicting(View):
    """A pair that goes against the expectation that tasks of one level serve each other best."""

    source: str
    target: str
    wins: Figure
    text: str


class Levels(View):
    """Whether transfers within a level do better than those across: by permuting the levels of tasks."""

    statistic: Figure
    """Mean share of wins within a level minus that across."""
    p: Figure
    labelings: int
    against: int = 0
    """Pairs that contradict it; `contradictions` are the furthest of them."""
    verdict: Verdict
    text: str
    contradictions: tuple[Contradicting, ...]


class Expectation(View):
    """The best source of a target as one would guess it from the other targets, and as it was measured.

    The guess is the source that does best on the other targets of the target's level.
    """

    target: str
    is_new: bool
    """Whether the target is no source of the job."""
    expected: str
    measured: str
    rank: int
    """Of the expected source among the measured ones, from 1."""
    of: int
    text: str


class Answers(View):
    """What the measured matrix says, in words; null parts where too little is measured."""

    strongest: str
    weakest: str
    claims: tuple[Claim, ...]
    levels: Levels | None
    expectations: tuple[Expectation, ...]
    controls: tuple[Control, ...]


class TaskTransferSummary(View):
    """A job as a line."""

    id: int
    name: str
    state: str
    sources: int
    targets: int
    seeds: tuple[int, ...]
    sizes: tuple[int, ...]
    pieces: int
    done: int
    created_at: str


class TaskTransferView(TaskTransferSummary):
    """A job whole. `order_of_sources` and `order_of_targets` are by hierarchical clustering of the shares of
    wins, so that like rows and like columns stand together; controls come last among sources.
    """

    notes: str
    order: int
    finetune: bool
    width: int
    epochs: int
    tasks: tuple[TaskLine, ...]
    transfers: tuple[Transfer, ...]
    """Of what every seed has measured."""
    scratch: tuple[Scratch, ...]
    order_of_sources: tuple[str, ...]
    order_of_targets: tuple[str, ...]
    answers: Answers | None
    """Null before all single sources are read out."""
    eta_seconds: Figure
    waits_for: str
    error: dict[str, str] | None
    warnings: tuple[str, ...]


class TaskTransferList(View):
    """Jobs, newest first."""

    items: tuple[TaskTransferSummary, ...]


class PolicyEdge(View):
    """How a target is served: by sources read out, by its own network (sources is the target itself), or from
    scratch or a control (no sources that cost).
    """

    target: str
    sources: tuple[str, ...]
    way: Literal["own", "transfer", "scratch", "random", "pixels"]
    affinity: float
    gain: Share


class TaskPolicyView(View):
    """Which source tasks to label under a budget, so that all targets are served best."""

    budget: float
    importance: dict[str, float]
    edges: tuple[PolicyEdge, ...]
    labelled: tuple[str, ...]
    """Sources that must be labelled, each costing 1."""
    free: tuple[str, ...]
    """Sources that are used and need no labels."""
    cost: float
    worth: float
    text: str


class TaskEntry(View):
    """A task of the registry."""

    name: str
    title: str
    short: str
    about: str
    source: str
    level: str
    kind: str
    outputs: tuple[str, ...]
    units: str
    measure: str
    measure_unit: str
    better: Literal["higher", "lower"]
    ceiling: Figure
    ceiling_why: str
    needs_labels: bool


class TaskList(View):
    """Tasks from the lowest level to the highest, then the self-supervised ones."""

    items: tuple[TaskEntry, ...]
