"""One installation: its data folder and database, made ready before any process uses them."""

import json
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import select

from app.errors import SetupError
from app.settings import Settings
from app.store.engine import Database, migrate
from app.store.search_index import catch_up
from app.store.tables import Run
from trainer.config import DataConfig
from trainer.errors import TrainerError


def prepare(settings: Settings, say: Callable[[str], None] = lambda _: None, *, copy: bool = True) -> None:
    """Create the folders, and create or upgrade the database, of which a `copy` is kept before.

    `say` is told where that is. Raises SetupError, as one sentence.
    """
    try:
        for folder in (settings.runs_dir, settings.datasets_dir):
            folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SetupError(
            f"The data folder {settings.data_dir} cannot be written: {error.strerror}.",
            "Choose another --data-dir, or mend its permissions.",
        ) from error
    is_new = migrate(settings.url, say, copy=copy)
    with closing(Database(settings.url)) as db:
        if is_new:
            note_sources(db, settings.datasets_dir)
        catch_up(db, say)


def note_sources(db: Database, datasets_dir: Path) -> None:
    """Give runs of before sources were stored the source of their imported images, where it is known.

    A run that has started was on the images of now where these give its fingerprint; one that has not is yet
    to see them. Any other keeps none: it equals no run, and a retry checks the fingerprint.
    """
    found: dict[str, tuple[str, str] | None] = {}
    with db.write() as s:
        for run in s.scalars(select(Run).where(Run.source.is_(None))):
            data = json.dumps(run.config["data"], sort_keys=True)
            if data not in found:
                found[data] = _identity(run.config["data"], datasets_dir)
            source, fingerprint = found[data] or (None, "")
            if run.started is None or run.started["fingerprint"] == fingerprint:
                run.source = source


def _identity(data: Mapping[str, Any], datasets_dir: Path) -> tuple[str, str] | None:
    """Source and fingerprint that a run would have now; None where it could not be trained."""
    from trainer.data.longtail import draw
    from trainer.data.sources import load

    try:
        arrays = load(data["dataset"], datasets_dir, lambda _: None)
        config, info = DataConfig.model_validate(data), arrays.info
        split = draw(arrays.train_labels, config, info.source, len(info.class_names), info.class_names)
    except TrainerError:
        return None
    return info.source, split.fingerprint
