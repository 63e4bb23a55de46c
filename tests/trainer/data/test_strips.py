"""Strips change no pixel; and what decoding takes is bounded by the header."""

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from trainer.data import decode as decoding
from trainer.data.decode import decode
from trainer.errors import DataError

MODES = {
    "RGB": "PNG",
    "L": "PNG",
    "LA": "PNG",
    "RGBA": "PNG",
    "P": "PNG",
    "1": "PNG",
    "I;16": "PNG",
    "CMYK": "TIFF",
}
MANY = 10**9


def picture(mode: str, width: int, height: int, seed: int, orientation: int) -> bytes:
    noise = np.random.RandomState(seed).randint(0, 256, (height, width, 4), np.uint8)
    image = Image.fromarray(noise).convert("RGB") if mode != "RGBA" else Image.fromarray(noise)
    image = Image.fromarray(noise[..., 0].astype(np.uint16) * 257) if mode == "I;16" else image.convert(mode)
    exif, buffer = Image.Exif(), io.BytesIO()
    exif[0x0112] = orientation
    image.save(buffer, MODES[mode], exif=exif)
    return buffer.getvalue()


def whole(content: bytes, size: int) -> object:
    """Pillow's own way, in one piece, for the modes that it converts as this module does."""
    with Image.open(io.BytesIO(content)) as image:
        image.load()
        turn = decoding._TURNS.get(image.getexif().get(0x0112, 0))
        rgb = decoding._converter(image)(image)
        rgb = rgb if turn is None else rgb.transpose(turn)
        narrow = rgb.resize((size, rgb.height), Image.Resampling.BILINEAR)
        return np.asarray(narrow.resize((size, size), Image.Resampling.BILINEAR)).tolist()


@given(
    mode=st.sampled_from(sorted(MODES)),
    width=st.integers(1, 70),
    height=st.integers(1, 70),
    seed=st.integers(0, 9),
    orientation=st.integers(0, 9),
    strip=st.sampled_from([1, 40, 333, 2**18]),
)
def test_strips_give_the_pixels_of_the_whole(
    mode: str, width: int, height: int, seed: int, orientation: int, strip: int
) -> None:
    content = picture(mode, width, height, seed, orientation)
    with pytest.MonkeyPatch.context() as changed:
        changed.setattr(decoding, "_STRIP_PIXELS", strip)
        changed.setattr(decoding, "_WHOLE_PIXELS", 0)
        found = decode(content, 16, MANY)
    assert found.pixels.tolist() == whole(content, 16)
    assert found.turned == (orientation in range(2, 9))


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("kind", "options", "taken"),
    [
        ("PNG", {}, 4 * 1_000_000 + 1000 * 32 * 4),
        ("WEBP", {}, 12 * 1_000_000 + 1000 * 32 * 4),
        ("JPEG", {}, 4 * 125 * 125 + 125 * 32 * 4),
        ("JPEG", {"progressive": True}, 3 * 1_000_000 + 4 * 125 * 125 + 125 * 32 * 4),
        ("JPEG", {"progressive": True, "subsampling": 0}, 6 * 1_000_000 + 4 * 125 * 125 + 125 * 32 * 4),
    ],
)
def test_what_a_picture_takes_is_reckoned_by_its_header(
    kind: str, options: dict[str, bool], taken: int
) -> None:
    content = saved(Image.new("RGB", (1000, 1000)), kind, **options)
    assert decode(content, 32, MANY, memory=taken).pixels.shape == (32, 32, 3)
    with pytest.raises(DataError, match=rf"take {taken:,} bytes to decode; {taken - 1:,} is the most"):
        decode(content, 32, MANY, memory=taken - 1)


@pytest.mark.slow
def test_a_picture_of_one_column_does_not_widen_into_gigabytes() -> None:
    with pytest.raises(DataError, match="bytes to decode"):
        decode(saved(Image.new("L", (1, 3_000_000)), "PNG"), 256, MANY)


def test_the_machines_trouble_is_not_the_files() -> None:
    class Torn(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            raise OSError(5, "Input/output error")

    class Full(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            raise MemoryError

    for file, error in ((Torn(b"x"), OSError), (Full(b"x"), MemoryError)):
        with pytest.raises(error):
            decode(file, 16, MANY)
