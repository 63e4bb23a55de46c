"""What control groups leave this process of the machine: a container, or a service, may have limits.

Version 2 alone is read (Linux; Docker, podman, systemd); a group is limited by those that it lies in, too.
"""

import math
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

MOUNT = Path("/sys/fs/cgroup")


def cpu_limit(mount: Path = MOUNT, told: Path = Path("/proc/self/cgroup")) -> int | None:
    """Cores' worth of time, rounded up; None without a limit."""
    quotas = [text.split() for text in _texts("cpu.max", mount, told)]
    return min((math.ceil(int(part) / int(whole)) for part, whole in quotas if part != "max"), default=None)


def memory_limit(mount: Path = MOUNT, told: Path = Path("/proc/self/cgroup")) -> int | None:
    """Bytes; None without a limit."""
    limits = [text.strip() for text in _texts("memory.max", mount, told)]
    return min((int(limit) for limit in limits if limit != "max"), default=None)


def _texts(name: str, mount: Path, told: Path) -> Iterator[str]:
    """What the files of this name hold, in the group of this process and in all that it lies in."""
    with suppress(OSError):
        for line in told.read_text().splitlines():
            number, _, group = line.split(":", 2)
            inside = Path(group.lstrip("/"))
            for folder in (inside, *inside.parents) if number == "0" else ():
                with suppress(OSError):
                    yield (mount / folder / name).read_text()
