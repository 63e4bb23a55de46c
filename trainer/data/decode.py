"""One image file to one square of 8-bit RGB, whatever its mode, and whole or not at all. Pillow.

What each mode becomes: 16-bit gray is divided by 257; CMYK is taken as ink, inverted where Adobe's marker
says so; transparent pixels show white paper; palettes and 1-bit files are looked up; the EXIF turn is
carried out. 32-bit modes have no fixed scale and are refused. Colour profiles are not applied. The square
holds the whole picture, squeezed, so that nothing at its edge is lost. Of several frames the first counts.

Memory is bounded by what decoding really takes: an image that needs more than `MEMORY` is refused by its
header, one that needs much is decoded while no other such is, and colours are converted in strips.
"""

import threading
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from io import BytesIO
from typing import IO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, UnidentifiedImageError

from trainer.errors import DataError

FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF")
"""The only decoders that may run on a stranger's file (JPEG opens MPO too)."""

_ORIENTATION = 0x0112
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""EXIF orientation -> what brings the picture upright."""
_BY_COLUMNS = {5, 6, 7, 8}
"""Turns after which a row is what was a column."""
_BACKWARDS = {3, 4, 7, 8}
"""Turns after which the first row is what was the last row or column."""

MEMORY = 256 * 2**20
"""Bytes that decoding one image may take."""
_WHOLE_PIXELS = 2**20
"""An image of more is decoded while no other such is, and converted in strips."""
_STRIP_PIXELS = 2**18
_PIXEL_BYTES = {"JPEG": 4, "PNG": 4, "BMP": 4, "GIF": 6, "TIFF": 8, "WEBP": 12}
"""Bytes per pixel while it is decoded: Pillow's own copy, and what the decoder holds beside it."""
_COEFFICIENT_BYTES = 2
"""A progressive JPEG is held as coefficients at its full size, however small it is drawn."""
_one_large = threading.Lock()


@dataclass(frozen=True)
class Decoded:
    """An image as it will be stored, and what it was."""

    pixels: NDArray[np.uint8]
    """[size, size, 3]."""
    mode: str
    """Pillow's name of the file's own mode: L, I;16, CMYK, P, RGBA, ..."""
    frames: bool
    """The file holds more than one picture."""
    turned: bool
    """Brought upright, as its EXIF block says."""
    shape: tuple[int, int]
    """Width and height of the file's picture, in pixels."""


def decode(content: bytes | IO[bytes], size: int, max_pixels: int, memory: int = MEMORY) -> Decoded:
    """Decode every pixel of an image file and resize it to `size` x `size`.

    Raises DataError with the reason, without a path: empty, not an image, more than `max_pixels` or than
    `memory` bytes to decode, cut off or damaged, or of a mode without a fixed scale. A system's error
    (OSError with a number, MemoryError) is raised as it is: the file is not to blame.
    """
    if not content:
        raise DataError("the file is empty")
    file = BytesIO(content) if isinstance(content, bytes) else content
    try:
        with Image.open(file, formats=FORMATS) as image:
            return _decode(image, size, max_pixels, memory)
    except (DataError, MemoryError):
        raise
    except UnidentifiedImageError as error:
        raise DataError("not an image, whatever its name says") from error
    except Image.DecompressionBombError as error:
        raise DataError(f"more than {max_pixels:,} pixels") from error
    except Exception as error:  # on damaged files Pillow's decoders raise almost anything
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise DataError(f"damaged or cut off ({error or type(error).__name__})") from error


def _decode(image: Image.Image, size: int, max_pixels: int, memory: int) -> Decoded:
    if image.width * image.height > max_pixels:
        raise DataError(f"{image.width} x {image.height} is more than {max_pixels:,} pixels")
    mode, shape = image.mode, image.size
    frames = getattr(image, "is_animated", False) and image.format != "MPO"
    held, needed = _coefficients(image), _bytes_needed(image, size)
    if needed > memory:
        raise DataError(
            f"{image.width} x {image.height} pixels of {image.format} take {needed:,} bytes to decode; "
            f"{memory:,} is the most"
        )
    with _one_large if image.width * image.height > _WHOLE_PIXELS or held else nullcontext():
        turned = _orientation(image) in _TURNS
        image.load()  # turns a TIFF by itself
        return Decoded(_square(image, _orientation(image), size), mode, frames, turned, shape)


def _bytes_needed(image: Image.Image, size: int) -> int:
    """What decoding takes at most, by the header; tells a JPEG decoder that a smaller drawing will do."""
    held = _coefficients(image)
    image.draft(None, (2 * size, 2 * size))
    drawn = image.width * image.height * _PIXEL_BYTES.get(image.format or "", max(_PIXEL_BYTES.values()))
    return held + drawn + max(image.size) * size * _PIXEL_BYTES["PNG"]


def _coefficients(image: Image.Image) -> int:
    """Bytes of the coefficients of a progressive JPEG, by the sampling of its channels; 0 for other files."""
    sampling: list[tuple[int, int]] = [(across, down) for _, across, down, _ in getattr(image, "layer", ())]
    if not image.info.get("progressive") or not sampling:
        return 0
    finest = max(across for across, _ in sampling) * max(down for _, down in sampling)
    samples = image.width * image.height * sum(across * down for across, down in sampling) // finest
    return samples * _COEFFICIENT_BYTES


def _square(image: Image.Image, orientation: int, size: int) -> NDArray[np.uint8]:
    """The loaded image upright as [size, size, 3]; a large one is squeezed in width strip by strip.

    Pillow itself squeezes the width first (but of pictures nearly twice as high as wide), so that the strips
    change no pixel.
    """
    rgb, turn = _converter(image), _TURNS.get(orientation)
    width, height = image.size[::-1] if orientation in _BY_COLUMNS else image.size
    if width * height <= _WHOLE_PIXELS:
        whole = rgb(image) if turn is None else rgb(image).transpose(turn)
        return np.asarray(whole.resize((size, size), Image.Resampling.BILINEAR), np.uint8)
    rows = max(1, _STRIP_PIXELS // width)
    narrow = Image.new("RGB", (size, height))
    for top in range(0, height, rows):
        bottom = min(top + rows, height)
        strip = rgb(image.crop(_box(image.size, orientation, top, bottom)))
        upright = strip if turn is None else strip.transpose(turn)
        narrow.paste(upright.resize((size, bottom - top), Image.Resampling.BILINEAR), (0, top))
    return np.asarray(narrow.resize((size, size), Image.Resampling.BILINEAR), np.uint8)


def _box(size: tuple[int, int], orientation: int, top: int, bottom: int) -> tuple[int, int, int, int]:
    """Where rows top..bottom of the upright picture lie in the file's own."""
    width, height = size
    length = width if orientation in _BY_COLUMNS else height
    if orientation in _BACKWARDS:
        top, bottom = length - bottom, length - top
    return (top, 0, bottom, height) if orientation in _BY_COLUMNS else (0, top, width, bottom)


def _orientation(image: Image.Image) -> int:
    """The EXIF turn that is still to do; a damaged EXIF block is no reason to lose the picture."""
    try:
        value = image.getexif().get(_ORIENTATION)
    except Exception:  # EXIF is another format that may be broken in any way
        return 0
    return value if isinstance(value, int) else 0


def _converter(image: Image.Image) -> Callable[[Image.Image], Image.Image]:
    """What makes RGB of this image and of every part of it."""
    if image.mode.startswith("I;16"):
        return lambda part: Image.fromarray(_eight_bits(part)).convert("RGB")
    if image.mode in ("I", "F"):
        raise DataError(f"32-bit values (mode {image.mode}) have no fixed scale; save it with 8 or 16 bits")
    if image.mode == "CMYK" and image.format == "JPEG" and "adobe" not in image.info:
        return lambda part: ImageChops.invert(part).convert("RGB")
    return _on_white if image.has_transparency_data else lambda part: part.convert("RGB")


def _on_white(image: Image.Image) -> Image.Image:
    layer = image.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer).convert("RGB")


def _eight_bits(image: Image.Image) -> NDArray[np.uint8]:
    """16-bit gray as 8-bit gray, rounded: 65535 / 257 = 255."""
    values = np.asarray(image).astype(np.uint32)
    return ((values + 128) // 257).astype(np.uint8)
