"""A backup is known to be whole, or what is wrong with it is named; nothing half looks whole."""

import io
import signal
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app.cli import main
from app.errors import SetupError
from app.keeping.archive import DamagedError, read_archive
from app.keeping.backup import back_up
from app.keeping.restore import restore
from app.settings import Settings
from tests.app.keeping.boards import prepared
from tests.conftest import SeedRun

pytestmark = pytest.mark.slow


def quiet(_: str) -> None: ...


@pytest.fixture
def board(settings: Settings, seed_run: SeedRun) -> Settings:
    """Two runs, one with a checkpoint and a large file, and something of a data set."""
    for run_id in (seed_run(epochs=2), seed_run(epochs=1)):
        checkpoints = settings.run_dir(run_id) / "checkpoints"
        checkpoints.mkdir(exist_ok=True)
        (checkpoints / "last.pt").write_bytes(bytes(range(256)) * 1000)
    folder = settings.datasets_dir / "folders" / "pets"
    folder.mkdir(parents=True)
    (folder / "info.json").write_text("{}")
    (settings.datasets_dir / ".pets.draft-x").mkdir()
    (settings.datasets_dir / ".pets.draft-x" / "half").touch()
    return settings


@pytest.fixture
def archive(board: Settings, tmp_path: Path) -> Path:
    back_up(board, tmp_path / "board.tar", say=quiet)
    return tmp_path / "board.tar"


def called(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def test_any_tar_reads_it_and_every_sum_holds(board: Settings, archive: Path) -> None:
    with tarfile.open(archive) as packed:
        found = {info.name: packed.extractfile(info).read() for info in packed}  # type: ignore[union-attr]
    _, contents = read_archive(archive)
    own = {name for name in found if name.startswith(("runs/", "datasets/", "betaboard.db"))}
    assert own == set(contents.files)
    assert "runs/1/checkpoints/last.pt" in own
    assert "datasets/folders/pets/info.json" in own
    assert not any(".draft-" in name or name.endswith(".part") for name in found)
    for name in own - {"betaboard.db"}:
        assert found[name] == (board.data_dir / name).read_bytes()
    assert contents.jobs == {"completed": 2}


@pytest.mark.parametrize("name", ["board.tar", "board.tar.gz"])
def test_every_kind_of_damage_is_named(board: Settings, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    back_up(board, path, say=quiet)
    whole = path.read_bytes()
    sound = read_archive(path)
    for share in (0.001, 0.2, 0.5, 0.8, 0.99):
        path.write_bytes(whole[: int(share * len(whole))])
        with pytest.raises(DamagedError, match=str(path)):
            read_archive(path)
    step = len(whole) // 97
    for place in range(0, len(whole), step):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
        try:
            found = read_archive(path)
        except DamagedError as error:
            assert str(path) in error.message  # noqa: PT017 (most places raise, and some are of no account)
        else:
            assert found == sound, "what is not raised has changed nothing of what was read"
            assert name.endswith(".gz") or is_padding(whole, place), place


def is_padding(whole: bytes, place: int) -> bool:
    """Whether a byte of a plain tar stands between a file's end and the next header."""
    with tarfile.open(fileobj=io.BytesIO(whole)) as packed:
        return not any(info.offset <= place < info.offset_data + info.size for info in packed.getmembers())


def test_a_changed_file_is_named(archive: Path) -> None:
    with tarfile.open(archive) as packed:
        at = packed.getmember("runs/2/checkpoints/last.pt").offset_data + 100_000
    with archive.open("r+b") as file:
        file.seek(at)
        file.write(b"!")
    with pytest.raises(DamagedError, match=r"runs/2/checkpoints/last\.pt is not as written"):
        read_archive(archive)
    refused = called("backup", "--verify", archive)
    assert refused.exit_code == 2
    assert "runs/2/checkpoints/last.pt" in refused.stderr


def test_a_restore_of_damage_leaves_nothing(archive: Path, tmp_path: Path) -> None:
    content = bytearray(archive.read_bytes())
    content[len(content) // 2] ^= 0xFF
    archive.write_bytes(content)
    place = tmp_path / "copy"
    with pytest.raises(DamagedError):
        restore(archive, Settings(data_dir=place), prepared)
    assert sorted(path.name for path in place.rglob("*")) == ["betaboard.db.lock"]
    with pytest.raises(DamagedError):
        restore(archive, Settings(data_dir=place), prepared)


@pytest.mark.parametrize("content", [b"", b"hello", b"\0" * 4096])
def test_what_is_no_backup_is_said_to_be_none(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "other.tar"
    path.write_bytes(content)
    with pytest.raises(DamagedError, match=str(path)):
        read_archive(path)


def test_another_tar_is_no_backup_and_leads_nowhere(archive: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.tar"
    with tarfile.open(other, "w") as packed:
        packed.add(archive, "../escaped")
    with pytest.raises(DamagedError, match="no backup holds"):
        restore(other, Settings(data_dir=tmp_path / "copy"), prepared)
    assert not (tmp_path / "escaped").exists()


def test_a_newer_format_is_refused(archive: Path, tmp_path: Path) -> None:
    newer = tmp_path / "newer.tar"
    told = b'{"format": 2, "version": "9.9"}'
    with tarfile.open(newer, "w") as packed:
        info = tarfile.TarInfo("betaboard-backup.json")
        info.size = len(told)
        packed.addfile(info, io.BytesIO(told))
    with pytest.raises(SetupError, match=r"newer betaboard \(9\.9\)"):
        read_archive(newer)


def test_a_folder_that_is_not_empty_is_refused(board: Settings, archive: Path, tmp_path: Path) -> None:
    for place in (board.data_dir, tmp_path):
        with pytest.raises(SetupError, match="is not empty: it holds"):
            restore(archive, Settings(data_dir=place), prepared)
    assert (board.data_dir / "betaboard.db").exists()


def test_a_backup_does_not_replace_another_unless_asked(board: Settings, archive: Path) -> None:
    before = archive.read_bytes()
    refused = called("backup", archive, "--data-dir", board.data_dir)
    assert (refused.exit_code, archive.read_bytes()) == (2, before)
    assert "--replace" in refused.stderr
    assert called("backup", archive, "--replace", "--data-dir", board.data_dir).exit_code == 0


@pytest.mark.parametrize("place", ["runs/board.tar", "datasets/board.tar", "nowhere/board.tar", "runs"])
def test_places_where_it_cannot_be(board: Settings, place: str) -> None:
    with pytest.raises(SetupError):
        back_up(board, board.data_dir / place, replace=True, say=quiet)


def test_no_board_no_backup(tmp_path: Path) -> None:
    refused = called("backup", tmp_path / "x.tar", "--data-dir", tmp_path / "nothing")
    assert refused.exit_code == 2
    assert "There is no board" in refused.stderr
    assert list(tmp_path.iterdir()) == []


def test_parts_that_are_left_out(board: Settings, tmp_path: Path) -> None:
    outcomes = board.datasets_dir / "scenes-v1-transfers-v1"
    outcomes.mkdir()
    (outcomes / "kept.npz").touch()
    path = tmp_path / "small.tar"
    told = called("backup", path, "--without-datasets", "--without-checkpoints", "--data-dir", board.data_dir)
    assert told.exit_code == 0, told.stderr
    head, contents = read_archive(path)
    assert head.left_out == ("checkpoints", "datasets")
    assert [name for name in contents.files if name.startswith("datasets/")] == [
        "datasets/scenes-v1-transfers-v1/kept.npz"
    ]
    assert not any(name.endswith(".pt") for name in contents.files)
    said = called("restore", path, "--data-dir", tmp_path / "copy")
    assert "The backup is without checkpoints and datasets." in said.stdout


@pytest.mark.slow
@pytest.mark.parametrize(("number", "left"), [(signal.SIGKILL, 2), (signal.SIGINT, 0)])
def test_an_interrupted_backup_leaves_no_file_of_that_name(
    board: Settings, tmp_path: Path, number: signal.Signals, left: int
) -> None:
    path = tmp_path / "board.tar"
    script = f"""
import os, sys
from pathlib import Path
from app.keeping import backup
from app.settings import Settings
backup.dataset_files = lambda *_: os.kill(os.getpid(), {int(number)})
backup.back_up(Settings(data_dir=Path(sys.argv[1])), Path(sys.argv[2]))
"""
    command = [sys.executable, "-c", script, str(board.data_dir), str(path)]
    ended = subprocess.run(command, capture_output=True, text=True)
    assert ended.returncode == -number, ended.stderr
    assert not path.exists()
    halves = list(tmp_path.glob("board.tar*"))
    assert len(halves) == left
    for half in halves:
        with pytest.raises(DamagedError):
            read_archive(half)
    back_up(board, path, say=quiet)
    assert list(tmp_path.glob("board.tar*")) == [path]
