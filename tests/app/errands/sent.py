"""Archives and folders to import, and the steps of an import carried out here instead of by a process."""

import io
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from starlette.testclient import TestClient

from app.errands.child import carry_out
from app.errands.place import errands
from app.settings import Settings

API = "/api/v1/datasets"
WILD = {"cat": (12, 3), "dog": (6, 3), "fox": (2, 3)}


def picture(seed: int, size: int = 24) -> bytes:
    noise = np.random.RandomState(seed).randint(0, 256, (size, size, 3), np.uint8)
    written = io.BytesIO()
    Image.fromarray(noise).save(written, "PNG")
    return written.getvalue()


def long_tailed() -> dict[str, bytes]:
    """Three classes of WILD's counts, and a file that is none."""
    files = {"train/cat/broken.png": b""}
    for name, counts in WILD.items():
        for split, number in zip(("train", "test"), counts, strict=True):
            for at in range(number):
                files[f"{split}/{name}/{at}.png"] = picture(len(files))
    return files


def packed(files: Mapping[str, bytes], mode: str = "w") -> bytes:
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode=mode) as tar:  # type: ignore[call-overload]
        for path, content in files.items():
            member = tarfile.TarInfo(path)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return written.getvalue()


def unpacked(folder: Path, files: Mapping[str, bytes]) -> Path:
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    return folder


def begun(client: TestClient, content: bytes, **asked: Any) -> str:
    """The address of an import that nothing was sent to yet."""
    body = {"name": "pets", "file_name": "pets.tar", "bytes": len(content), **asked}
    answer = client.post(API, json=body)
    assert answer.status_code == 201, answer.text
    assert answer.headers["location"] == f"{API}/imports/{answer.json()['id']}"
    return str(answer.headers["location"])


def send(client: TestClient, address: str, content: bytes, offset: int = 0) -> Any:
    return client.put(f"{address}/content", params={"offset": offset}, content=content)


def work(settings: Settings) -> None:
    """Carry out every step that is due."""
    for place in errands(settings):
        errand = place.errand()
        if errand and errand.step != "receive" and not place.told(errand.step).is_over:
            carry_out(place, errand, settings.datasets_dir)
