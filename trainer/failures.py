"""An exception that ended a run, as the event that says so: in words first, with the trace beside them.

What the system refused is called by its name (`system_errors`).
"""

import traceback

from trainer.errors import ConfigError, ExecutorError, TrainerError
from trainer.events import Failed
from trainer.system_errors import DISK_FULL, NO_PROCESS, OUT_OF_MEMORY, READ_ONLY, TOO_MANY_FILES, trouble
from trainer.visible import visible_lines

TRACEBACK_LINES = 20
LACKS_MEMORY = "OutOfMemory"
"""Type of a failure for want of memory, whoever refused it."""

_ALLOCATION_WORDS = ("can't allocate memory", "cannot allocate memory", "not enough memory", "out of memory",
                     "failed to map segment")  # fmt: skip


_OF_THE_MACHINE = {kind.code for kind in (DISK_FULL, READ_ONLY, OUT_OF_MEMORY, TOO_MANY_FILES, NO_PROCESS)}
"""What meets whoever asks next, too; other trouble is about one file."""


def failure(error: BaseException) -> Failed:
    """What went wrong and what to do. Our own errors speak for themselves; others bring their last lines.

    An error may quote a file's name, whatever its bytes: it is text here.
    """
    return Failed(**{name: visible_lines(text) for name, text in _parts(error).items()})


def _parts(error: BaseException) -> dict[str, str]:
    if isinstance(error, ConfigError):
        details = "; ".join(f"{problem.path}: {problem.message}" for problem in error.fields)
        return {"error_type": "ConfigError", "message": f"{error.message} {details}", "hint": error.hint}
    if isinstance(error, TrainerError):
        return {"error_type": type(error).__name__, "message": error.message, "hint": error.hint}
    if _is_out_of_memory(error):
        return {
            "error_type": LACKS_MEMORY,
            "message": "The run needed more memory than there is: out of memory.",
            "hint": "Take a smaller optim.batch_size, or fewer runs at once.",
            "traceback": _tail(error),
        }
    if found := trouble(error):
        kind = found.code.title().replace("_", "")
        hint = f"{found.hint} The run goes on after its last checkpoint when it is tried again."
        return {"error_type": kind, "message": found.message, "hint": hint, "traceback": _tail(error)}
    return {
        "error_type": type(error).__name__,
        "message": f"{type(error).__name__}: {error}",
        "hint": "This is not an error that was foreseen; the log's last lines say where it came from.",
        "traceback": _tail(error),
    }


def is_the_machines(error: BaseException) -> bool:
    """Whether the machine is at fault and any other run would meet the same: no space, memory, processes."""
    found = trouble(error)
    return isinstance(error, ExecutorError) or (found is not None and found.code in _OF_THE_MACHINE)


def waits_for_room(error: BaseException) -> bool:
    """Whether the disk takes nothing now: room may come, and then the same will do."""
    found = trouble(error)
    return found is not None and found.code in (DISK_FULL.code, READ_ONLY.code)


def _is_out_of_memory(error: BaseException) -> bool:
    """Torch raises its own type on accelerators and a plain RuntimeError from the CPU's allocator."""
    words = str(error).lower()
    return isinstance(error, MemoryError) or (
        isinstance(error, RuntimeError | ImportError) and any(known in words for known in _ALLOCATION_WORDS)
    )


def _tail(error: BaseException) -> str:
    lines = "".join(traceback.format_exception(error)).splitlines()
    return "\n".join(lines[-TRACEBACK_LINES:])
