"""`betaboard token`: make, list, withdraw; and what commands say to whom a server refuses."""

import json
from collections.abc import Callable
from pathlib import Path

import httpx2
import pytest
from click.testing import CliRunner, Result

from app.cli import main
from app.client import Client
from app.client.errors import RefusedError
from app.settings import Settings
from tests.app.real_processes import wait_for

pytestmark = pytest.mark.slow

OWN = "the server's"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"token": OWN})


@pytest.fixture
def token(settings: Settings) -> Callable[..., Result]:
    def called(*arguments: str) -> Result:
        return CliRunner().invoke(main, ["token", *arguments, "--data-dir", str(settings.data_dir)])

    return called


def refusal(url: str, secret: str) -> str:
    """The code of the error that the client meets; "" where it meets none."""
    try:
        with Client(url, secret) as board:
            board.runs()
    except RefusedError as error:
        return error.code
    return ""


def test_made_it_opens_the_server_listed_it_is_not_told_withdrawn_it_is_refused(
    token: Callable[..., Result], web_url: str
) -> None:
    made = token("create", "lab laptop", "--scope", "read", "--days", "30")
    assert made.exit_code == 0, made.output
    secret = made.stdout.strip()
    assert "shown this once" in made.stderr
    assert secret not in made.stderr
    with Client(web_url, secret) as board:
        assert board.runs() == []
    listed = token("list")
    assert secret not in listed.stdout
    assert all(word in listed.stdout for word in ("lab laptop", "read", secret[:9]))
    assert token("revoke", "lab laptop").stdout.startswith("Withdrawn: lab laptop.")
    wait_for(lambda: refusal(web_url, secret) == "unauthorized", seconds=10)


def test_as_json_and_withdrawn_by_number(token: Callable[..., Result]) -> None:
    made = json.loads(token("create", "a", "--scope", "write", "--json").stdout)
    token("create", "b", "--scope", "read")
    assert [item["name"] for item in json.loads(token("list", "--json").stdout)["items"]] == ["a", "b"]
    assert token("revoke", str(made["id"])).exit_code == 0
    assert [item["name"] for item in json.loads(token("list", "--json").stdout)["items"]] == ["b"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("create", "a"), "Missing option '--scope'"),
        (("create", "a", "--scope", "own"), "'own' is not one of 'read', 'write'"),
        (("create", "7", "--scope", "read"), "name: "),
        (("create", "a", "--scope", "read", "--days", "0"), "--days"),
        (("revoke", "nobody"), "There is no token 'nobody'. `betaboard token list` names those in "),
        (("revoke", "12"), "There is no token 12."),
    ],
)
def test_what_is_refused(token: Callable[..., Result], arguments: tuple[str, ...], said: str) -> None:
    result = token(*arguments)
    assert result.exit_code == 2
    assert said in result.stderr


def test_a_name_is_there_once_and_none_are_told(token: Callable[..., Result], settings: Settings) -> None:
    assert token("list").stdout.startswith(f"No tokens in {settings.data_dir}. Make one: ")
    assert token("create", "a", "--scope", "read").exit_code == 0
    again = token("create", "a", "--scope", "write")
    assert again.exit_code == 2
    assert "There is a token 'a' already." in again.stderr


def test_a_first_token_of_a_board_that_is_not_there_yet(tmp_path: Path) -> None:
    fresh = ["--data-dir", str(tmp_path / "new")]
    assert CliRunner().invoke(main, ["token", "create", "a", "--scope", "read", *fresh]).exit_code == 0
    assert "a " in CliRunner().invoke(main, ["token", "list", *fresh]).stdout


def test_commands_say_what_to_do(token: Callable[..., Result], web_url: str) -> None:
    def launch(*options: str) -> Result:
        return CliRunner().invoke(main, ["launch", "--preset", "smoke", "--url", web_url, *options])

    nobody = launch()
    assert nobody.exit_code == 2
    assert "This server wants a token. Give one with --token or BETABOARD_TOKEN" in nobody.stderr
    wrong = launch("--token", "bb_wrong")
    assert wrong.exit_code == 2
    assert "This is no token of this server. Was it withdrawn?" in wrong.stderr
    secret = token("create", "lab", "--scope", "read").stdout.strip()
    reader = launch("--token", secret)
    assert reader.exit_code == 2
    assert "The token 'lab' has the scope read, which does not allow POST /api/v1/runs." in reader.stderr
    assert "betaboard token create NAME --scope write" in reader.stderr
    runs = httpx2.get(f"{web_url}/api/v1/runs", headers={"Authorization": f"Bearer {OWN}"})
    assert runs.json()["total"] == 0
