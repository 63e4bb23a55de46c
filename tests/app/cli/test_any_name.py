"""Class folders with bytes that are no text, terminal orders or line breaks: imported, listed, run, printed.

Each command is a process of its own, with the encodings that a terminal may have.
"""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import pytest
from PIL import Image

from trainer.data.sources import describe, list_datasets

pytestmark = pytest.mark.slow

NAMES = {
    b"caf\xe9": r"caf\xe9",
    b"\x1b[31mred": r"\x1b[31mred",
    b"two\nlines": r"two\x0alines",
    "grün\u202e".encode(): "grün\\u202e",
}
C_LOCALE = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
"""Knows ASCII alone, in paths and arguments too."""
ENCODINGS = ("ascii", "latin-1", "utf-8")
"""Of the standard streams, each strict."""

CALLS = """
import gc, json, os, sys
from app.cli import main as betaboard
from app.cli import data
from trainer import command, runner
from trainer.__main__ import main as trainer
from trainer.data import folder
gc.freeze()
for at, (encoding, program, *arguments) in enumerate(json.loads(sys.argv[1])):
    if not os.fork():
        for number, stream in enumerate((sys.stdout, sys.stderr), start=1):
            os.dup2(os.open(f"said.{at}.{number}", os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
            if encoding:
                stream.reconfigure(encoding=encoding, errors="strict")
        sys.argv[1:] = arguments
        try:
            {"betaboard": betaboard, "trainer": trainer}[program]()
        except SystemExit as end:
            sys.stdout.flush()
            os._exit(end.code)
    print(os.waitstatus_to_exitcode(os.wait()[1]), flush=True)
"""
"""Each command is a fork of one process: to import, and to clear up what was imported, takes seconds."""

Command = tuple[str, ...]
ADD = ("betaboard", "data", "add", "odd", "images", "--replace", "--data-dir", "board")
RUN = ("trainer", "run", "run.json", "--datasets", "board/datasets", "--out", "run")
NOWHERE = ("betaboard", "data", "add", "x", os.fsdecode(b"caf\xe9\x1b[2J"), "--data-dir", "board")


class Said(NamedTuple):
    """A command's exit code and what it said."""

    code: int
    output: bytes
    errors: bytes


def called(folder: Path, environment: dict[str, str], commands: Sequence[Command]) -> dict[Command, Said]:
    """What came of each command; its first word is the encoding of its streams ("" as the locale has it)."""
    source = str(Path(__file__).parents[3])
    done = subprocess.run(
        [sys.executable, "-c", CALLS, json.dumps(commands)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": source, **environment},
        stdout=subprocess.PIPE,
        check=True,
    )
    return {
        command: Said(int(code), *((folder / f"said.{at}.{number}").read_bytes() for number in (1, 2)))
        for at, (command, code) in enumerate(zip(commands, done.stdout.split(), strict=True))
    }


def draw(root: Path) -> None:
    """A folder with those classes, and in each a file whose name is just as odd and that is no image."""
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


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("odd")


@pytest.fixture(scope="module")
def said(root: Path) -> dict[Command, Said]:
    """Of every command, in the C locale first."""
    draw(root)
    (root / "run.json").write_text(json.dumps({"data": {"dataset": "folder:missing"}}))
    commands = [(encoding, *command) for encoding in ENCODINGS for command in (ADD, RUN, NOWHERE)]
    return called(root, C_LOCALE, [("", *ADD), ("", *RUN), ("", *NOWHERE)]) | called(root, {}, commands)


@pytest.fixture(scope="module")
def datasets(root: Path, said: dict[Command, Said]) -> Path:
    """Of the board that holds the folder."""
    return root / "board" / "datasets"


def is_text(output: bytes) -> bool:
    """Nothing that a terminal would act upon."""
    shown = output.decode("latin-1")
    return not any(
        (ord(character) < 0x20 and character != "\n") or character == "\x7f" for character in shown
    )


def test_the_data_set_is_whole(datasets: Path) -> None:
    info = describe("folder:odd", datasets)
    assert set(info.class_names) == set(NAMES.values())
    assert info.train_counts == (4,) * len(NAMES)
    assert "folder:odd" in [known.name for known in list_datasets(datasets)]
    stored = json.loads((datasets / "folders" / "odd" / "info.json").read_bytes())
    assert len(stored["report"]["skipped"]) == 2 * len(NAMES)
    json.dumps(stored, ensure_ascii=False).encode()


def test_a_data_set_stored_with_such_names_before_is_read(datasets: Path) -> None:
    file = datasets / "folders" / "odd" / "info.json"
    before = file.read_bytes()
    stored = json.loads(before)
    stored["class_names"] = [os.fsdecode(name) for name in sorted(NAMES)]
    file.write_text(json.dumps(stored))
    try:
        assert set(describe("folder:odd", datasets).class_names) == set(NAMES.values())
    finally:
        file.write_bytes(before)


@pytest.mark.parametrize("encoding", ["", *ENCODINGS])
def test_import_prints_text_under_every_encoding(said: dict[Command, Said], encoding: str) -> None:
    code, output, errors = said[encoding, *ADD]
    assert code == 0, errors
    assert is_text(output)
    assert is_text(errors)
    lines = output.splitlines()
    for name in (rb"caf\xe9", rb"\x1b[31mred", rb"two\x0alines"):
        assert b"  " + name + b": 4 training, 1 test" in lines
    assert b"Skipped 8 files:" in lines


@pytest.mark.parametrize("encoding", ["", *ENCODINGS])
def test_a_run_prints_text_under_every_encoding(said: dict[Command, Said], encoding: str) -> None:
    code, output, errors = said[encoding, *RUN]
    assert code == 1
    assert b"There is no data set 'folder:missing'." in output
    assert b"UnicodeEncodeError" not in errors


@pytest.mark.parametrize("encoding", ["", *ENCODINGS])
def test_an_unreadable_path_is_named(said: dict[Command, Said], encoding: str) -> None:
    code, _, errors = said[encoding, *NOWHERE]
    assert code == 2
    assert rb"caf\xe9\x1b[2J" in errors
    assert is_text(errors)
