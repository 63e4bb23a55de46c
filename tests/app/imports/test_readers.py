"""Records of MLflow, TensorBoard and CSV, against what the tools themselves read from the same files."""

import struct
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import InvalidError
from app.imports.csv_history import Columns, read_csv
from app.imports.mlflow import read_mlflow
from app.imports.protobuf import fields
from app.imports.records import SourceRun, moment
from app.imports.series import by_step
from app.imports.tensorboard import read_tensorboard
from app.imports.tfrecord import masked_checksum, records
from tests.app.imports.records import expected, unpacked

STATES = {"FINISHED": "completed", "FAILED": "failed"}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return unpacked(tmp_path_factory.mktemp("records"))


def last_of_step(history: list[list[Any]]) -> dict[int, float | None]:
    """As MLflow's own pages have it: of a step the value logged last; steps from 1 where none were given."""
    ordered = sorted(history, key=lambda point: point[0])
    if not any(step for _, step, _ in ordered) and len(ordered) > 1:
        return {number: value for number, (_, _, value) in enumerate(ordered, 1)}
    return {step: value for _, step, value in ordered}


def same_as_mlflow(found: SourceRun, told: dict[str, Any]) -> None:
    assert (found.key, found.name, found.experiment) == (told["key"], told["name"], "long tail")
    assert found.state == STATES[told["status"]]
    assert (found.started_at, found.finished_at) == (moment(told["start"] / 1000), moment(told["end"] / 1000))
    assert (found.params, found.tags) == (told["params"], told["tags"])
    assert found.metrics == {key: last_of_step(points) for key, points in told["history"].items()}


@pytest.mark.parametrize(("kind", "name"), [("files", "mlruns"), ("database", "mlflow.db")])
def test_mlflow_is_read_as_mlflow_reads_it(made: Path, kind: str, name: str) -> None:
    found = {run.key: run for run in read_mlflow(made / name)}
    told = {run["key"]: run for run in expected(made)[kind]}
    assert found.keys() == told.keys(), "the deleted one is left out"
    for key, run in found.items():
        same_as_mlflow(run, told[key])
    [diverged] = [run for run in found.values() if run.name == "diverges"]
    assert diverged.metrics["train/loss"] == {1: None, 2: None, 3: None}
    [first] = [run for run in found.values() if run.name == "focal a"]
    assert first.metrics["test_acc"][3] == 0.85, "logged again later"
    assert first.metrics["no_step"] == {1: 10.0, 2: 11.0, 3: 12.0}


def test_a_folder_that_holds_the_store_will_do(made: Path) -> None:
    assert len(list(read_mlflow(made))) == 3


def test_tensorboard_is_read_as_tensorboard_reads_it(made: Path) -> None:
    found = {run.name: run for run in read_tensorboard(made / "logs")}
    told = expected(made)["tensorboard"]
    assert found.keys() == told.keys()
    for name, run in found.items():
        scalars = {tag: {step: value for _, step, value in points} for tag, points in told[name].items()}
        assert run.metrics == scalars, "scalars alone: no text, no histogram"
    assert found["by torch"].params == {"lr": "0.05", "name": "ce", "augment": "1"}, "torch tells True as 1"
    times = [time for points in told["by torch"].values() for time, _, _ in points]
    assert found["by torch"].started_at == moment(min(times))


def test_a_file_that_was_cut_off_gives_what_is_whole(made: Path, tmp_path: Path) -> None:
    whole = made / "logs" / "by torch" / "events.out.tfevents.0.made"
    content, events = whole.read_bytes(), list(records(whole))
    ends = [0]
    for event in events:
        ends.append(ends[-1] + len(event) + 16)
    assert ends[-1] == len(content)
    for number, end in enumerate(ends[:-1]):
        for more in (1, 11, 13):
            cut = tmp_path / "tfevents"
            cut.write_bytes(content[: end + more])
            assert list(records(cut)) == events[:number]
    damaged = bytearray(content)
    damaged[ends[2]] ^= 1
    cut.write_bytes(bytes(damaged))
    assert list(records(cut)) == events[:2], "a length that its checksum does not bear is none"


def test_the_checksum_is_that_of_rfc_3720() -> None:
    """B.4 of it: 32 bytes of zeros have the CRC-32C 0x8A9136AA; TFRecord turns and shifts it."""
    crc = 0x8A9136AA
    assert masked_checksum(bytes(32)) == ((crc >> 15 | crc << 17) + 0xA282EAD8) % 2**32


@given(st.binary(max_size=60))
def test_no_bytes_break_the_reader_of_messages(message: bytes) -> None:
    try:
        found = list(fields(message))
    except ValueError:
        return
    assert all(isinstance(value, bytes) or value >= 0 for _, value in found)


def test_what_is_no_record_is_refused_by_name(tmp_path: Path) -> None:
    other = tmp_path / "other.tfevents"
    other.write_bytes(b"no events are in this file")
    empty = tmp_path / "empty"
    empty.mkdir()
    for read, path, words in ((read_mlflow, empty, "no store of MLflow"), (read_mlflow, other, "no store"),
                              (read_tensorboard, empty, "no event files"),
                              (read_tensorboard, other, "no event file")):  # fmt: skip
        with pytest.raises(InvalidError, match=words):
            list(read(path))
    (empty / "x.db").write_bytes(b"SQLite format 3\0" + bytes(84))
    with pytest.raises(InvalidError, match="cannot be read as a database of MLflow"):
        list(read_mlflow(empty / "x.db"))


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3), st.floats(allow_nan=True)), max_size=12))
def test_of_a_step_the_last_value_counts(points: list[tuple[int, int, float]]) -> None:
    found = by_step([(float(time), step, value) for time, step, value in points])
    if len(points) > 1 and all(step == 0 for _, step, _ in points):
        assert list(found) == list(range(1, len(points) + 1))
        return
    assert list(found) == sorted({step for _, step, _ in points})
    for step, value in found.items():
        latest = max(time for time, one, _ in points if one == step)
        last = [given for time, one, given in points if (time, one) == (latest, step)][-1]
        is_finite = struct.pack(">d", abs(last)) < struct.pack(">d", 1.7976931348623157e308)
        assert value == (last if is_finite else None)


class TestCsv:
    def write(self, folder: Path, text: str) -> Path:
        path = folder / "history.csv"
        path.write_text(text)
        return path

    def read(self, folder: Path, text: str, **columns: Any) -> list[SourceRun]:
        return list(read_csv(self.write(folder, text), Columns(**columns)))

    def test_a_line_a_step_with_several_runs(self, tmp_path: Path) -> None:
        text = ("run,epoch,loss_name,val_acc,train_loss\n"
                "a,1,ce,0.5,2.0\na,2,ce,0.6,\nb,1,focal,0.4,nan\n")  # fmt: skip
        one, other = self.read(tmp_path, text)
        assert (one.name, one.params) == ("a", {"loss_name": "ce"})
        assert one.metrics == {"val_acc": {1: 0.5, 2: 0.6}, "train_loss": {1: 2.0}}
        assert (other.name, other.metrics["val_acc"], "train_loss" in other.metrics) == ("b", {1: 0.4}, False)

    def test_the_history_of_one_run_of_wandb(self, tmp_path: Path) -> None:
        text = "_step,_runtime,_timestamp,acc,loss\n0,1.5,17e8,,2.5\n1,3.0,17e8,0.5,2.0\n"
        [run] = self.read(tmp_path, text)
        assert run.name == "history"
        assert run.metrics == {"acc": {1: 0.5}, "loss": {0: 2.5, 1: 2.0}}

    def test_a_chart_of_wandb(self, tmp_path: Path) -> None:
        text = ('"Step","calm-sea-1 - val_acc","calm-sea-1 - val_acc__MIN","calm-sea-1 - val_acc__MAX",'
                '"wild - river - val_acc"\n"0","0.1","0.1","0.1",""\n'
                '"5","0.4","0.4","0.4","0.3"\n')  # fmt: skip
        one, other = self.read(tmp_path, text)
        assert (one.name, one.metrics) == ("calm-sea-1", {"val_acc": {0: 0.1, 5: 0.4}})
        assert (other.name, other.metrics) == ("wild - river", {"val_acc": {5: 0.3}})

    def test_semicolons_a_mark_at_the_start_and_a_mapping(self, tmp_path: Path) -> None:
        text = "\ufeffwho;when;seed;acc\nx;10;3;0.5\nx;20;3;0.7\n"
        [run] = self.read(tmp_path, text, run="who", step="when", params=("seed",))
        assert (run.name, run.params, run.metrics) == ("x", {"seed": "3"}, {"acc": {10: 0.5, 20: 0.7}})

    def test_a_list_that_stays_the_same_is_a_parameter(self, tmp_path: Path) -> None:
        [run] = self.read(tmp_path, "epoch;milestones;acc\n1;6,8;0.5\n2;6,8;0.6\n")
        assert run.params == {"milestones": "6,8"}

    def test_lines_that_end_with_a_comma_or_too_early_are_read(self, tmp_path: Path) -> None:
        [run] = self.read(tmp_path, "run,epoch,acc,loss\na,1,0.5,2,\na,2,0.6\n")
        assert run.metrics == {"acc": {1: 0.5, 2: 0.6}, "loss": {1: 2.0}}

    def test_what_is_not_utf_8_is_said_to_be(self, tmp_path: Path) -> None:
        for encoding in ("latin-1", "utf-16"):
            (tmp_path / "history.csv").write_text("Größe,acc\n1,0.5\n", encoding=encoding)
            with pytest.raises(InvalidError, match=r"is not written in UTF-8"):
                list(read_csv(tmp_path / "history.csv", Columns()))

    @pytest.mark.parametrize(
        ("text", "columns", "words"),
        [
            ("a,b\n", {}, "no lines"),
            ("run,acc\nx,1\n", {"step": "epok"}, "is no column"),
            ("run,acc\nx,1\n", {"params": ("seed",)}, "is no column"),
            ("epoch,acc\none,1\n", {}, "'one', which is no step"),
            ('a,b\n"x,1\n', {}, "cannot be read as CSV"),
            # A decimal comma parts 0,5 into 0 and 5; an epoch of 1.5 would stand in the place of epoch 1.
            ("run,epoch,test_accuracy\na,1,0,5\n", {}, "line 2 has more cells than the 3 columns"),
            ("epoch;acc\n1;0,5\n2;0,6\n", {}, "line 2: acc is 0,5, and numbers have a decimal point"),
            ("run,acc,acc\nx,0.5,0.7\n", {}, "several columns 'acc'"),
            ("epoch,acc\n1,0.5\n1.5,0.7\n", {}, "line 3: epoch is '1.5', which is no step"),
            ("epoch,acc\n1e30,0.5\n", {}, "'1e30', which is no step"),
            ("epoch,acc\ninf,0.5\n", {}, "'inf', which is no step"),
        ],
    )
    def test_what_is_wrong_is_named(self, tmp_path: Path, text: str, columns: Any, words: str) -> None:
        with pytest.raises(InvalidError) as refused:
            self.read(tmp_path, text, **columns)
        said = refused.value
        assert words in " ".join([said.message, *(field.message for field in said.fields)])
