"""What the machine refuses, in words: a full or read-only disk, no permission, no memory. Imports no torch.

Such an error surfaces under many names: as itself, below an error of a library that met it while writing
(PyTorch's "unexpected pos"), or as a cause. `trouble` looks through all of them.
"""

import errno
from collections.abc import Iterator
from dataclasses import dataclass

from trainer.visible import visible


@dataclass(frozen=True)
class Trouble:
    """`code` for programs, `message` what is wrong and where, `hint` what to do."""

    code: str
    message: str
    hint: str


DISK_FULL = Trouble("disk_full", "The disk is full", "Free some space, then try again.")
TOO_LARGE = Trouble(
    "file_too_large", "A file would be larger than it may be", "Raise the limit of its size (ulimit -f)."
)
READ_ONLY = Trouble("read_only", "The disk can only be read", "Mount it so that it can be written.")
NO_PERMISSION = Trouble(
    "no_permission", "The permission is missing", "Give it to the user under whom betaboard runs."
)
DISK_ERROR = Trouble("disk_error", "The disk failed", "Look into the system's log, and save what is on it.")
OUT_OF_MEMORY = Trouble(
    "out_of_memory", "There is not enough memory", "Do less at once, or give the machine more."
)
TOO_MANY_FILES = Trouble(
    "too_many_files", "Too many files are open", "Close some pages, or raise the limit (ulimit -n)."
)
NO_PROCESS = Trouble(
    "too_many_processes", "No more processes can start", "End some, or raise the limit (ulimit -u)."
)

_BY_NUMBER = {
    errno.ENOSPC: DISK_FULL,
    errno.EDQUOT: DISK_FULL,
    errno.EFBIG: TOO_LARGE,
    errno.EROFS: READ_ONLY,
    errno.EACCES: NO_PERMISSION,
    errno.EPERM: NO_PERMISSION,
    errno.EIO: DISK_ERROR,
    errno.ENOMEM: OUT_OF_MEMORY,
    errno.EMFILE: TOO_MANY_FILES,
    errno.ENFILE: TOO_MANY_FILES,
    errno.EAGAIN: NO_PROCESS,
}


def trouble(error: BaseException) -> Trouble | None:
    """The machine's trouble behind `error`, with the file that it met; None where there is none."""
    for one in behind(error):
        if isinstance(one, MemoryError):
            return _told(OUT_OF_MEMORY, "")
        if isinstance(one, OSError) and one.errno in _BY_NUMBER:
            return _told(_BY_NUMBER[one.errno], str(one.filename or ""))
    return None


def behind(error: BaseException) -> Iterator[BaseException]:
    """`error` and what it came from, nearest first: causes, contexts, members of groups; each once."""
    seen: list[BaseException] = []
    waiting: list[BaseException | None] = [error]
    while waiting:
        one = waiting.pop(0)
        if one is None or one in seen:
            continue
        seen.append(one)
        yield one
        waiting += [one.__cause__, None if one.__suppress_context__ else one.__context__]
        if isinstance(one, BaseExceptionGroup):
            waiting += one.exceptions


def _told(kind: Trouble, file: str) -> Trouble:
    return Trouble(kind.code, f"{kind.message} ({visible(file)})." if file else f"{kind.message}.", kind.hint)
