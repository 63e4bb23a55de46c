"""Addresses of webhooks: how they are read, what shape they take, and which are refused in words."""

import pytest

from app.errors import SetupError
from app.hooks import Hook
from app.settings import Settings


@pytest.mark.parametrize(
    ("text", "shape", "host", "port", "target"),
    [
        ("https://hooks.slack.com/services/T/B/x", "slack", "hooks.slack.com", 443, "/services/T/B/x"),
        ("https://mattermost.lab.org/hooks/abc", "mattermost", "mattermost.lab.org", 443, "/hooks/abc"),
        ("mattermost+https://chat.lab.org:8443/hooks/a", "mattermost", "chat.lab.org", 8443, "/hooks/a"),
        ("slack+http://10.0.0.3/x?y=1", "slack", "10.0.0.3", 80, "/x?y=1"),
        ("JSON+https://hooks.slack.com", "json", "hooks.slack.com", 443, "/"),
        ("https://example.org/a+b", "json", "example.org", 443, "/a+b"),
        ("http://[2001:db8::1]:81/x", "json", "2001:db8::1", 81, "/x"),
    ],
)
def test_an_address_tells_shape_and_place(text: str, shape: str, host: str, port: int, target: str) -> None:
    hook = Hook.parse(text)
    assert (hook.shape, hook.host, hook.port, hook.target) == (shape, host, port, target)
    assert hook.secure == ("https" in text)


@pytest.mark.parametrize(
    "text",
    ["", "example.org", "ftp://example.org", "https://", "teams+https://example.org", "https://a b.org",
     "https://me:secret@example.org/", "https://example.org:0", "https://example.org:99999",
     "https://hooks..example.org/a", f"https://{'a' * 64}.org", "https://exämple.org",
     "https://example.org/\nHost: x"],
)  # fmt: skip
def test_what_is_no_address_is_refused_without_being_shown_whole(text: str) -> None:
    with pytest.raises(SetupError) as refused:
        Settings(webhook=(text,))
    assert "secret" not in refused.value.message


def test_its_number_tells_it_from_others_and_tells_nothing_else() -> None:
    one, other = Hook.parse("https://example.org/a"), Hook.parse("slack+https://example.org/a")
    assert one.id != other.id
    assert one.id == Hook.parse("json+https://example.org/a").id
    assert "example" not in repr(one)
    assert "example" not in repr(Settings(webhook=("https://example.org/a",), webhook_secret="hush"))


@pytest.mark.parametrize("text", ["10.0.0.0/33", "home", ""])
def test_a_network_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(SetupError):
        Settings(webhook_allow=(text,))


@pytest.mark.parametrize("url", ["board", "https://", "javascript:alert(1)", "https://a/x|y", "https://a?x"])
def test_a_public_url_that_cannot_stand_in_a_link_is_refused(url: str) -> None:
    with pytest.raises(SetupError):
        Settings(public_url=url)
    assert Settings(public_url="https://a.org/lab/").public_url == "https://a.org/lab"
