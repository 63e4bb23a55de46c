"""Which device a run uses, and how this process is set up for training: threads and determinism."""

import ctypes
from contextlib import suppress

import torch

from trainer.errors import ConfigError, FieldProblem
from trainer.kinds import JobConfig

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # malloc.h


def resolve_device(name: str) -> torch.device:
    """The device of a config's `device`; auto takes cuda, then mps, then cpu.

    Raises ConfigError where the asked device is not there.
    """
    present = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if name == "auto":
        return torch.device(next(kind for kind, here in present.items() if here))
    if not present[name]:
        here = ", ".join(kind for kind, is_here in present.items() if is_here)
        raise ConfigError(
            [FieldProblem("device", f"{name} is not available on this machine; there is {here}")]
        )
    return torch.device(name)


def prepare_process(config: JobConfig, threads: int | None) -> None:
    """Set this process up to carry out `config`; its own `threads` wins over the worker's share.

    On the CPU only deterministic kernels run. Accelerators have no deterministic form of every kernel: there
    torch warns. New memory is not filled first (torch would do so to make reading it reproducible).
    """
    share = config.threads or threads
    if share is not None:
        torch.set_num_threads(share)
    accelerated = resolve_device(config.device).type != "cpu"
    torch.use_deterministic_algorithms(True, warn_only=accelerated)
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
    _keep_freed_memory()


def _keep_freed_memory() -> None:
    """Let the C library keep what a step frees for the next step (glibc; elsewhere nothing happens).

    By default it gives the activations back to the kernel after each step and takes them again page by page:
    6 % of a step with one thread, more with two.
    """
    with suppress(OSError, AttributeError):
        library = ctypes.CDLL(None)
        library.mallopt(_M_MMAP_THRESHOLD, 32 * 2**20)
        library.mallopt(_M_TRIM_THRESHOLD, 2**30)
