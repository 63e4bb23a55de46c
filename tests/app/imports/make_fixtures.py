"""Makes records.tar.xz with the tools themselves, and in it expected.json: what these read back from them.

It is run by hand, in an environment with mlflow-skinny, tensorboard and torch:
`python tests/app/imports/make_fixtures.py`. Neither tool is needed by the tests.
"""

import json
import math
import os
import shutil
import sqlite3
import tarfile
import tempfile
from pathlib import Path
from typing import Any

os.environ["MLFLOW_ALLOW_FILE_STORE"] = "true"
os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
RECORDS = Path(__file__).parent / "records.tar.xz"
CLASSES = ("cat", "dog", "fox")
TABLES = ("experiments", "runs", "metrics", "params", "tags")


def finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def log_mlflow(uri: str) -> list[dict[str, Any]]:
    """Three runs: two seeds of a setting, and one that failed; and a deleted one, which is not to be seen."""
    import mlflow

    mlflow.set_tracking_uri(uri)
    client = mlflow.MlflowClient()
    experiment = client.create_experiment("long tail")
    ids = []
    names = ("focal a", "focal b", "diverges", "gone")
    for number, name in enumerate(names):
        status = "FAILED" if name == "diverges" else "FINISHED"
        run = client.create_run(experiment, start_time=1_700_000_000_000 + number, run_name=name)
        ids.append(run.info.run_id)
        client.log_param(run.info.run_id, "loss/name", "focal" if number < 2 else "ce")
        client.log_param(run.info.run_id, "lr", 0.1)
        client.log_param(run.info.run_id, "seed", number)
        client.set_tag(run.info.run_id, "paper", "yes: and\nmore")
        for step in (1, 2, 3):
            at = 1_700_000_000_000 + 1000 * step
            client.log_metric(run.info.run_id, "test_acc", 0.5 + 0.1 * step + 0.01 * number, at, step)
            client.log_metric(run.info.run_id, "val_acc", 0.4 + 0.1 * step, at, step)
            client.log_metric(run.info.run_id, "train/loss", 1 / step if number != 2 else math.nan, at, step)
        for place, cls in enumerate(CLASSES):
            client.log_metric(run.info.run_id, f"test/class_recall/{cls}", 0.9 - 0.2 * place, at, 3)
        for again in range(3):
            client.log_metric(run.info.run_id, "no_step", 10.0 + again, 1_700_000_005_000 + again)
        client.log_metric(run.info.run_id, "test_acc", 0.85 + 0.01 * number, 1_700_000_009_000, 3)
        client.set_terminated(run.info.run_id, status, 1_700_000_010_000 + number)
    client.delete_run(ids[3])
    return [_of_mlflow(client, run_id) for run_id in ids[:3]]


def _of_mlflow(client: Any, run_id: str) -> dict[str, Any]:
    run = client.get_run(run_id)
    history = {
        key: [
            [point.timestamp, point.step, finite(point.value)]
            for point in client.get_metric_history(run_id, key)
        ]
        for key in sorted(run.data.metrics)
    }
    own = {name: text for name, text in run.data.tags.items() if not name.startswith("mlflow.")}
    info = run.info
    ended = {"status": info.status, "start": info.start_time, "end": info.end_time}
    about = {"key": run_id, "name": info.run_name, "params": run.data.params, "tags": own}
    return about | ended | {"history": history}


def log_tensorboard(folder: Path) -> dict[str, Any]:
    """A run by torch, one of tensors as TensorFlow 2 writes them, and what TensorBoard itself reads."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator as Reads
    from tensorboard.util import tensor_util
    from torch.utils.tensorboard import SummaryWriter

    with SummaryWriter(str(folder / "by torch")) as writer:
        for step in range(1, 6):
            writer.add_scalar("val/accuracy", 40 + 5 * step, step)
            writer.add_scalar("train/loss", 2 / step, step, walltime=1_700_000_000.25 + step)
        writer.add_hparams({"lr": 0.05, "name": "ce", "augment": True}, {}, run_name=".")
        writer.add_text("notes", "no scalar")
        writer.add_histogram("weights", __import__("numpy").arange(9.0), 1)
    with SummaryWriter(str(folder / "deep" / "by tensors")) as writer:
        for step in (10, 20):
            writer.add_scalar("test_accuracy", 0.25 + step / 100, step, new_style=True)
            writer.add_scalar("exact", 0.1 * step, step, new_style=True, double_precision=True)
    found = {}
    for name in ("by torch", "deep/by tensors"):
        read = Reads(str(folder / name), size_guidance={"scalars": 0, "tensors": 0})
        read.Reload()
        tags = read.Tags()
        found[name] = {
            tag: [[one.wall_time, one.step, one.value] for one in read.Scalars(tag)]
            for tag in tags["scalars"]
        } | {
            tag: [
                [one.wall_time, one.step, float(tensor_util.make_ndarray(one.tensor_proto))]
                for one in read.Tensors(tag)
            ]
            for tag in tags["tensors"]
            if not tag.startswith(("_hparams_", "notes"))
        }
    return found


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        made = Path(folder) / "made"
        made.mkdir()
        files, database = log_mlflow((made / "mlruns").as_uri()), _database(made, folder)
        expected: dict[str, Any] = {"files": files, "database": database}
        shutil.rmtree(made / "mlruns" / ".trash", ignore_errors=True)
        for path in made.rglob("meta.yaml"):  # nothing of the machine that made it
            lines = path.read_text().replace(folder, "").splitlines(keepends=True)
            path.write_text("".join(line for line in lines if not line.startswith("user_id")))
        for path in made.rglob("tags/mlflow.user"):
            path.unlink()
        expected["tensorboard"] = log_tensorboard(made / "logs")
        for number, path in enumerate(sorted(made.rglob("*tfevents*"))):
            path.rename(path.with_name(f"events.out.tfevents.{number}.made"))
        (made / "expected.json").write_text(json.dumps(expected, indent=1))
        with tarfile.open(RECORDS, "w:xz") as packed:
            packed.add(made, "records", filter=_nobodys)


def _nobodys(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = member.mtime = 0
    member.uname = member.gname = ""
    return member


def _database(made: Path, folder: str) -> list[dict[str, Any]]:
    """As statements that make the tables which are read, and their rows."""
    path = Path(folder) / "mlflow.db"
    told = log_mlflow(f"sqlite:///{path}")
    with sqlite3.connect(path) as connection:
        kept = [line for line in connection.iterdump() if _of_tables(line)]
    (made / "mlflow.sql").write_text("\n".join(kept).replace(folder, ""))
    return told


def _of_tables(line: str) -> bool:
    starts = [f'{verb} "{name}"' for verb in ("INSERT INTO",) for name in TABLES]
    starts += [f"CREATE TABLE {quote}{name}{quote} (" for name in TABLES for quote in ("", '"')]
    return line.startswith(tuple(starts)) and "mlflow.user" not in line


if __name__ == "__main__":
    main()
