"""Whether there is a board to keep."""

from app.errors import SetupError
from app.settings import Settings
from app.store.engine import database_file


def check_board(settings: Settings) -> None:
    """Pass where the database is there, or a server's. Raises SetupError."""
    file = database_file(settings.url)
    if file is not None and not file.exists():
        raise SetupError(f"There is no board in {settings.data_dir}.", "Name its folder: --data-dir.")
