"""Below a path of a real nginx, which keeps the path or takes it off: pages, files, streams, signing in."""

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from app.settings import Settings
from app.store.engine import Database
from app.store.tokens import add_token
from app.web.callers import COOKIE
from tests.app.proxied import nginx
from tests.app.proxied.links import walk
from tests.contract.addresses import RUNS_FIGURES
from tests.contract.stored import unpack
from tests.served import served

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(nginx.PROGRAM is None, reason="nginx is not installed (Debian: nginx)"),
]

OWN = "the server's"
LAB = "/lab"


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The stored board below /lab, which asks for a token."""
    unpacked = unpack(tmp_path_factory.mktemp("board") / "data", token=OWN)
    return unpacked.model_copy(update={"root_path": LAB})


@pytest.fixture(scope="module")
def upstream(settings: Settings) -> Iterator[str]:
    """The address of the server behind the proxy."""
    with served(settings) as server:
        yield server.url


@pytest.fixture(scope="module", params=["kept", "taken off"])
def proxy(
    request: pytest.FixtureRequest, upstream: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The address of nginx, as documented, and once more with the path taken off."""
    location = nginx.documented(LAB, upstream)
    if request.param == "taken off":
        location = nginx.without_prefix(location)
    with nginx.running(tmp_path_factory.mktemp("nginx"), location) as url:
        yield url


@pytest.fixture
def stranger(proxy: str) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=proxy, timeout=60, headers={"Origin": proxy}) as http:
        yield http


@pytest.fixture
def browser(stranger: httpx2.Client) -> httpx2.Client:
    """One that has signed in."""
    assert stranger.post(f"{LAB}/login", data={"token": OWN}).status_code == 303
    return stranger


def test_a_browser_is_led_to_the_form_and_back_and_out(stranger: httpx2.Client) -> None:
    led = stranger.get(f"{LAB}/sweeps?limit=1", headers={"Accept": "text/html"})
    assert (led.status_code, led.headers["location"]) == (303, "/lab/login?next=/sweeps%3Flimit%3D1")
    form = stranger.get(led.headers["location"])
    assert f'action="{LAB}/login"' in form.text
    signed = stranger.post(f"{LAB}/login", data={"token": OWN, "next": "/sweeps?limit=1"})
    assert (signed.status_code, signed.headers["location"]) == (303, "/lab/sweeps?limit=1")
    assert "Path=/lab;" in signed.headers["set-cookie"] + ";"
    assert "Secure" not in signed.headers["set-cookie"]
    page = stranger.get(signed.headers["location"], headers={"Accept": "text/html"})
    assert f'action="{LAB}/logout"' in page.text
    left = stranger.post(f"{LAB}/logout")
    assert (left.status_code, left.headers["location"]) == (303, "/lab/login")
    assert COOKIE not in stranger.cookies
    assert stranger.get(f"{LAB}/api/v1/runs").status_code == 401


def test_every_link_of_every_page_leads_somewhere_below_the_path(browser: httpx2.Client) -> None:
    asked: dict[str, str] = {}
    for answer, sent in walk(browser, f"{LAB}/"):
        address = answer.url.raw_path.decode()
        assert answer.status_code in (200, 303), (address, answer.status_code)
        assert address.startswith(f"{LAB}/"), address
        assert answer.headers.get("location", f"{LAB}/").startswith(f"{LAB}/"), address
        assert all(one.startswith(f"{LAB}/") for one in sent), (address, sent)
        asked[address.partition("?")[0]] = answer.headers.get("content-type", "").partition(";")[0]
    print(len(asked))
    kinds = {kind: sum(one == kind for one in asked.values()) for kind in set(asked.values())}
    assert kinds["text/html"] > 50
    assert kinds["text/event-stream"] >= 2
    assert kinds["text/css"] > 10
    assert kinds["text/javascript"] > 30
    assert kinds["application/json"] > 20
    assert kinds["text/csv"] > 5
    for page in ("/runs/new", "/tokens", "/compare", "/system", "/api/docs", "/docs/access", "/theory/focal"):
        assert asked[LAB + page] == "text/html"


def test_the_reference_of_the_api_asks_below_the_path(browser: httpx2.Client) -> None:
    document = browser.get(f"{LAB}/api/openapi.json").json()
    assert document["servers"] == [{"url": LAB}]
    assert f"{LAB}/api/docs/start.js" in {answer.url.path for answer, _ in walk(browser, f"{LAB}/api/docs")}


def test_an_event_comes_through_while_the_stream_is_open(browser: httpx2.Client, settings: Settings) -> None:
    with browser.stream("GET", f"{LAB}/api/v1/stream") as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        lines = stream.iter_lines()
        assert next(lines).startswith(":")
        launched = time.monotonic()
        made = httpx2.post(
            f"{browser.base_url}{LAB}/api/v1/runs", json={"config": {}},
            headers={"Authorization": f"Bearer {OWN}"}, timeout=60,
        )  # fmt: skip
        assert made.headers["location"] == f"{LAB}/api/v1/runs/{made.json()['id']}"
        assert next(line for line in lines if line.startswith("event:")) == "event: state"
        assert time.monotonic() - launched < 10


def test_a_withdrawn_token_ends_its_stream_through_the_proxy(proxy: str, settings: Settings) -> None:
    database = Database(settings.url)
    with database.write() as session:
        token, secret = add_token(session, f"of {proxy}", "read", None)
    database.close()
    url = f"{proxy}{LAB}/api/v1"
    with httpx2.stream(
        "GET", f"{url}/stream", headers={"Authorization": f"Bearer {secret}"}, timeout=30
    ) as stream:
        chunks = stream.iter_raw()
        next(chunks)
        httpx2.delete(f"{url}/tokens/{token.id}", headers={"Authorization": f"Bearer {OWN}"})
        withdrawn = time.monotonic()
        for _ in chunks:
            pass
        assert time.monotonic() - withdrawn < 10


def test_files_come_whole(browser: httpx2.Client, settings: Settings) -> None:
    checkpoint = browser.get(f"{LAB}/api/v1/runs/2/checkpoints/last.pt")
    assert checkpoint.content == (settings.run_dir(2) / "checkpoints" / "last.pt").read_bytes()
    report = browser.get(f"{LAB}/compare/report.html?sweep=1")
    assert "attachment" in report.headers["content-disposition"]


def test_as_much_as_a_report_holds_may_be_sent(browser: httpx2.Client) -> None:
    picture = b'<svg xmlns="http://www.w3.org/2000/svg"><path d="' + b"M0 0" * 490_000 + b'"/></svg>'
    pictures = dict.fromkeys(RUNS_FIGURES, picture)
    sent = browser.post(f"{LAB}/api/v1/compare/bundle?sweep=1", files=pictures)
    assert (sent.status_code, sent.headers["content-type"]) == (200, "application/zip")


def test_a_form_of_another_site_is_refused(browser: httpx2.Client) -> None:
    for origin in ("http://evil.example", "null"):
        refused = browser.post(f"{LAB}/runs/2/edit", data={"name": "x"}, headers={"Origin": origin})
        assert refused.status_code == 403
    own = browser.post(f"{LAB}/runs/2/edit", data={"name": "edited", "tags": "", "notes": ""})
    assert (own.status_code, own.headers["location"]) == (303, f"{LAB}/runs/2")


def test_what_a_caller_says_of_its_own_address_and_scheme_is_not_believed(
    upstream: str, tmp_path: Path
) -> None:
    """Guessing under many names is guessing from one address; nobody makes the cookie insecure or secure."""
    with nginx.running(tmp_path, nginx.documented(LAB, upstream)) as url:
        said = {"X-Forwarded-Proto": "https"}
        signed = httpx2.post(f"{url}{LAB}/login", data={"token": OWN}, headers=said)
        assert "Secure" not in signed.headers["set-cookie"]
        with httpx2.Client(transport=httpx2.HTTPTransport(local_address="127.0.0.2")) as guesser:
            for number in range(11):
                headers = {"X-Forwarded-For": f"192.0.2.{number}", "Authorization": f"Bearer guess {number}"}
                last = guesser.get(f"{url}{LAB}/api/v1/runs", headers=headers)
            assert last.status_code == 429
            found = {"Authorization": f"Bearer {OWN}"}
            assert guesser.get(f"{url}{LAB}/api/v1/runs", headers=found).status_code == 429
            assert httpx2.get(f"{url}{LAB}/api/v1/runs", headers=found).status_code == 200


def test_under_https_the_cookie_is_secure(upstream: str, tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "1",
         "-keyout", str(key), "-out", str(certificate)],
        check=True, capture_output=True,
    )  # fmt: skip
    with nginx.running(tmp_path, nginx.documented(LAB, upstream), (certificate, key)) as url:
        assert url.startswith("https:")
        signed = httpx2.post(
            f"{url}{LAB}/login", data={"token": OWN, "next": "/runs"}, headers={"Origin": url}, verify=False
        )
        assert (signed.status_code, signed.headers["location"]) == (303, "/lab/runs")
        assert "Secure" in signed.headers["set-cookie"]


def test_a_proxy_elsewhere_is_believed_where_it_is_named(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "127.0.0.3")
    said, marks = {"X-Forwarded-Proto": "https"}, {}
    with served(settings) as server:
        for address in ("127.0.0.1", "127.0.0.3"):
            with httpx2.Client(transport=httpx2.HTTPTransport(local_address=address), headers=said) as proxy:
                signed = proxy.post(f"{server.url}/login", data={"token": OWN})
                marks[address] = "Secure" in signed.headers["set-cookie"]
    assert marks == {"127.0.0.1": False, "127.0.0.3": True}
