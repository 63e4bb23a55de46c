"""Folders, zips and tars: read alike, and refused whole where a member would leave the target."""

import gzip
import io
import os
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainer.data.archive import open_tree, safe_path
from trainer.data.tree import Limits, UnreadableError
from trainer.errors import DataError

Pack = Callable[[str, Mapping[str, bytes]], Path]

FILES = {"train/cat/1.png": b"one", "train/dog/2.png": b"two", "notes.txt": b"words"}
LIMITS = Limits()


def contents(path: Path, limits: Limits = LIMITS) -> dict[str, bytes]:
    with open_tree(path, limits) as tree:
        return {name: b"".join(chunks) for name, chunks in tree.read(set(tree.listing.files))}


def skipped(path: Path, limits: Limits = LIMITS) -> dict[str, str]:
    with open_tree(path, limits) as tree:
        return dict(tree.listing.skipped)


@pytest.mark.parametrize(
    "name", ["pets", "pets.zip", "pets.tar", "pets.tar.gz", "pets.tgz", "no-ending.tar.x"]
)
def test_a_folder_and_every_archive_of_it_hold_the_same(pack: Pack, name: str) -> None:
    assert contents(pack(name, FILES)) == FILES


def test_only_the_files_asked_for_are_read(pack: Pack) -> None:
    for name in ("pets", "pets.zip", "pets.tar.gz"):
        with open_tree(pack(name, FILES), LIMITS) as tree:
            read = {name: b"".join(chunks) for name, chunks in tree.read({"notes.txt"})}
        assert read == {"notes.txt": b"words"}


def test_paths_of_windows_archives_have_parts(pack: Pack) -> None:
    assert contents(pack("w.zip", {"train\\cat\\1.png": b"x"})) == {"train/cat/1.png": b"x"}


def test_a_name_twice_counts_once(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "twice.tar", "w") as tar:
        for content in (b"first", b"second"):
            member = tarfile.TarInfo("cat/1.png")
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    assert contents(tmp_path / "twice.tar") == {"cat/1.png": b"first"}
    assert "twice" in skipped(tmp_path / "twice.tar")["cat/1.png"]


UNSAFE = ["../../secret.txt", "..\\secret.txt", "/etc/passwd", "cat/../../x.png", "C:\\x.png", "\\\\host\\x"]


@pytest.mark.parametrize("name", UNSAFE)
@pytest.mark.parametrize("kind", ["bad.zip", "bad.tar.gz"])
def test_a_member_that_would_leave_refuses_the_whole_archive(pack: Pack, kind: str, name: str) -> None:
    path = pack(kind, {**FILES, name: b"x"})
    with pytest.raises(DataError, match="nothing of it was read") as refused, open_tree(path, LIMITS):
        pytest.fail("the archive was opened")
    assert refused.value.hint


def tar_with(path: Path, **fields: object) -> Path:
    member = tarfile.TarInfo("train/cat/link.png")
    for key, value in fields.items():
        setattr(member, key, value)
    with tarfile.open(path, "w") as tar:
        tar.addfile(member)
    return path


@pytest.mark.parametrize("target", ["/etc/passwd", "../../../secret", "..", "C:\\x"])
@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE])
def test_a_link_out_of_a_tar_refuses_it(tmp_path: Path, kind: bytes, target: str) -> None:
    path = tar_with(tmp_path / "link.tar", type=kind, linkname=target)
    if kind == tarfile.SYMTYPE and target == "..":
        assert "a link" in skipped(path)["train/cat/link.png"]
        return
    with pytest.raises(DataError, match="a link that leads outside"), open_tree(path, LIMITS):
        pytest.fail("the archive was opened")


@pytest.mark.parametrize("kind", [tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE])
def test_a_device_or_pipe_in_a_tar_refuses_it(tmp_path: Path, kind: bytes) -> None:
    path = tar_with(tmp_path / "device.tar", type=kind)
    with pytest.raises(DataError, match="a device or pipe"), open_tree(path, LIMITS):
        pytest.fail("the archive was opened")


def zip_with_mode(path: Path, mode: int, content: str) -> Path:
    member = zipfile.ZipInfo("train/cat/link.png")
    member.create_system, member.external_attr = 3, mode << 16
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(member, content)
    return path


def test_links_and_devices_in_a_zip_follow_the_same_rule(tmp_path: Path) -> None:
    assert "a link" in skipped(zip_with_mode(tmp_path / "in.zip", 0o120777, "1.png"))["train/cat/link.png"]
    for name, mode, words in (("out", 0o120777, "leads outside"), ("dev", 0o020600, "a device or pipe")):
        path = zip_with_mode(tmp_path / f"{name}.zip", mode, "../../../secret")
        with pytest.raises(DataError, match=words), open_tree(path, LIMITS):
            pytest.fail("the archive was opened")


@given(st.lists(st.sampled_from(["..", ".", "", "a", "b c", "C:", "...", "..a"]), min_size=1, max_size=5))
def test_a_safe_path_stays_inside(parts: list[str]) -> None:
    name = "/".join(parts)
    try:
        path = safe_path(name)
    except DataError:
        return
    inside = Path("/target").joinpath(path)
    assert os.path.normpath(inside) == str(inside)
    assert inside.is_relative_to("/target")


@pytest.mark.parametrize("kind", ["pets", "pets.zip", "pets.tar.gz"])
def test_the_limits_are_kept_and_said(pack: Pack, kind: str) -> None:
    path = pack(kind, FILES)
    for limits, words in (
        (replace(LIMITS, total_bytes=10), "more than 10 bytes"),
        (replace(LIMITS, files=2), "more than 2 files"),
        (replace(LIMITS, names=20), "longer than 20 characters, all together"),
        (replace(LIMITS, path=10), "a path of 1[15] characters in 2 folders; 10 characters and"),
        (replace(LIMITS, depth=1), "characters and 1 folders are the most"),
    ):
        with pytest.raises(DataError, match=words), open_tree(path, limits):
            pytest.fail("the tree was opened")
    assert skipped(path, replace(LIMITS, file_bytes=4)) == {"notes.txt": "larger than 4 bytes"}


@pytest.mark.parametrize("kind", ["pets.zip", "pets.tar", "pets.tar.gz"])
def test_a_cut_archive_is_refused_in_one_sentence(pack: Pack, kind: str) -> None:
    path = pack(kind, {f"cat/{number}.png": os.urandom(3000) for number in range(40)})
    path.write_bytes(path.read_bytes()[:70_000])
    with pytest.raises(DataError, match=r"damaged or cut off|neither a folder nor"), open_tree(path, LIMITS):
        pytest.fail("the archive was opened")


def test_a_tar_is_refused_where_the_rest_of_its_files_is_lost(pack: Pack) -> None:
    """By the format (POSIX, ustar) a file is a block of 512 bytes and more for its content; zeros end all."""
    whole = pack("pets.tar", FILES).read_bytes()
    headers = [at for at in range(0, len(whole), 512) if whole[at + 257 : at + 262] == b"ustar"]
    assert len(headers) == 3
    for lost in (whole[: headers[2]], whole[: headers[2]] + b"\xaa" * (len(whole) - headers[2])):
        damaged = pack("damaged.tar", {})
        damaged.write_bytes(lost)
        with pytest.raises(DataError, match=rf"damaged or cut off: after {headers[2]:,} bytes"):
            contents(damaged)


def test_a_packed_tar_is_refused_where_its_checksum_says_that_bytes_are_wrong(tmp_path: Path) -> None:
    """Stored, not deflated, a changed byte of an image changes nothing else: only the checksum tells."""
    member = tarfile.TarInfo("cat/1.png")
    member.size = 1000
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w") as tar:
        tar.addfile(member, io.BytesIO(b"\x07" * 1000))
    stored = bytearray(gzip.compress(written.getvalue(), compresslevel=0))
    stored[stored.index(b"\x07" * 1000) + 500] = 8
    (tmp_path / "pets.tar.gz").write_bytes(stored)
    with pytest.raises(DataError, match="damaged or cut off: CRC check failed"):
        contents(tmp_path / "pets.tar.gz")


def test_a_tar_may_not_go_on_for_ever_behind_its_end(pack: Pack) -> None:
    plain = pack("pets.tar", FILES)
    plain.write_bytes(gzip.compress(plain.read_bytes() + bytes(70_000_000), compresslevel=1))
    with pytest.raises(DataError, match="goes on behind its end"):
        contents(plain)


def test_a_damaged_or_encrypted_member_of_a_zip_is_named(pack: Pack) -> None:
    path = pack("pets.zip", FILES)
    raw = bytearray(path.read_bytes())
    raw[raw.index(b"one")] ^= 1
    raw[raw.rindex(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(raw)
    with open_tree(path, LIMITS) as tree:
        assert tree.listing.skipped == [("notes.txt", "encrypted")]
        read = dict(tree.read(set(tree.listing.files)))
        with pytest.raises(UnreadableError, match="damaged in the archive"):
            list(read["train/cat/1.png"])


def test_what_is_neither_folder_nor_archive_is_refused(tmp_path: Path) -> None:
    (tmp_path / "words.txt").write_text("words")
    for path, words in (
        (tmp_path / "words.txt", "neither a folder nor"),
        (tmp_path / "none", "no folder or"),
    ):
        with pytest.raises(DataError, match=words), open_tree(path, LIMITS):
            pytest.fail("it was opened")


def test_links_in_a_folder_are_followed_and_odd_files_named(pack: Pack, tmp_path: Path) -> None:
    root = pack("pets", FILES)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "3.png").write_bytes(b"three")
    (root / "train" / "fox").symlink_to(tmp_path / "elsewhere")
    (root / "train" / "again").symlink_to(root / "train")
    (root / "train" / "gone.png").symlink_to(root / "nothing")
    os.mkfifo(root / "train" / "pipe.png")
    assert contents(root)["train/fox/3.png"] == b"three"
    assert set(skipped(root)) == {"train/again", "train/gone.png", "train/pipe.png"}
    assert skipped(root)["train/pipe.png"] == "not a regular file"
