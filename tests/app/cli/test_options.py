"""Settings from the command line: option before environment before default, refusals in a sentence."""

import sqlite3
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from app.cli import main
from app.cli.options import settings_options
from app.settings import Settings


@click.command()
@settings_options
def probe(settings: Settings) -> None:
    """Show the settings."""
    click.echo(settings.model_dump_json())


def resolved(*arguments: str, **environment: str) -> Settings:
    shown = CliRunner().invoke(probe, arguments, env=environment, catch_exceptions=False)
    assert shown.exit_code == 0, shown.output
    return Settings.model_validate_json(shown.stdout)


def called(*arguments: str, **environment: str) -> Result:
    return CliRunner().invoke(main, arguments, env=environment)


def test_defaults_are_those_of_the_settings() -> None:
    assert resolved() == Settings()


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        ("data_dir", "/d", Path("/d")),
        ("database_url", "sqlite:////d/x.db", "sqlite:////d/x.db"),
        ("host", "127.0.0.2", "127.0.0.2"),
        ("port", "81", 81),
        ("root_path", "/lab", "/lab"),
        ("workers", "3", 3),
        ("workers", "auto", "auto"),
        ("label", "big", ("big",)),
        ("executor", "ray", "ray"),
        ("ray_address", "10.0.0.2:6379", "10.0.0.2:6379"),
        ("token", "secret", "secret"),
        ("max_attempts", "7", 7),
        ("retry_seconds", "0.5", 0.5),
        ("webhook", "https://example.org/a", ("https://example.org/a",)),
        ("webhook_secret", "hush", "hush"),
        ("webhook_allow", "10.0.0.0/8", ("10.0.0.0/8",)),
        ("public_url", "https://board.org", "https://board.org"),
        ("checkpoint_minutes", "0.5", 0.5),
        ("keep_every_epochs", "20", 20),
    ],
)
def test_each_setting_by_option_and_by_environment(field: str, text: str, value: object) -> None:
    option, variable = f"--{field.replace('_', '-')}", f"BETABOARD_{field.upper()}"
    assert getattr(resolved(option, text), field) == value
    assert getattr(resolved(**{variable: text}), field) == value
    assert set(Settings.model_fields) == {
        "data_dir",
        "database_url",
        "host",
        "port",
        "root_path",
        "workers",
        "label",
        "executor",
        "ray_address",
        "token",
        "max_attempts",
        "retry_seconds",
        "webhook",
        "webhook_secret",
        "webhook_allow",
        "public_url",
        "checkpoint_minutes",
        "keep_every_epochs",
    }


def test_an_option_goes_before_the_environment() -> None:
    assert resolved("--port", "1", BETABOARD_PORT="2").port == 1


@pytest.mark.parametrize("command", ["serve", "worker", "demo"])
def test_help_names_option_variable_and_default(command: str) -> None:
    shown = called(command, "--help")
    assert shown.exit_code == 0
    for field in Settings.model_fields:
        assert f"--{field.replace('_', '-')} " in shown.output
        assert f"BETABOARD_{field.upper()}" in shown.output.replace("\n", "").replace(" ", "")
    assert "127.0.0.1" in shown.output


def test_an_open_host_without_token_is_refused() -> None:
    shown = called("serve", "--host", "0.0.0.0")
    assert (shown.exit_code, shown.stdout) == (2, "")
    assert "without a token" in shown.stderr
    assert "--token" in shown.stderr
    assert shown.stderr.count("\n") == 1


def test_auto_counts_no_slots_of_a_cluster() -> None:
    shown = called("serve", "--workers", "auto", "--executor", "ray")
    assert (shown.exit_code, shown.stdout) == (2, "")
    assert "Give --workers a number" in shown.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("serve", "--port", "99999"),
        ("serve", "--workers", "-1"),
        ("serve", "--workers", "65"),
        ("serve", "--workers", "automatic"),
        ("serve", "--nope"),
        ("nope",),
        ("serve", "x"),
    ],
)
def test_bad_usage_is_exit_code_2(arguments: tuple[str, ...]) -> None:
    shown = called(*arguments)
    assert shown.exit_code == 2
    assert "Traceback" not in shown.output


def test_a_worker_needs_a_slot(tmp_path: Path) -> None:
    shown = called("worker", "--workers", "0", "--data-dir", str(tmp_path / "d"))
    assert shown.exit_code == 2
    assert "at least one slot" in shown.stderr
    assert not (tmp_path / "d").exists()


def test_another_database_is_refused_in_a_sentence(tmp_path: Path) -> None:
    url = "mysql://me:secret@host/db"
    shown = called("worker", "--data-dir", str(tmp_path), "--database-url", url)
    assert shown.exit_code == 2
    assert "is neither an SQLite file nor one of PostgreSQL" in shown.stderr
    assert "secret" not in shown.stderr


def test_a_newer_database_is_refused_in_a_sentence(settings: Settings) -> None:
    with sqlite3.connect(settings.data_dir / "betaboard.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    for command in (["worker"], ["serve", "--port", "0"]):
        shown = called(*command, "--data-dir", str(settings.data_dir))
        assert shown.exit_code == 2
        assert "newer betaboard" in shown.stderr
        assert shown.stderr.count("\n") == 1
