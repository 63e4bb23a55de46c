"""One image file to one square of 8-bit RGB, whatever its mode, and whole or not at all. Pillow.

What each mode becomes: 16-bit gray is divided by 257; CMYK is taken as ink, inverted where Adobe's marker
says so; transparent pixels show white paper; palettes and 1-bit files are looked up; the EXIF turn is
carried out. 32-bit modes have no fixed scale and are refused. Colour profiles are not applied. The square
holds the whole picture, squeezed, so that nothing at its edge is lost. Of several frames the first counts.
"""

from dataclasses import dataclass
from io import BytesIO

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


@dataclass(frozen=True)
class Decoded:
    """An image as it will be stored, and what it was."""

    pixels: NDArray[np.uint8]
    """[size, size, 3]."""
    mode: str
    """Pillow's name of the file's own mode: L, I;16, CMYK, P, RGBA, ..."""
    frames: bool
    """The file holds more than one picture."""


def decode(content: bytes, size: int, max_pixels: int) -> Decoded:
    """Decode every pixel of an image file and resize it to `size` x `size`.

    Raises DataError with the reason, without a path: empty, not an image, more than `max_pixels`, cut off
    or damaged, or of a mode without a fixed scale.
    """
    if not content:
        raise DataError("the file is empty")
    try:
        with Image.open(BytesIO(content), formats=FORMATS) as image:
            return _decode(image, size, max_pixels)
    except DataError:
        raise
    except UnidentifiedImageError as error:
        raise DataError("not an image, whatever its name says") from error
    except Image.DecompressionBombError as error:
        raise DataError(f"more than {max_pixels:,} pixels") from error
    except Exception as error:  # on damaged files Pillow's decoders raise almost anything
        raise DataError(f"damaged or cut off ({error or type(error).__name__})") from error


def _decode(image: Image.Image, size: int, max_pixels: int) -> Decoded:
    if image.width * image.height > max_pixels:
        raise DataError(f"{image.width} x {image.height} is more than {max_pixels:,} pixels")
    mode, frames = image.mode, getattr(image, "is_animated", False) and image.format != "MPO"
    image.draft(None, (2 * size, 2 * size))
    image.load()
    turn = _TURNS.get(_orientation(image))
    rgb = _to_rgb(image)
    if turn is not None:
        rgb = rgb.transpose(turn)
    if rgb.size != (size, size):
        rgb = rgb.resize((size, size), Image.Resampling.BILINEAR)
    return Decoded(np.asarray(rgb, np.uint8), mode, frames)


def _orientation(image: Image.Image) -> int:
    """The EXIF turn that is still to do; a damaged EXIF block is no reason to lose the picture."""
    try:
        value = image.getexif().get(_ORIENTATION)
    except Exception:  # EXIF is another format that may be broken in any way
        return 0
    return value if isinstance(value, int) else 0


def _to_rgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I;16"):
        return Image.fromarray(_eight_bits(image)).convert("RGB")
    if image.mode in ("I", "F"):
        raise DataError(f"32-bit values (mode {image.mode}) have no fixed scale; save it with 8 or 16 bits")
    if image.mode == "CMYK" and image.format == "JPEG" and "adobe" not in image.info:
        return ImageChops.invert(image).convert("RGB")
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer).convert("RGB")
    return image.convert("RGB")


def _eight_bits(image: Image.Image) -> NDArray[np.uint8]:
    """16-bit gray as 8-bit gray, rounded: 65535 / 257 = 255."""
    values = np.asarray(image).astype(np.uint32)
    return ((values + 128) // 257).astype(np.uint8)
