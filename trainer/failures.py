"""An exception that ended a run, as the event that says so: in words first, with the trace beside them.

What the system refused (disk full, no permission, out of memory, ...) is called by its name, wherever it came
up: libraries hide it behind errors of their own, so the chain of causes is looked through.
"""

import errno
import traceback
from collections.abc import Iterator
from typing import NamedTuple

from trainer.errors import ConfigError, ExecutorError, TrainerError
from trainer.events import Failed

TRACEBACK_LINES = 20

_ALLOCATION_WORDS = ("can't allocate memory", "cannot allocate memory", "not enough memory", "out of memory",
                     "failed to map segment")  # fmt: skip


class _Words(NamedTuple):
    """What the system refused: the type of the failure, what is wrong, what to do."""

    error_type: str
    message: str
    hint: str


_FULL = "Free some space, then retry: the run goes on after its last checkpoint."
_SYSTEM = {
    errno.ENOSPC: _Words("DiskFull", "The disk is full", _FULL),
    errno.EDQUOT: _Words("DiskFull", "The disk quota is used up", _FULL),
    errno.EROFS: _Words("ReadOnlyDisk", "The disk can only be read", "Mount it writable, then retry."),
    errno.EIO: _Words("DiskError", "The disk reports an error", "Look at the system's log; then retry."),
    errno.EACCES: _Words("NoPermission", "There is no permission", "Mend owner or mode, then retry."),
    errno.EPERM: _Words("NoPermission", "There is no permission", "Mend owner or mode, then retry."),
    errno.EMFILE: _Words("TooManyFiles", "Too many files are open", "Raise the limit (ulimit -n)."),
    errno.ENFILE: _Words("TooManyFiles", "Too many files are open", "Close other programs."),
    errno.EAGAIN: _Words("TooManyProcesses", "No more processes can start", "Raise the limit (ulimit -u)."),
    errno.ENOMEM: _Words(
        "OutOfMemory", "The system has no more memory", "Run less at once (--workers), or raise the limit."
    ),
}  # fmt: skip
_OF_THE_MACHINE = set(_SYSTEM) - {errno.EACCES, errno.EPERM, errno.EIO}
"""What meets whoever asks next, too; the others are about one file."""


def failure(error: BaseException) -> Failed:
    """What went wrong and what to do. Our own errors speak for themselves; others bring their last lines."""
    if isinstance(error, ConfigError):
        details = "; ".join(f"{problem.path}: {problem.message}" for problem in error.fields)
        return Failed(error_type="ConfigError", message=f"{error.message} {details}", hint=error.hint)
    if isinstance(error, TrainerError):
        return Failed(error_type=type(error).__name__, message=error.message, hint=error.hint)
    if _is_out_of_memory(error):
        return Failed(
            error_type="OutOfMemory",
            message="The run needed more memory than there is: out of memory.",
            hint="Take a smaller optim.batch_size, or fewer runs at once.",
            traceback=_tail(error),
        )
    for refused in _system_errors(error):
        words = _SYSTEM[refused.errno or 0]
        where = f": {refused.filename}" if refused.filename else ""
        return Failed(**words._asdict() | {"message": f"{words.message}{where}.", "traceback": _tail(error)})
    return Failed(
        error_type=type(error).__name__,
        message=f"{type(error).__name__}: {error}",
        hint="This is not an error that was foreseen; the log's last lines say where it came from.",
        traceback=_tail(error),
    )


def is_the_machines(error: BaseException) -> bool:
    """Whether the machine is at fault and any other run would meet the same: no space, memory, processes."""
    return isinstance(error, ExecutorError | MemoryError) or any(
        refused.errno in _OF_THE_MACHINE for refused in _system_errors(error)
    )


def _system_errors(error: BaseException) -> Iterator[OSError]:
    """Those with a name among what led to `error`, the latest first."""
    seen: set[int] = set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        if isinstance(cause, OSError) and cause.errno in _SYSTEM:
            yield cause
        cause = cause.__cause__ or cause.__context__


def _is_out_of_memory(error: BaseException) -> bool:
    """Torch raises its own type on accelerators and a plain RuntimeError from the CPU's allocator."""
    words = str(error).lower()
    return isinstance(error, MemoryError) or (
        isinstance(error, RuntimeError | ImportError) and any(known in words for known in _ALLOCATION_WORDS)
    )


def _tail(error: BaseException) -> str:
    lines = "".join(traceback.format_exception(error)).splitlines()
    return "\n".join(lines[-TRACEBACK_LINES:])
