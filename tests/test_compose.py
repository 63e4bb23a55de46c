"""docker-compose.yml: valid by the compose schema, and made of commands and settings that exist."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from app.cli import main
from app.settings import Settings

COMPOSE = Path(__file__).parents[1] / "docker-compose.yml"


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(COMPOSE.read_text())
    return loaded


@pytest.mark.slow
def test_is_valid_by_the_compose_schema() -> None:
    check = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(COMPOSE)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert check.returncode == 0, check.stdout + check.stderr


def test_has_web_and_worker_on_one_volume(compose: dict[str, Any]) -> None:
    assert compose["services"].keys() == {"web", "worker"}
    assert all(service["volumes"] == ["data:/data"] for service in compose["services"].values())


@pytest.mark.parametrize("name", ["web", "worker"])
def test_each_setting_is_one_of_ours(compose: dict[str, Any], name: str) -> None:
    environment = compose["services"][name]["environment"]
    given = {key.removeprefix("BETABOARD_").lower(): value for key, value in environment.items()}
    settings = Settings.model_validate(given)
    assert settings.data_dir == Path("/data")
    assert given.keys() <= Settings.model_fields.keys()


@pytest.mark.parametrize("name", ["web", "worker"])
def test_each_command_exists(compose: dict[str, Any], name: str) -> None:
    shown = CliRunner().invoke(main, [*compose["services"][name]["command"], "--help"])
    assert shown.exit_code == 0, shown.output


def test_the_image_copies_what_the_package_needs(compose: dict[str, Any]) -> None:
    recipe = compose["services"]["web"]["build"]["dockerfile_inline"]
    for source in ("app", "trainer", "templates", "static"):
        assert f"COPY {source} {source}" in recipe
        assert (COMPOSE.parent / source).is_dir()


def test_only_the_loopback_port_is_published(compose: dict[str, Any]) -> None:
    assert compose["services"]["web"]["ports"] == ["127.0.0.1:8000:8000"]
