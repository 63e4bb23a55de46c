"""Markdown as HTML: safe, with anchors like GitHub's, tables and code in boxes that scroll."""

from html.parser import HTMLParser

import pytest

from app.web.markdown import render_markdown, render_note


class Tags(HTMLParser):
    """Every start tag of a text, with its attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "a <img src=x onerror=alert(1)> b",
        "[x](javascript:alert(1))",
        "```\n<script>\n```",
        "# <b>x</b>",
        "| <i>a</i> |\n|---|\n| <svg/onload=x> |",
        "<!-- a --><script>1</script>",
    ],
)
def test_no_markup_of_the_text_becomes_markup(text: str) -> None:
    tags = Tags(render_markdown(text).html).seen
    ours = "p h1 a div pre button table thead tbody tr th td"
    assert {tag for tag, _ in tags} <= set(ours.split())
    assert not any(name.startswith("on") for _, attributes in tags for name in attributes)
    assert not any("javascript" in str(attributes.get("href")) for _, attributes in tags)


def test_comments_are_left_out() -> None:
    assert render_markdown("a\n\n<!-- made: fields -->\n\nb <!-- c --> d").html == "<p>a</p>\n<p>b  d</p>\n"


def test_anchors_are_as_githubs() -> None:
    headings = render_markdown("# The Title\n\n## `loss.beta` & N, (1 - β)\n\n## Twice\n\n### Twice").headings
    assert [(each.level, each.text, each.anchor) for each in headings] == [
        (1, "The Title", "the-title"),
        (2, "loss.beta & N, (1 - β)", "lossbeta--n-1---β"),
        (2, "Twice", "twice"),
        (3, "Twice", "twice-1"),
    ]


def test_each_heading_but_the_title_links_to_itself() -> None:
    tags = Tags(render_markdown("# One\n\n## Two").html).seen
    assert [attributes["href"] for tag, attributes in tags if tag == "a"] == ["#two"]
    assert [attributes["id"] for tag, attributes in tags if tag in ("h1", "h2")] == ["one", "two"]


def test_tables_and_code_stand_in_boxes_that_the_keyboard_reaches() -> None:
    page = render_markdown("## Sizes\n\n| a | b |\n|---|--:|\n| 1 | 2 |\n\n```sh\nls <x>\n```\n").html
    boxes = [attributes for _, attributes in Tags(page).seen if attributes.get("role") == "group"]
    assert [(box["aria-label"], box["tabindex"]) for box in boxes] == [
        ("Table: Sizes", "0"),
        ("Code: Sizes", "0"),
    ]
    assert page.count('scope="col"') == 2
    assert "<pre>ls &lt;x&gt;</pre>" in page


def test_links_and_pictures_pass_through_the_callers_hands() -> None:
    page = render_markdown("[a](b.md#c) ![d](e.webp)", lambda address: f"/x/{address}").html
    assert 'href="/x/b.md#c"' in page
    assert 'src="/x/e.webp"' in page


def test_short_code_stays_on_one_line() -> None:
    assert render_markdown("`--data-dir`").html == '<p><code class="nowrap">--data-dir</code></p>\n'
    assert "<code>a" in render_markdown(f"`{'a' * 29}`").html


FOREIGN = [
    "<script>alert(1)</script>",
    "<b onclick=x>hi</b> <!-- hidden -->",
    "![pixel](https://elsewhere.example/p.png)",
    "![x](data:image/png;base64,AAAA)",
    "[x](javascript:alert(1)) [y](JaVaScRiPt&colon;alert(1)) [z](vbscript:x) [w](data:text/html,x)",
    "<javascript:alert(1)> <https://example.org>",
    '[x](https://example.org "a" onmouseover=alert(1)")',
    "# run-name\n\n## main",
    "> " * 500 + "deep",
    "[" * 2000 + "](" * 2000,
    "| a | b |\n|---|---|\n| <i>1</i> | **2** |\n\n```html\n<img src=x>\n```",
    "- a\n- b\n\n1. c\n\n~~gone~~ `code` *em* **strong**\nline\n\n---",
]


@pytest.mark.parametrize("text", FOREIGN)
def test_a_note_brings_no_markup_of_its_own_no_picture_and_no_anchor(text: str) -> None:
    allowed = "p br a em strong s code pre div button ul ol li blockquote hr table thead tbody tr th td"
    for tag, attributes in Tags(render_note(text)).seen:
        assert tag in allowed.split()
        assert not any(name.startswith("on") or name in ("id", "style", "src") for name in attributes)
        if tag == "a":
            assert attributes["rel"] == "nofollow noopener noreferrer"
            assert str(attributes["href"]).startswith("https://e")


def test_a_note_reads_as_it_was_meant() -> None:
    assert render_note("**Why**: a first\nsecond [paper](https://example.org/a?b=1)") == (
        "<p><strong>Why</strong>: a first<br />\nsecond "
        '<a href="https://example.org/a?b=1" rel="nofollow noopener noreferrer">paper</a></p>\n'
    )
    assert '<a href="/runs/7"' in render_note("[run 7](/runs/7)")
    assert render_note("# Plan") == "<p><strong>Plan</strong></p>\n"
