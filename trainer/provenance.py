"""What a result depends on beyond its configuration: versions, device, threads. No host or user name."""

import platform
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import torch

_CHECKOUT = Path(__file__).resolve().parent.parent


def provenance(device: torch.device) -> dict[str, Any]:
    """Plain JSON values, read at the start of a run in the process that trains it."""
    return {
        "betaboard": _version("betaboard"),
        "git_commit": git_commit(_CHECKOUT),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "numpy": np.__version__,
        "platform": platform.platform(),
        "cpu": _cpu_name(),
        "device": device.type,
        "device_name": torch.cuda.get_device_name(device) if device.type == "cuda" else _cpu_name(),
        "threads": torch.get_num_threads(),
        "deterministic": torch.are_deterministic_algorithms_enabled(),
    }


def git_commit(checkout: Path) -> str | None:
    """The commit that `checkout` stands at, read from its .git folder; None where it is no checkout."""
    git = checkout / ".git"
    head = _first_line(git / "HEAD")
    if head is None or not head.startswith("ref: "):
        return head
    name = head.removeprefix("ref: ")
    return _first_line(git / name) or _packed(git / "packed-refs", name)


def _packed(path: Path, name: str) -> str | None:
    try:
        lines = path.read_text().splitlines()
    except (OSError, UnicodeDecodeError):
        return None
    return next((line.split()[0] for line in lines if line.endswith(f" {name}")), None)


def _first_line(path: Path) -> str | None:
    try:
        return path.read_text().splitlines()[0].strip()
    except (OSError, UnicodeDecodeError, IndexError):
        return None


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _cpu_name() -> str:
    """The processor's model as Linux names it, else what the platform module knows."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    models = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(models, "") or platform.processor() or platform.machine()
