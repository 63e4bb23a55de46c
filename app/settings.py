"""Settings: frozen, resolved once (command-line option, then BETABOARD_*, then default) and passed in."""

import ipaddress
import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from app.errors import SetupError
from app.hooks import Hook, Network, network
from app.lifecycle import MOST_ATTEMPTS
from app.requirements import is_label
from trainer.checkpoint_policy import CheckpointPolicy


class Settings(BaseModel):
    """Where things are and how the server listens. Every path derives from `data_dir`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    data_dir: Path = Path("betaboard-data")
    database_url: str = ""
    """Empty for SQLite at data_dir/betaboard.db."""
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    root_path: str = ""
    """Path prefix under which a proxy serves the app, such as /lab; "", or with a slash before it only."""
    workers: Annotated[int, Field(ge=0, le=64)] | Literal["auto"] = 1
    """Slots: runs that train at the same time, each with its share of the cores; 0 serves pages only,
    and auto takes as many as finish a sweep soonest."""
    label: tuple[str, ...] = ()
    """Words by which jobs may ask for this installation's worker, such as big."""
    executor: Literal["local", "ray"] = "local"
    """Who carries runs out: children of the worker, or the nodes of a Ray cluster."""
    ray_address: str = "auto"
    """Where that cluster is: auto (started on this machine), local (made for the worker), HOST:PORT, ray://..."""
    token: str = Field(default="", repr=False)
    max_attempts: int = Field(default=3, ge=1, le=MOST_ATTEMPTS)
    """Attempts at a run before it stays crashed, where it does not say so itself."""
    retry_seconds: float = Field(default=5.0, ge=0, le=300, allow_inf_nan=False)
    """Before the second attempt; each later pause is six times as long, at most five minutes."""
    checkpoint_minutes: float = Field(default=10.0, ge=0, allow_inf_nan=False)
    """A run saves itself within an epoch so often; 0: only where it is asked to stop."""
    webhook: tuple[str, ...] = Field(default=(), repr=False)
    """Addresses that are told when runs, sweeps and transfers end: [slack+|mattermost+|json+]https://..."""
    webhook_secret: str = Field(default="", repr=False)
    """Signs what they are told."""
    webhook_allow: tuple[str, ...] = ()
    """Networks that webhooks may be in although these are not public, such as 10.1.0.0/16."""
    public_url: str = ""
    """Where people open the pages; links in what webhooks are told begin so. Empty: none are sent."""
    keep_every_epochs: int | None = Field(default=None, ge=1)
    """Checkpoints that are kept beside that of the last and of the best epoch."""

    @field_validator("label")
    @classmethod
    def _are_labels(cls, label: tuple[str, ...]) -> tuple[str, ...]:
        for word in label:
            if not is_label(word):
                raise SetupError(
                    f"{word!r} is no label of a worker.",
                    "Give letters, digits, - . _ : without blanks, such as --label big.",
                )
        return tuple(dict.fromkeys(label))

    @field_validator("root_path")
    @classmethod
    def _normalised(cls, root_path: str) -> str:
        parts = [part for part in root_path.strip().split("/") if part]
        if not all(re.fullmatch(r"[\w.~-]+", part, re.ASCII) and part.strip(".") for part in parts):
            raise SetupError(
                f"The root path {root_path!r} is no path of an address.",
                "Give letters, digits, - . _ ~ between slashes, such as --root-path /lab.",
            )
        return "".join(f"/{part}" for part in parts)

    @field_validator("webhook")
    @classmethod
    def _are_hooks(cls, webhook: tuple[str, ...]) -> tuple[str, ...]:
        for address in webhook:
            Hook.parse(address)
        return tuple(dict.fromkeys(webhook))

    @field_validator("webhook_allow")
    @classmethod
    def _are_networks(cls, webhook_allow: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(str(network(text)) for text in webhook_allow)

    @field_validator("public_url")
    @classmethod
    def _is_address(cls, public_url: str) -> str:
        if public_url and not re.fullmatch(r"https?://[^\s/?#]+(/[^\s?#|<>()]*)?", public_url, re.ASCII):
            raise SetupError(
                f"The public URL {public_url!r} is no address of pages.",
                "Give one such as --public-url https://board.example.org/lab.",
            )
        return public_url.rstrip("/")

    @model_validator(mode="after")
    def _guard(self) -> "Settings":
        if self.workers == "auto" and self.executor == "ray":
            raise SetupError(
                "--workers auto looks at this machine, and with --executor ray the cluster's nodes train.",
                "Give --workers a number: of runs that train at the same time.",
            )
        if not self.token and not is_loopback(self.host):
            raise SetupError(
                f"Listening on {self.host} without a token would let anyone on the network launch runs.",
                "Set --token (or BETABOARD_TOKEN), or listen on 127.0.0.1.",
            )
        return self

    @property
    def checkpoints(self) -> CheckpointPolicy:
        """Which checkpoints its runs write."""
        return CheckpointPolicy(self.checkpoint_minutes, self.keep_every_epochs)

    @property
    def hooks(self) -> tuple[Hook, ...]:
        """The webhooks."""
        return tuple(map(Hook.parse, self.webhook))

    @property
    def webhook_networks(self) -> tuple[Network, ...]:
        """Where they may be, beside public addresses."""
        return tuple(map(network, self.webhook_allow))

    @property
    def runs_dir(self) -> Path:
        """Folder of the runs' folders."""
        return self.data_dir / "runs"

    @property
    def datasets_dir(self) -> Path:
        """Folder of cached and imported data sets."""
        return self.data_dir / "datasets"

    @property
    def errands_dir(self) -> Path:
        """Folder of what is received and worked on for data sets."""
        return self.data_dir / "errands"

    @property
    def url(self) -> str:
        """The database as SQLAlchemy takes it."""
        return self.database_url or file_url(self.data_dir / "betaboard.db")

    def run_dir(self, run_id: int) -> Path:
        """Folder of one run."""
        return self.runs_dir / str(run_id)


def file_url(path: Path) -> str:
    """The address of a database that is a file."""
    return f"sqlite:///{path.resolve()}"


def is_loopback(host: str) -> bool:
    """Whether `host` is reachable from this machine only."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
