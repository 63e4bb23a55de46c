"""One installation: its data folder and database, made ready before any process uses them."""

from app.errors import SetupError
from app.settings import Settings
from app.store.engine import migrate


def prepare(settings: Settings) -> None:
    """Create the folders, and create or upgrade the database. Raises SetupError, as one sentence."""
    try:
        for folder in (settings.runs_dir, settings.datasets_dir):
            folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SetupError(
            f"The data folder {settings.data_dir} cannot be written: {error.strerror}.",
            "Choose another --data-dir, or mend its permissions.",
        ) from error
    migrate(settings.url)
