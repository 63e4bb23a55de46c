"""The stored board, unpacked and migrated, and the application over it. boards/make_board made it."""

import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fastapi.testclient import TestClient

from app.installation import prepare
from app.main import create_app
from app.settings import Settings

BOARD = Path(__file__).parents[1] / "boards" / "schema-0005.tar.xz"
ADDRESS = "http://127.0.0.1:8000"
SWEEP = 1
COMPLETED = (1, 2, 3, 4, 5, 6)
"""The sweep's runs: class-balanced focal loss with two betas, and cross-entropy; two seeds each."""
HALF_WAY, FAILED, RETRIED, PAUSED, ARCHIVED, WAITING = 7, 8, 9, 10, 11, 12


def unpack(data_dir: Path, token: str = "") -> Settings:
    """The board in this folder, ready to be served."""
    with tarfile.open(BOARD) as packed:
        packed.extractall(data_dir, filter="data")
    settings = Settings(data_dir=data_dir, token=token)
    prepare(settings)
    return settings


@contextmanager
def opened(settings: Settings) -> Iterator[TestClient]:
    """A caller of the application that follows no redirects and sees a 500 as an answer."""
    app = create_app(settings)
    with TestClient(app, ADDRESS, raise_server_exceptions=False, follow_redirects=False) as caller:
        yield caller
