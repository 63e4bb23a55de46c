"""Environment variables that native libraries read once, while torch is imported. Imports no torch.

Whoever starts a training process sets them before; a value that the user has set is kept.
"""

import os

LIBRARY_DEFAULTS = {
    "GOMP_SPINCOUNT": "1000",
    "CUBLAS_WORKSPACE_CONFIG": ":4096:8",
}
"""GOMP_SPINCOUNT: how long a thread spins before it sleeps where it waits for the others. libgomp's 300,000
rounds stall every step while another process has one of the cores: with two threads on two busy cores a step
took 99 ms in place of 470 (medians), on quiet ones the same 20 ms. 1,000 is libgomp's own choice once it
knows that cores are short. CUBLAS_WORKSPACE_CONFIG: without it deterministic matrix products fail on CUDA."""


def set_library_defaults() -> None:
    """Set what is not set yet, for this process and those that it starts."""
    for name, value in LIBRARY_DEFAULTS.items():
        os.environ.setdefault(name, value)
