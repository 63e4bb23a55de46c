"""What real tools have recorded (see make_fixtures.py), unpacked, and what these tools read from it."""

import json
import sqlite3
import tarfile
from contextlib import closing
from pathlib import Path
from typing import Any


def unpacked(folder: Path) -> Path:
    """The records below `folder`: mlruns, mlflow.db, logs."""
    with tarfile.open(Path(__file__).parent / "records.tar.xz") as packed:
        packed.extractall(folder, filter="data")
    records = folder / "records"
    with closing(sqlite3.connect(records / "mlflow.db")) as connection, connection:
        connection.executescript((records / "mlflow.sql").read_text())
    return records


def expected(records: Path) -> Any:
    """By kind of record, as JSON."""
    return json.loads((records / "expected.json").read_text())
