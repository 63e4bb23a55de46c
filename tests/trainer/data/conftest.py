"""Small pictures and folders of them, for the tests of data sets."""

import io
import json
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

Encode = Callable[..., bytes]
Pack = Callable[[str, Mapping[str, bytes]], Path]
Stored = Callable[[Path, str], Any]


@pytest.fixture
def encode() -> Encode:
    """(seed, format, size) -> the bytes of a picture of noise that only this seed gives."""

    def encoded(seed: int = 0, kind: str = "PNG", size: int = 16) -> bytes:
        noise = np.random.RandomState(seed).randint(0, 256, (size, size, 3), np.uint8)
        buffer = io.BytesIO()
        Image.fromarray(noise).save(buffer, kind)
        return buffer.getvalue()

    return encoded


@pytest.fixture
def pack(tmp_path: Path) -> Pack:
    """(name, {path: content}) -> a zip, tar or folder of these files, by the name's ending."""

    def packed(name: str, files: Mapping[str, bytes]) -> Path:
        target = tmp_path / name
        if name.endswith(".zip"):
            with zipfile.ZipFile(target, "w") as archive:
                for path, content in files.items():
                    archive.writestr(path, content)
        elif ".tar" in name or name.endswith(".tgz"):
            with tarfile.open(target, "w:" if name.endswith(".tar") else "w:gz") as tar:
                for path, content in files.items():
                    member = tarfile.TarInfo(path)
                    member.size = len(content)
                    tar.addfile(member, io.BytesIO(content))
        else:
            for path, content in files.items():
                (target / path).parent.mkdir(parents=True, exist_ok=True)
                (target / path).write_bytes(content)
        return target

    return packed


@pytest.fixture
def stored() -> Stored:
    """(datasets_dir, name) -> the stored info.json of an imported data set."""

    def read(datasets: Path, name: str) -> Any:
        return json.loads((datasets / "folders" / name / "info.json").read_text())

    return read
