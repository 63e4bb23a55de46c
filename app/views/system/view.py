"""Views of the machine room: health, what can be launched, workers, queue, disk."""

from pydantic import Field

from app.views.base import View
from app.views.hooks import HookView
from app.views.usage.view import EpochTime, MachineNow, MachineSpan, Part


class Health(View):
    """Answer of /health where all is well; where it is not, that is an error with a code of its own."""

    status: str
    version: str
    database: str
    disk_free_bytes: int


class WorkerView(View):
    """A worker process; `alive` while its heartbeat is younger than the lease."""

    id: str
    pid: int
    host: str
    slots: int
    threads: int
    split: str | None = None
    """What decided on slots and threads: asked, or of --workers auto cores, memory or gpu; null in workers of
    earlier versions."""
    split_in_words: str | None = None
    devices: tuple[str, ...]
    labels: tuple[str, ...] = ()
    """By which jobs ask for it."""
    started_at: str
    heartbeat_at: str
    alive: bool
    running: tuple[int, ...]
    """Ids of the runs it trains now."""
    transfers: tuple[int, ...] = ()
    """Ids of the comparisons of transfers that it measures now."""
    task_transfers: tuple[int, ...] = ()
    """Ids of the matrices of transfers between tasks that it measures now."""
    images_per_second: float | None
    trouble: str | None
    """What keeps it from starting runs, and what to do; null while nothing does."""
    machine: MachineNow | None = None
    """What its host did within the last hour; null where nothing was kept of it."""


class LastEpoch(EpochTime):
    """Where the time of a run's last finished epoch went."""

    run_id: int


class WorkerDetail(WorkerView):
    """A worker with what its host did over the asked time, and the last epochs of the runs it trains now."""

    spans: tuple[MachineSpan, ...]
    epochs: tuple[LastEpoch, ...]


class WorkerList(View):
    """All workers that were ever seen alive within a day, living ones first."""

    items: tuple[WorkerView, ...]


class JobLine(View):
    """A job in the queue that is no run: what it is called, where it stands, and where its page is."""

    id: int
    kind: str
    name: str
    state: str
    pieces: int
    done: int
    page: str


class QueueView(View):
    """What the top bar says."""

    running: int
    queued: int
    workers_alive: int


class DiskKind(View):
    """What one kind of files takes, as `du` counts."""

    kind: str
    title: str
    bytes: int


class SystemView(View):
    """The /system page."""

    version: str
    workers: tuple[WorkerView, ...]
    queue: QueueView
    data_dir: str
    database: str
    runs_bytes: int
    datasets_bytes: int | None
    """Null while the disk is being looked at for the first time."""
    disk_use: tuple[DiskKind, ...]
    """Empty while that is so."""
    disk_measured_at: str | None
    disk_free_bytes: int
    disk_total_bytes: int
    webhooks: tuple[HookView, ...] = ()
    """Of the web process, in the order of its settings."""
    shares: dict[Part, float] = Field(default_factory=dict)
    """Where the time of the newest runs went; they add up to 1. Empty before it was measured."""


class DatasetView(View):
    """A data set that a run may name."""

    name: str
    title: str
    class_names: tuple[str, ...]
    train_counts: tuple[int, ...]
    test_counts: tuple[int, ...]
    image_size: int
    ready: bool
    needs_network: bool
    """Neither it nor the files that it is made of are on this disk: the first run downloads them."""
    note: str
    warnings: tuple[str, ...]
    """What its import found that a figure on it depends on."""


class DatasetList(View):
    """Data sets, built-in ones first."""

    items: tuple[DatasetView, ...]


class FieldView(View):
    """A field of RunConfig as a form shows it."""

    path: str
    label: str
    kind: str
    """number, integer, switch, choice, list or text."""
    unit: str
    about: str
    why: str
    """The reason for its bounds."""
    default: object
    choices: tuple[str, ...]
    minimum: float | None
    maximum: float | None
    open_minimum: bool
    """The minimum itself is refused (gt)."""
    open_maximum: bool
    nullable: bool


class MethodView(View):
    """A method of the form: what it overrides, by dotted path, as a baseline of a sweep does.

    deferred: paths of first epochs that the form sets to the one after the first drop of the rate.
    """

    name: str
    title: str
    kind: str
    about: str
    source: str
    overrides: dict[str, object]
    deferred: tuple[str, ...]


class Meta(View):
    """What can be launched here."""

    version: str
    datasets: tuple[DatasetView, ...]
    models: tuple[str, ...]
    losses: tuple[str, ...]
    weightings: tuple[str, ...]
    devices: tuple[str, ...]
    presets: dict[str, dict[str, object]]
    methods: tuple[MethodView, ...]
    fields: tuple[FieldView, ...]
