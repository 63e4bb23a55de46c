"""The client's calls about data sets: a folder imported through a server, shown, renamed, deleted."""

from pathlib import Path

import pytest

from app.client import Client
from app.client import datasets as calls
from app.client.errors import ConflictedError, MissingError, RefusedError
from app.views.datasets.view import ImportView
from tests.app.errands.sent import WILD, long_tailed, packed, unpacked

pytestmark = pytest.mark.slow


def test_a_folder_is_imported_renamed_and_deleted(
    web_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calls, "CHUNK_BYTES", 20_000)
    seen: list[ImportView] = []
    with Client(web_url) as board:
        folder = unpacked(tmp_path / "pets", long_tailed())
        made = board.import_dataset("pets", folder, size=16, on_look=seen.append)
        counts = zip(made.class_names, zip(made.train_counts, made.test_counts, strict=True), strict=True)
        assert (dict(counts), made.image_size) == (WILD, 16)
        received = [view.received for view in seen if view.state == "receiving"]
        assert len(received) > 2
        assert received == sorted(received)
        with pytest.raises(ConflictedError, match="already"):
            board.import_dataset("pets", folder)
        assert board.rename_dataset("folder:pets", "beasts").former_names == ("folder:pets",)
        assert "folder:beasts" in [one.name for one in board.datasets()]
        board.delete_dataset("folder:beasts")
        with pytest.raises(MissingError):
            board.dataset("folder:beasts")


def test_what_cannot_be_imported_says_why_and_leaves_nothing(web_url: str, tmp_path: Path) -> None:
    archive = tmp_path / "flat.tar"
    archive.write_bytes(packed({"1.png": b"x", "2.png": b"x"}))
    nested = {f"train/{kind}/{name}/{at}.png": b"x" for kind, name in ("xa", "yb", "yc") for at in range(2)}
    with Client(web_url) as board:
        with pytest.raises(RefusedError, match="lie in no class folder"):
            board.import_dataset("flat", archive)
        with pytest.raises(RefusedError, match="depth=2: 3 classes: a, b, c"):
            board.import_dataset("nested", unpacked(tmp_path / "nested", nested))
        assert board._send("GET", "/api/v1/datasets/imports").json() == {"items": []}
