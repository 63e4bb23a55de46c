"""Plots that a browser drew and sent as SVG: accepted only where they can do nothing but be looked at."""

import re
from xml.etree import ElementTree

from app.errors import InvalidError
from trainer.errors import FieldProblem

MOST_BYTES = 4_000_000
_SVG, _XLINK = "{http://www.w3.org/2000/svg}", "{http://www.w3.org/1999/xlink}"
_NAMES = (
    "svg g defs path rect circle ellipse line polyline polygon text tspan clipPath mask pattern image use "
    "symbol linearGradient radialGradient stop title desc"
)
_ELEMENTS = frozenset(f"{_SVG}{name}" for name in _NAMES.split())
_REFERENCES = ("href", f"{_XLINK}href")
_PICTURE = re.compile(r"data:image/(png|jpeg);base64,[A-Za-z0-9+/=\s]*")
_URL = re.compile(r"url\(\s*['\"]?\s*[^#'\"\s]", re.IGNORECASE)
_DECLARATION = re.compile(rb"^\s*<\?xml\s[^?]*\?>")


def checked_svg(name: str, data: bytes) -> bytes:
    """`data`, a harmless SVG picture in UTF-8. Raises InvalidError, naming the plot, for anything else.

    Refused are scripts and event handlers, foreign content, document types and entities, processing
    instructions, and whatever reaches outside the file. Data attributes are text: Plotly keeps labels there.
    """
    if len(data) > MOST_BYTES:
        raise _refused(name, f"has {len(data)} bytes; at most {MOST_BYTES} are taken")
    body = _DECLARATION.sub(b"", data)
    if b"<?" in body or b"<!" in body.replace(b"<!--", b"").replace(b"<![CDATA[", b""):
        raise _refused(name, "holds a document type or a processing instruction")
    try:
        root = ElementTree.fromstring(body.decode("utf-8"))
    except (ElementTree.ParseError, UnicodeDecodeError, ValueError) as error:
        raise _refused(name, f"is not well-formed SVG: {error}") from error
    if root.tag != f"{_SVG}svg":
        raise _refused(name, "is not an SVG picture")
    for element in root.iter():
        _check(name, element)
    return body.strip()


def _check(name: str, element: ElementTree.Element) -> None:
    tag = element.tag if isinstance(element.tag, str) else "comment"
    if tag not in _ELEMENTS:
        raise _refused(name, f"holds a <{tag.rpartition('}')[2][:40]}>, which a plot does not need")
    for key, value in element.attrib.items():
        word = key.rpartition("}")[2].lower()
        if word.startswith("data-"):
            continue
        if word.startswith("on"):
            raise _refused(name, f"holds the event handler {word[:40]}")
        if key in _REFERENCES and not (value.startswith("#") or _PICTURE.fullmatch(value)):
            raise _refused(name, "refers to something outside the picture")
        if _URL.search(value) or "@import" in value.lower() or "\\" in value:
            raise _refused(name, f"reaches outside the picture in {word[:40]}")


def _refused(name: str, message: str) -> InvalidError:
    return InvalidError("A plot was refused.", fields=[FieldProblem(name[:60], message)])
