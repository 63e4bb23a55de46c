"""The memory of an import is bounded, whatever is imported: peaks of a process of its own.

Read from /proc, since getrusage counts what the process was before it became another, here the tests' own.
"""

import gzip
import io
import json
import os
import struct
import subprocess
import sys
import tarfile
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from trainer.data.archive import open_tree
from trainer.data.contents import SMALL, Contents
from trainer.data.tree import Limits
from trainer.errors import DataError

pytestmark = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs /proc")

MOST = 150 * 2**20
"""Bytes resident at the peak, the interpreter and its libraries (about 60 MB) included."""
VAST = 400 * 2**20
"""The same while the largest picture is read that is taken: its pixels are 256 MB."""

IMPORT = """
import json, os, sys
from pathlib import Path
from trainer.data.folder import import_folder
from trainer.errors import DataError

def imported(path, datasets):
    try:
        report = import_folder("hostile", Path(path), Path(datasets))
    except DataError as error:
        return {"refused": error.message}
    return {"images": report.train_images + report.test_images,
            "reasons": sorted({skipped.reason for skipped in report.skipped})}

for line in sys.stdin:
    if not os.fork():
        told = imported(*json.loads(line))
        status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
        print(json.dumps(told | {"peak": 1024 * int(status["VmHWM"].split()[0])}), flush=True)
        os._exit(0)
    if os.wait()[1]:
        sys.exit("an import failed")
"""
"""Each import is a fork, whose peak begins with what the process holds that it came from."""

Imported = Callable[[Path, Path], dict[str, object]]


@pytest.fixture(scope="module")
def imported() -> Iterator[Imported]:
    """What an import of a path into a folder of data sets says, and its peak in bytes."""
    with subprocess.Popen(
        [sys.executable, "-c", IMPORT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:

        def told(path: Path, datasets: Path) -> dict[str, object]:
            assert process.stdin is not None
            assert process.stdout is not None
            print(json.dumps([str(path), str(datasets)]), file=process.stdin, flush=True)
            found: dict[str, object] = json.loads(process.stdout.readline())
            return found

        yield told
        process.communicate()


def small_png() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (16, 16)).save(buffer, "PNG")
    return buffer.getvalue()


def many_large_files(folder: Path) -> Path:
    """Eight names of one PNG of 20 MB."""
    noise = np.random.RandomState(0).randint(0, 256, (2600, 2600, 3), np.uint8)
    (folder / "cat").mkdir(parents=True)
    Image.fromarray(noise).save(folder / "cat" / "0.png", compress_level=0)
    for number in range(1, 8):
        os.link(folder / "cat" / "0.png", folder / "cat" / f"{number}.png")
    return folder


def many_swelling_members(path: Path) -> Path:
    """A zip of 1 MB whose members are 240 MB unpacked."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name in ("a", "b"):
            archive.writestr(f"cat/{name}.png", small_png())
        for number in range(6):
            archive.writestr(f"cat/{number}.png", bytes(40 * 2**20))
    return path


def a_member_that_lies(path: Path) -> Path:
    """A zip of 1 MB with a member that claims 1,000 bytes and unpacks to 200 MB."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name in ("a", "b"):
            archive.writestr(f"cat/{name}.png", small_png())
        with archive.open("cat/c.png", "w") as member:
            for _ in range(200):
                member.write(bytes(2**20))
    raw = bytearray(path.read_bytes())
    struct.pack_into("<I", raw, raw.rindex(b"PK\x01\x02") + 24, 1000)
    path.write_bytes(raw)
    return path


def one_vast_picture(folder: Path) -> Path:
    """A PNG of 8,000 x 8,000 transparent pixels, 64 million, in a file of 250 kB; and two small ones."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        )

    header, rows = struct.pack(">IIBBBBB", 8000, 8000, 8, 6, 0, 0, 0), zlib.compressobj()
    packed = b"".join(rows.compress(bytes(1 + 4 * 8000)) for _ in range(8000)) + rows.flush()
    vast = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")
    (folder / "cat").mkdir(parents=True)
    for name, content in (("a", small_png()), ("b", small_png()), ("c", vast)):
        (folder / "cat" / f"{name}.png").write_bytes(content)
    return folder


@pytest.mark.slow
def test_many_large_files_are_held_one_at_a_time(tmp_path: Path, imported: Imported) -> None:
    told = imported(many_large_files(tmp_path / "large"), tmp_path)
    assert told["images"] == 8
    assert int(str(told["peak"])) < MOST


@pytest.mark.slow
@pytest.mark.parametrize(
    ("make", "reason"),
    [(many_swelling_members, "not an image, whatever its name says"), (a_member_that_lies, "damaged in the")],
)
def test_what_swells_is_read_a_piece_at_a_time(
    tmp_path: Path, imported: Imported, make: Callable[[Path], Path], reason: str
) -> None:
    path = make(tmp_path / "swelling.zip")
    assert path.stat().st_size < 2 * 2**20
    told = imported(path, tmp_path)
    assert told["images"] == 2
    assert reason in str(told["reasons"])
    assert int(str(told["peak"])) < MOST


@pytest.mark.slow
def test_the_largest_picture_that_is_taken_fits(tmp_path: Path, imported: Imported) -> None:
    told = imported(one_vast_picture(tmp_path / "vast"), tmp_path)
    assert told["images"] == 3
    assert int(str(told["peak"])) < VAST


@pytest.mark.slow
@pytest.mark.parametrize("kind", [tarfile.GNUTYPE_LONGNAME, tarfile.XHDTYPE, tarfile.XGLTYPE])
def test_a_header_of_a_tar_is_not_taken_at_its_word(tmp_path: Path, imported: Imported, kind: bytes) -> None:
    first, name = tarfile.TarInfo("cat/1.png"), tarfile.TarInfo("long")
    name.type, name.size = kind, 450 * 2**20
    path = tmp_path / "names.tar.gz"
    path.write_bytes(gzip.compress(first.tobuf() + name.tobuf()) + 450 * gzip.compress(bytes(2**20)))
    told = imported(path, tmp_path)
    assert "claims 471,859,200 bytes" in str(told["refused"])
    assert int(str(told["peak"])) < MOST


def zip_of_names(path: Path, names: int, length: int) -> Path:
    """A zip whose directory has so many entries of one byte each, all of them the same one, named by numbers.

    Written by hand: the standard library takes a minute for a million.
    """
    name, crc = b"cat/0.png", zlib.crc32(b"x")
    first = struct.pack("<4s5H3I2H", b"PK\x03\x04", 20, 0, 0, 0, 33, crc, 1, 1, len(name), 0) + name + b"x"
    entry = struct.pack("<4s6H3I5H2I", b"PK\x01\x02", 20, 20, 0, 0, 0, 33, crc, 1, 1, length, *[0] * 6)
    directory = b"".join(entry + f"cat/{number:0{length - 8}}.png".encode() for number in range(names))
    at, size = len(first), len(directory)
    end = struct.pack("<4sQ2H2I4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, names, names, size, at)
    locator = struct.pack("<4sIQI", b"PK\x06\x07", 0, at + size, 1)
    last = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    path.write_bytes(first + directory + end + locator + last)
    return path


@pytest.mark.slow
@pytest.mark.parametrize(
    ("names", "length", "words"),
    [
        (600_000, 16, "more than 500,000 files and folders"),
        (2_000, 60_000, "longer than 33,554,432 characters"),
    ],
)
def test_a_long_list_of_names_is_refused_before_it_is_held(
    tmp_path: Path, imported: Imported, names: int, length: int, words: str
) -> None:
    told = imported(zip_of_names(tmp_path / "names.zip", names, length), tmp_path)
    assert words in str(told["refused"])
    assert int(str(told["peak"])) < MOST


def test_a_directory_of_names_within_the_limits_is_read(tmp_path: Path) -> None:
    with open_tree(zip_of_names(tmp_path / "names.zip", 3, 16), Limits(files=3)) as tree:
        assert tree.listing.files == [f"cat/0000000{number}.png" for number in range(3)]


def test_attributes_of_the_members_of_a_tar_are_not_kept(tmp_path: Path) -> None:
    path, long = tmp_path / "attributes.tar", 900_000
    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as tar:
        for number in range(30):
            member = tarfile.TarInfo(f"cat/{number}.png")
            member.pax_headers = {"comment": "x" * long}
            tar.addfile(member)
    tracemalloc.start()
    try:
        with open_tree(path, Limits()) as tree:
            assert len(tree.listing.files) == 30
            assert tracemalloc.get_traced_memory()[0] < 3 * long
    finally:
        tracemalloc.stop()


def test_bytes_that_really_come_count_against_the_limits(tmp_path: Path) -> None:
    growing = tmp_path / "grown" / "1.png"
    growing.parent.mkdir()
    growing.write_bytes(b"x")
    limits = Limits(total_bytes=2 * SMALL, file_bytes=SMALL + 1000)
    with open_tree(tmp_path / "grown", limits) as tree:
        growing.write_bytes(bytes(SMALL + 5000))
        [read] = Contents(tree, limits, tmp_path).batches(["1.png"])
        assert [(path, str(error)) for path, error in read] == [
            ("1.png", f"larger than {SMALL + 1000:,} bytes")
        ]
        with pytest.raises(DataError, match="more than 9 bytes"):
            list(Contents(tree, replace(limits, total_bytes=9), tmp_path).batches(["1.png"]))
