"""Markdown as HTML: safe, with anchors like GitHub's, tables and code in boxes that scroll."""

from html.parser import HTMLParser

import pytest

from app.web.markdown import render_markdown


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
