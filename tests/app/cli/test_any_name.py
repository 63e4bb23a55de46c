"""Class folders with bytes that are no text, terminal orders or line breaks: imported, listed, run, printed.

Each command is a process of its own, with the encodings that a terminal may have.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from trainer.data.sources import describe, list_datasets

NAMES = {
    b"caf\xe9": r"caf\xe9",
    b"\x1b[31mred": r"\x1b[31mred",
    b"two\nlines": r"two\x0alines",
    "grün\u202e".encode(): "grün\\u202e",
}
ENCODINGS: list[dict[str, str]] = [
    {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
    {"PYTHONIOENCODING": "ascii"},
    {"PYTHONIOENCODING": "latin-1:strict"},
    {"PYTHONIOENCODING": "utf-8:strict"},
]


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with those classes, and one file whose name is just as odd and that is no image."""
    root = tmp_path_factory.mktemp("odd")
    for colour, name in enumerate(NAMES):
        for split, number in (("train", 4), ("test", 1)):
            folder = os.path.join(os.fsencode(root), b"images", split.encode(), name)  # noqa: PTH118
            os.makedirs(folder)  # noqa: PTH103
            for index in range(number):
                level = 10 * index + (5 if split == "test" else 0)
                with open(os.path.join(folder, b"%d\x1b\xff.png" % index), "wb") as file:  # noqa: PTH118, PTH123
                    Image.new("RGB", (16, 16), (60 * colour, level, 0)).save(file, "PNG")
            with open(os.path.join(folder, b"\x9b\xe9\n.png"), "wb") as file:  # noqa: PTH118, PTH123
                file.write(b"no image")
    done = call(["app.cli", "data", "add", "odd", "images", "--data-dir", "board"], root, ENCODINGS[0])
    assert done.returncode == 0, done.stderr
    return root


def call(
    arguments: list[str], folder: Path, environment: dict[str, str]
) -> "subprocess.CompletedProcess[bytes]":
    module, *rest = arguments
    code = f"import sys; from {module} import main; sys.exit(main())"
    source = str(Path(__file__).parents[3])
    outside = {**os.environ, "PYTHONPATH": source, **environment}
    return subprocess.run(
        [sys.executable, "-c", code, *rest], cwd=folder, env=outside, capture_output=True, check=False
    )


def is_text(output: bytes) -> bool:
    """Nothing that a terminal would act upon."""
    shown = output.decode("latin-1")
    return not any(
        (ord(character) < 0x20 and character != "\n") or character == "\x7f" for character in shown
    )


def test_the_data_set_is_whole(board: Path) -> None:
    datasets = board / "board" / "datasets"
    info = describe("folder:odd", datasets)
    assert set(info.class_names) == set(NAMES.values())
    assert info.train_counts == (4,) * len(NAMES)
    assert "folder:odd" in [known.name for known in list_datasets(datasets)]
    stored = json.loads((datasets / "folders" / "odd" / "info.json").read_bytes())
    assert len(stored["report"]["skipped"]) == 2 * len(NAMES)
    json.dumps(stored, ensure_ascii=False).encode()


def test_a_data_set_stored_with_such_names_before_is_read(board: Path) -> None:
    file = board / "board" / "datasets" / "folders" / "odd" / "info.json"
    before = file.read_bytes()
    stored = json.loads(before)
    stored["class_names"] = [os.fsdecode(name) for name in sorted(NAMES)]
    file.write_text(json.dumps(stored))
    try:
        assert set(describe("folder:odd", board / "board" / "datasets").class_names) == set(NAMES.values())
    finally:
        file.write_bytes(before)


@pytest.mark.slow
@pytest.mark.parametrize("environment", ENCODINGS, ids=str)
def test_import_prints_text_under_every_encoding(board: Path, environment: dict[str, str]) -> None:
    add = ["app.cli", "data", "add", "odd", "images", "--replace", "--data-dir", "board"]
    done = call(add, board, environment)
    assert done.returncode == 0, done.stderr
    assert is_text(done.stdout)
    assert is_text(done.stderr)
    lines = done.stdout.splitlines()
    for name in (rb"caf\xe9", rb"\x1b[31mred", rb"two\x0alines"):
        assert b"  " + name + b": 4 training, 1 test" in lines
    assert b"Skipped 8 files:" in lines


@pytest.mark.slow
@pytest.mark.parametrize("environment", ENCODINGS, ids=str)
def test_a_run_prints_text_under_every_encoding(board: Path, environment: dict[str, str]) -> None:
    (board / "run.json").write_text(json.dumps({"data": {"dataset": "folder:missing"}}))
    arguments = [
        "trainer.__main__",
        "run",
        "run.json",
        "--out",
        f"runs/{hash(str(environment))}",
        "--datasets",
        "board/datasets",
    ]
    failed = call(arguments, board, environment)
    assert failed.returncode == 1
    assert b"There is no data set 'folder:missing'." in failed.stdout
    assert b"UnicodeEncodeError" not in failed.stderr


@pytest.mark.slow
def test_an_unreadable_path_is_named(board: Path) -> None:
    path = os.fsdecode(b"caf\xe9\x1b[2J")
    done = call(["app.cli", "data", "add", "x", path, "--data-dir", "board"], board, ENCODINGS[1])
    assert done.returncode == 2
    assert rb"caf\xe9\x1b[2J" in done.stderr
    assert is_text(done.stderr)
