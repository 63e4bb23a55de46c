"""A data folder with a run whose network really is there, one that has lost it, and pictures to show."""

from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image

from app.settings import Settings
from app.store.engine import Database
from tests.conftest import Seed
from tests.trainer.tiny import CLASSES, tiny_arrays, tiny_config
from trainer.loop import train
from trainer.run_dir import RunDir

IMAGES = tiny_arrays().test_images


def png(pixels: Any) -> bytes:
    """The pixels as a file that loses nothing."""
    file = BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def with_networks(folder: Path) -> Path:
    """Run 1 of the data folder keeps the checkpoints of a real training, run 2 none."""
    settings = Settings(data_dir=folder)
    db = Database(settings.url)
    seed = Seed(db, settings)
    trained, _bare = (seed(name=name, class_names=CLASSES) for name in ("trained", "bare"))
    list(train(tiny_config(), tiny_arrays(), RunDir(settings.run_dir(trained)), lambda: False))
    db.close()
    return folder
