"""Pictures from a browser: what Plotly makes passes, what could do anything else does not."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.comparing.report.svg import MOST_BYTES, checked_svg
from app.errors import InvalidError

OPEN = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
PLOT = (
    f'{OPEN} class="main-svg" width="700" height="360" style="background: rgb(255, 255, 255);">'
    "<defs><clipPath id=\"clip1\"><rect width='10' height='10'/></clipPath></defs>"
    "<g clip-path=\"url('#clip1')\"><path d='M0,0L1,1' style='fill: none;'/>"
    '<image xlink:href="data:image/png;base64,iVBORw0KGgo="/>'
    '<text data-unformatted="a \\ url(b) &lt;script&gt;">a &lt;script&gt;</text></g></svg>'
)


def test_a_plot_passes_unchanged() -> None:
    assert checked_svg("p", PLOT.encode()) == PLOT.encode()
    assert checked_svg("p", b'<?xml version="1.0" encoding="UTF-8"?>\n' + PLOT.encode()) == PLOT.encode()


@pytest.mark.parametrize(
    "inside",
    [
        "<script>alert(1)</script>",
        "<SCRIPT/>",
        '<script xmlns="http://www.w3.org/1999/xhtml">alert(1)</script>',
        "<foreignObject><p/></foreignObject>",
        "<a href='http://evil.example'><path/></a>",
        "<animate attributeName='href' to='javascript:alert(1)'/>",
        "<set attributeName='onload' to='alert(1)'/>",
        "<style>@import url(http://evil.example)</style>",
        "<path onclick='alert(1)'/>",
        "<path ONLOAD='alert(1)'/>",
        "<use href='http://evil.example/x.svg#a'/>",
        "<use xlink:href='data:image/svg+xml;base64,AAAA'/>",
        "<image href='javascript:alert(1)'/>",
        "<image xlink:href='//evil.example/x.png'/>",
        "<path style='fill: url(http://evil.example)'/>",
        "<path style='fill: URL( \"//evil.example\" )'/>",
        "<path style='fill: u\\72l(//evil.example)'/>",
        "<path fill='url(x.svg#a)'/>",
        "<?php echo 1 ?>",
    ],
)
def test_what_can_do_more_than_be_seen_is_refused(inside: str) -> None:
    with pytest.raises(InvalidError) as refused:
        checked_svg("compare-beta", f"{OPEN}>{inside}</svg>".encode())
    assert refused.value.fields[0].path == "compare-beta"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"not xml",
        b"<svg/>",
        b"<html/>",
        f"{OPEN}><g></svg>".encode(),
        b'<!DOCTYPE svg [<!ENTITY a "b">]>' + PLOT.encode(),
        b'<!DOCTYPE svg SYSTEM "http://evil.example/x.dtd">' + PLOT.encode(),
        b'<?xml-stylesheet href="http://evil.example/x.css"?>' + PLOT.encode(),
        PLOT.encode("utf-16"),
        f"{OPEN}>\xe9</svg>".encode("latin-1"),
        PLOT.encode().ljust(MOST_BYTES + 1),
    ],
)
def test_what_is_no_small_svg_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidError):
        checked_svg("p", data)


@given(st.binary(max_size=200))
def test_any_bytes_are_taken_as_a_picture_or_refused(data: bytes) -> None:
    for sent in (data, OPEN.encode() + b">" + data + b"</svg>"):
        with suppress(InvalidError):
            assert checked_svg("p", sent).startswith(b"<svg")
