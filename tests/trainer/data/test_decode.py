"""Every mode of an image file to RGB, against values worked out by hand; and every way to be damaged."""

import io
import struct
import zlib
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from trainer.data.decode import Decoded, decode
from trainer.errors import DataError

MANY = 1_000_000
RAMP = np.arange(256, dtype=np.uint8).reshape(16, 16)
RED, BLUE = (255, 0, 0), (0, 0, 255)


def saved(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def decoded(image: Image.Image, kind: str = "PNG", size: int = 16, **options: object) -> Decoded:
    return decode(saved(image, kind, **options), size, MANY)


def close(pixels: NDArray[np.uint8], colour: tuple[int, int, int], within: int = 2) -> bool:
    return bool((np.abs(pixels.astype(int) - colour) <= within).all())


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_sixteen_bit_gray_equals_its_eight_bit_twin(kind: str) -> None:
    deep = decoded(Image.fromarray(RAMP.astype(np.uint16) * 257), kind)
    twin = decoded(Image.fromarray(RAMP), kind)
    assert np.array_equal(deep.pixels, twin.pixels)
    assert deep.pixels.mean() == 127.5
    assert len(np.unique(deep.pixels)) == 256
    assert (deep.mode, twin.mode) == ("I;16", "L")


def test_big_endian_sixteen_bit_gray_is_the_same() -> None:
    values = RAMP.astype(np.uint16) * 257
    image = Image.frombytes("I;16B", (16, 16), values.astype(">u2").tobytes())
    assert np.array_equal(decoded(image, "TIFF").pixels[..., 0], RAMP)


def test_cmyk_jpeg_is_taken_as_ink_with_adobe_marker_and_without() -> None:
    ink = Image.new("CMYK", (16, 16), (0, 255, 255, 0))
    by_adobe = saved(ink, "JPEG")
    assert close(decode(by_adobe, 16, MANY).pixels, RED)
    marker = by_adobe.index(b"\xff\xee")
    (length,) = struct.unpack(">H", by_adobe[marker + 2 : marker + 4])
    inverted = saved(Image.new("CMYK", (16, 16), (255, 0, 0, 255)), "JPEG")
    plain = inverted[:marker] + inverted[marker + 2 + length :]
    assert close(decode(plain, 16, MANY).pixels, RED)


def test_cmyk_tiff_is_taken_as_ink() -> None:
    assert close(decoded(Image.new("CMYK", (16, 16), (0, 255, 255, 0)), "TIFF").pixels, RED, within=0)


def test_transparent_pixels_show_white() -> None:
    rgba = Image.new("RGBA", (16, 16), (0, 0, 0, 0))
    rgba.paste((255, 0, 0, 255), (0, 0, 8, 16))
    pixels = decoded(rgba).pixels
    assert (pixels[:, :8] == RED).all()
    assert (pixels[:, 8:] == 255).all()
    half = decoded(Image.new("RGBA", (16, 16), (255, 0, 0, 128))).pixels
    assert close(half, (255, 127, 127), within=1)
    assert (decoded(Image.new("LA", (16, 16), (0, 0))).pixels == 255).all()


def test_palette_with_and_without_a_transparent_entry() -> None:
    palette = Image.new("P", (16, 16), 1)
    palette.putpalette([0, 0, 255, 255, 0, 0])
    assert (decoded(palette).pixels == RED).all()
    assert (decoded(palette, transparency=1).pixels == 255).all()
    assert (decoded(palette, "GIF").pixels == RED).all()


def test_one_bit_gray_and_colour_keep_their_values() -> None:
    checks = Image.fromarray(RAMP > 127)
    assert checks.mode == "1"
    assert np.array_equal(decoded(checks).pixels[..., 1], np.where(RAMP > 127, 255, 0))
    assert np.array_equal(decoded(Image.fromarray(RAMP), "BMP").pixels[..., 2], RAMP)
    colour = np.random.RandomState(0).randint(0, 256, (16, 16, 3), np.uint8)
    assert np.array_equal(decoded(Image.fromarray(colour), "WEBP", lossless=True).pixels, colour)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP"])
@pytest.mark.parametrize(
    ("orientation", "undo"),
    [
        (1, lambda image: image),
        (2, np.fliplr),
        (3, lambda image: np.rot90(image, 2)),
        (4, np.flipud),
        (5, lambda image: np.transpose(image, (1, 0, 2))),
        (6, lambda image: np.rot90(image, -1)),
        (7, lambda image: np.rot90(np.transpose(image, (1, 0, 2)), 2)),
        (8, lambda image: np.rot90(image, 1)),
    ],
)
def test_the_exif_turn_is_carried_out(
    kind: str, orientation: int, undo: Callable[[NDArray[np.uint8]], NDArray[np.uint8]]
) -> None:
    quarters = np.zeros((16, 16, 3), np.uint8)
    quarters[:8, :8], quarters[8:, :8], quarters[:8, 8:] = RED, BLUE, 255
    exif = Image.Exif()
    exif[0x0112] = orientation
    pixels = decoded(Image.fromarray(quarters), kind, exif=exif).pixels
    centres = np.s_[3::8, 3::8]
    assert np.abs(pixels[centres].astype(int) - undo(quarters)[centres]).max() < 60


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
def test_a_damaged_exif_block_does_not_lose_the_picture() -> None:
    content = saved(Image.new("RGB", (16, 16), RED), "JPEG", exif=b"Exif\0\0MM\0*\0\0\0\x08\xff\xff\0\0")
    assert close(decode(content, 16, MANY).pixels, RED)


def test_the_whole_picture_is_squeezed_into_the_square() -> None:
    wide = Image.new("RGB", (128, 32), RED)
    wide.paste(BLUE, (64, 0, 128, 32))
    pixels = decoded(wide, size=32).pixels
    assert pixels.shape == (32, 32, 3)
    assert (pixels[:, :14] == RED).all()
    assert (pixels[:, 18:] == BLUE).all()


def test_shrinking_averages_instead_of_picking_pixels() -> None:
    checks = (np.indices((128, 128)).sum(0) % 2 * 255).astype(np.uint8)
    assert np.abs(decoded(Image.fromarray(checks), size=16).pixels.astype(int) - 127).max() <= 2


def test_several_frames_are_noticed_and_the_first_is_used() -> None:
    frames = [Image.new("RGB", (16, 16), colour) for colour in (RED, BLUE)]
    found = decoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert found.frames
    assert close(found.pixels, RED)
    assert not decoded(frames[0], "GIF").frames


@pytest.mark.parametrize("mode", ["I", "F"])
def test_values_without_a_fixed_scale_are_refused(mode: str) -> None:
    with pytest.raises(DataError, match="32-bit values"):
        decoded(Image.new(mode, (16, 16)), "TIFF")


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF"])
@pytest.mark.parametrize("side", [64, 512])
def test_a_file_cut_at_half_its_bytes_is_refused(kind: str, side: int) -> None:
    noise = np.random.RandomState(1).randint(0, 256, (side, side, 3), np.uint8)
    content = saved(Image.fromarray(noise), kind)
    assert decode(content, 32, MANY).pixels.shape == (32, 32, 3)
    with pytest.raises(DataError, match="damaged or cut off"):
        decode(content[: len(content) // 2], 32, MANY)


def test_empty_text_and_foreign_formats_are_refused_with_the_reason() -> None:
    with pytest.raises(DataError, match="the file is empty"):
        decode(b"", 16, MANY)
    for content in (b"just words", saved(Image.new("RGB", (16, 16)), "PPM"), b"%!PS-Adobe-3.0 EPSF-3.0\n"):
        with pytest.raises(DataError, match="not an image"):
            decode(content, 16, MANY)


def test_more_pixels_than_allowed_are_refused_before_they_are_decoded() -> None:
    with pytest.raises(DataError, match=r"20 x 10 is more than 199 pixels"):
        decode(saved(Image.new("RGB", (20, 10))), 16, 199)
    small = saved(Image.new("1", (1, 1)))
    header = small[12:16] + struct.pack(">II", 60_000, 60_000) + small[24:29]
    bomb = small[:12] + header + struct.pack(">I", zlib.crc32(header)) + small[33:]
    with pytest.raises(DataError, match="pixels"):
        decode(bomb, 16, MANY)
