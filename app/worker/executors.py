"""Which executor the settings ask for."""

from importlib.util import find_spec

from app.errors import SetupError
from app.settings import Settings
from trainer.executors.base import Executor
from trainer.executors.cluster import RayExecutor
from trainer.executors.local import LocalExecutor


def executor_for(settings: Settings) -> Executor:
    """Of a worker with these settings. Raises SetupError where what it needs is not installed."""
    if settings.executor == "local":
        return LocalExecutor(settings.datasets_dir)
    if find_spec("ray") is None:
        raise SetupError("--executor ray needs Ray.", "Install it: pip install 'betaboard[ray]'.")
    return RayExecutor(settings.datasets_dir, settings.ray_address)
