"""docker-compose.yml: valid by the compose schema, and made of commands and settings that exist."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner
from ray.scripts.scripts import start

from app.cli import main
from app.settings import Settings

ROOT = Path(__file__).parents[1]
COMPOSE = ROOT / "docker-compose.yml"
BOARD, CLUSTER = ("web", "worker"), ("head", "node")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(COMPOSE.read_text())
    return loaded


def filled(environment: dict[str, str], **given: str) -> dict[str, str]:
    """What a container gets: ${NAME:-default} and ${NAME:?why} replaced."""
    pattern = r"\$\{(\w+):([-?])([^}]*)\}"

    def value(found: re.Match[str]) -> str:
        name, kind, word = found.groups()
        return given.get(name) or (word if kind == "-" else "chosen")

    return {key: re.sub(pattern, value, text) for key, text in environment.items()}


def settings_of(compose: dict[str, Any], name: str, **given: str) -> dict[str, str]:
    environment = filled(compose["services"][name]["environment"], **given)
    own = "BETABOARD_"
    return {key.removeprefix(own).lower(): text for key, text in environment.items() if key.startswith(own)}


@pytest.mark.slow
def test_is_valid_by_the_compose_schema() -> None:
    check = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(COMPOSE)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert check.returncode == 0, check.stdout + check.stderr


def test_each_profile_adds_its_services(compose: dict[str, Any]) -> None:
    profiles = {name: service.get("profiles", []) for name, service in compose["services"].items()}
    assert profiles == {"web": [], "worker": [], "postgres": ["postgres"], "head": ["ray"], "node": ["ray"]}


def test_has_web_and_worker_on_one_volume(compose: dict[str, Any]) -> None:
    for name in BOARD:
        assert compose["services"][name]["volumes"] == ["data:/data"]
    for name in CLUSTER:
        assert "volumes" not in compose["services"][name], "nodes share no folder with the board"
    used = {mount.split(":")[0] for one in compose["services"].values() for mount in one.get("volumes", [])}
    assert used == set(compose["volumes"])


@pytest.mark.parametrize("name", BOARD)
def test_each_setting_is_one_of_ours(compose: dict[str, Any], name: str) -> None:
    given = settings_of(compose, name)
    settings = Settings.model_validate(given)
    assert (settings.data_dir, settings.executor) == (Path("/data"), "local")
    assert settings.url.startswith("sqlite:")
    assert given.keys() <= Settings.model_fields.keys()


def test_the_database_is_that_of_the_profile(compose: dict[str, Any]) -> None:
    address = re.search(r"postgresql\+psycopg://(\w+):(\w+)@(\w+)/(\w+)", COMPOSE.read_text())
    assert address is not None
    user, password, host, database = address.groups()
    assert compose["services"][host]["environment"] == {
        "POSTGRES_USER": user,
        "POSTGRES_PASSWORD": password,
        "POSTGRES_DB": database,
    }
    for name in BOARD:
        given = settings_of(compose, name, BETABOARD_DATABASE_URL=address[0])
        assert Settings.model_validate(given).url == address[0]
    assert compose["services"]["web"]["depends_on"][host] == {
        "condition": "service_healthy",
        "required": False,
    }


def test_the_cluster_is_that_of_the_worker(compose: dict[str, Any]) -> None:
    """By Ray's own reading of its command lines."""
    worker = Settings.model_validate(settings_of(compose, "worker", BETABOARD_EXECUTOR="ray"))
    assert worker.executor == "ray"
    read = {}
    for name in CLUSTER:
        service = compose["services"][name]
        assert service["entrypoint"][:2] == ["ray", "start"]
        arguments = [*service["entrypoint"][2:], *service["command"]]
        read[name] = start.make_context("ray start", arguments).params
        assert read[name]["block"]
        assert (
            filled(service["environment"]).items()
            <= filled(compose["services"]["worker"]["environment"]).items()
        ), "the token is the worker's"
    head = read["head"]
    assert head["head"]
    assert worker.ray_address == f"ray://head:{head['ray_client_server_port']}"
    assert read["node"]["address"] == f"head:{head['port']}"


@pytest.mark.parametrize("name", BOARD)
def test_each_command_exists(compose: dict[str, Any], name: str) -> None:
    shown = CliRunner().invoke(main, [*compose["services"][name]["command"], "--help"])
    assert shown.exit_code == 0, shown.output


def test_the_image_copies_and_installs_what_the_package_needs(compose: dict[str, Any]) -> None:
    recipe = compose["services"]["web"]["build"]["dockerfile_inline"]
    for source in ("app", "trainer", "templates", "static"):
        assert f"COPY {source} {source}" in recipe
        assert (ROOT / source).is_dir()
    extras = re.search(r"'\.\[([\w,]+)\]'", recipe)
    assert extras is not None
    known = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    assert set(extras[1].split(",")) <= set(known)


def test_only_the_loopback_port_is_published(compose: dict[str, Any]) -> None:
    published = {
        name: service["ports"] for name, service in compose["services"].items() if "ports" in service
    }
    assert published == {"web": ["127.0.0.1:8000:8000"]}
