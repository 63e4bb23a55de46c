"""Runs that MLflow keeps, in its folder of files or in its SQLite database; MLflow itself is not needed.

A folder mlruns/ holds EXPERIMENT/RUN/{meta.yaml, params/KEY, tags/KEY, metrics/KEY}; a key with slashes lies
in folders. A line of a metric is "TIME VALUE STEP", times in milliseconds. The database has the same as rows.
Deleted runs are left out.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from app.errors import InvalidError
from app.imports.records import EndState, SourceRun, SourceRuns, moment
from app.imports.series import Point, by_step

_SQLITE = b"SQLite format 3\0"
_STATES: Mapping[object, EndState] = {
    "FINISHED": "completed", 3: "completed", "FAILED": "failed", 4: "failed", "KILLED": "canceled",
    5: "canceled", "RUNNING": "running", 1: "running", "SCHEDULED": "running", 2: "running",
}  # fmt: skip
"""By word in the database, by number in files."""
_OWN_TAGS = "mlflow."
_DATABASES = ("mlflow.db", "mlruns.db")


def read_mlflow(path: Path) -> SourceRuns:
    """Every run below an mlruns folder, or in an SQLite database. Raises InvalidError for neither."""
    if path.is_dir():
        database = next((path / name for name in _DATABASES if (path / name).is_file()), None)
        folder = path / "mlruns" if (path / "mlruns").is_dir() else path
        if any(folder.glob("*/meta.yaml")):
            return _from_files(folder)
        path = database or path
    if path.is_file() and path.open("rb").read(len(_SQLITE)) == _SQLITE:
        return _from_database(path)
    raise InvalidError(
        f"{path} is no store of MLflow.", "Name its folder mlruns, or the file of its SQLite database."
    )


def _from_files(store: Path) -> SourceRuns:
    for experiment in sorted(one.parent for one in store.glob("*/meta.yaml")):
        name = str(_yaml(experiment / "meta.yaml").get("name", experiment.name))
        metas = [(meta.parent, _yaml(meta)) for meta in sorted(experiment.glob("*/meta.yaml"))]
        for folder, told in sorted(metas, key=lambda pair: str(pair[1].get("start_time", ""))):
            if told.get("lifecycle_stage", "active") == "active" and "artifact_uri" in told:
                yield _of_folder(folder, told, name)


def _of_folder(folder: Path, told: Mapping[str, Any], experiment: str) -> SourceRun:
    metrics = {key: by_step(_points(path, text)) for key, path, text in _files(folder / "metrics")}
    params = {key: text.strip() for key, _, text in _files(folder / "params")}
    tags = {key: text.strip() for key, _, text in _files(folder / "tags")}
    key = str(told.get("run_id") or told.get("run_uuid") or folder.name)
    return _run(key, told, experiment, params, tags, metrics)


def _files(folder: Path) -> Iterator[tuple[str, Path, str]]:
    """Key, file and text of each."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield path.relative_to(folder).as_posix(), path, path.read_text("utf-8", "replace")


def _points(path: Path, text: str) -> Iterator[Point]:
    for number, line in enumerate(text.splitlines(), 1):
        parts = line.split()
        try:
            yield float(parts[0]), int(parts[2]) if len(parts) > 2 else 0, float(parts[1])
        except (ValueError, IndexError) as error:
            raise InvalidError(f"{path}, line {number} is no value of a metric: {line[:60]!r}.") from error


def _yaml(path: Path) -> Mapping[str, Any]:
    import yaml  # only who imports from files needs it

    try:
        found = yaml.safe_load(path.read_text("utf-8"))
    except (OSError, yaml.YAMLError, UnicodeDecodeError) as error:
        raise InvalidError(f"{path} cannot be read: {error}") from error
    return found if isinstance(found, dict) else {}


def _from_database(path: Path) -> SourceRuns:
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            connection.row_factory = sqlite3.Row
            yield from _of_rows(connection)
    except sqlite3.Error as error:
        said = f"{path} cannot be read as a database of MLflow: {error}."
        raise InvalidError(said, "Is it the file that MLflow was given as sqlite:///FILE?") from error


def _of_rows(connection: sqlite3.Connection) -> SourceRuns:
    names = dict(connection.execute("SELECT experiment_id, name FROM experiments"))
    runs = connection.execute(
        "SELECT * FROM runs WHERE lifecycle_stage = 'active' ORDER BY start_time, run_uuid"
    ).fetchall()
    for row in runs:
        own = (row["run_uuid"],)
        points: dict[str, list[Point]] = {}
        told = "SELECT key, timestamp, step, value, is_nan FROM metrics WHERE run_uuid = ?"
        for key, time, step, value, is_nan in connection.execute(told, own):
            points.setdefault(key, []).append((time, step, float("nan") if is_nan else value))
        params = dict(connection.execute("SELECT key, value FROM params WHERE run_uuid = ?", own))
        tags = dict(connection.execute("SELECT key, value FROM tags WHERE run_uuid = ?", own))
        metrics = {key: by_step(points[key]) for key in sorted(points)}
        experiment = str(names.get(row["experiment_id"], row["experiment_id"]))
        yield _run(row["run_uuid"], dict(row), experiment, params, tags, metrics)


def _run(
    key: str,
    told: Mapping[str, Any],
    experiment: str,
    params: Mapping[str, str],
    tags: Mapping[str, str],
    metrics: dict[str, Any],
) -> SourceRun:
    named = told.get("run_name") or told.get("name") or tags.get("mlflow.runName")
    return SourceRun(
        tool="mlflow",
        key=key,
        name=str(named or key[:8]),
        experiment=experiment,
        state=_STATES.get(told.get("status"), "unknown"),
        started_at=_milliseconds(told.get("start_time")),
        finished_at=_milliseconds(told.get("end_time")),
        notes=tags.get("mlflow.note.content", ""),
        params=_texts(params.items()),
        tags=_texts((name, text) for name, text in tags.items() if not name.startswith(_OWN_TAGS)),
        metrics=metrics,
    )


def _texts(pairs: Iterable[tuple[str, object]]) -> dict[str, str]:
    return {name: str(text) for name, text in sorted(pairs)}


def _milliseconds(value: object) -> str | None:
    return moment(value / 1000) if isinstance(value, int | float) else None
