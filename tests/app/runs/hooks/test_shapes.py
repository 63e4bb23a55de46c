"""Bodies as their receivers take them, and their signature against the command line's own HMAC."""

import hashlib
import hmac
import json

import pytest

from app.runs.hooks.shapes import body_of, headers_of

pytestmark = pytest.mark.sqlite
TOLD = {"text": "Run 7 '<!channel> @all [x](http://evil) *b* & co' is completed.",
        "url": "https://a.org/runs/7", "number": 7}  # fmt: skip


def test_plain_json_holds_all() -> None:
    assert json.loads(body_of("json", TOLD)) == TOLD


def test_slack_is_called_by_nobody_and_links_to_the_page() -> None:
    """Slack: & < > are escaped, <url|text> is a link."""
    said = json.loads(body_of("slack", TOLD))
    assert set(said) == {"text"}
    assert said["text"].endswith(" <https://a.org/runs/7|Open>")
    assert "&lt;!channel&gt;" in said["text"]
    assert said["text"].count("<") == 1


def test_mattermost_marks_up_nothing_and_calls_nobody() -> None:
    """Mattermost: a backslash takes the meaning of a mark; @ followed by no word calls nobody."""
    text = json.loads(body_of("mattermost", TOLD))["text"]
    assert text.endswith(" [Open](https://a.org/runs/7)")
    assert "\\[x\\]\\(http" in text
    assert "\\*b\\*" in text
    assert "@all" not in text


@pytest.mark.parametrize("shape", ["slack", "mattermost"])
def test_without_a_public_url_there_is_no_link(shape: str) -> None:
    text = json.loads(body_of(shape, TOLD | {"url": None}))["text"]  # type: ignore[arg-type]
    assert "Open" not in text


def test_the_signature_is_the_hmac_of_time_and_body() -> None:
    body = body_of("json", TOLD)
    headers = headers_of(body, "run-7-1", "hush", now=1_700_000_000.9)
    expected = hmac.digest(b"hush", b"1700000000." + body, hashlib.sha256).hex()
    assert headers["X-Betaboard-Timestamp"] == "1700000000"
    assert headers["X-Betaboard-Signature"] == f"sha256={expected}"
    assert headers["X-Betaboard-Delivery"] == "run-7-1"
    assert "X-Betaboard-Signature" not in headers_of(body, "run-7-1", "")
