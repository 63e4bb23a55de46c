"""`betaboard backup`, `restore` and `migrate`: copy a board, make one of a copy, bring one up to date."""

import json
from pathlib import Path
from typing import Any

import click

from app.cli.client_options import json_option
from app.cli.options import settings_options
from app.cli.terminal import echo
from app.formats import counted, size
from app.keeping.archive import Contents, Part, read_archive
from app.keeping.backup import back_up
from app.keeping.restore import restore as restored
from app.serving.installation import prepare
from app.settings import Settings

_FILE = click.Path(path_type=Path)


def _say(text: str) -> None:
    echo(text, err=True)


@click.command()
@click.argument("path", type=_FILE)
@click.option("--verify", is_flag=True, help="Read the backup that is at PATH, and say whether it is whole.")
@click.option("--without-datasets", is_flag=True, help="Leave out the data sets, imported ones too.")
@click.option("--without-checkpoints", is_flag=True, help="Leave out those that no run to come needs.")
@click.option("--replace", is_flag=True, help="Replace a file of this name, once the new one is whole.")
@json_option
@settings_options
def backup(
    settings: Settings,
    path: Path,
    verify: bool,
    without_datasets: bool,
    without_checkpoints: bool,
    replace: bool,
    as_json: bool,
) -> None:
    """Copy the board, database and folders, to PATH, a .tar or .tar.gz; runs may go on meanwhile."""
    if verify:
        head, contents = read_archive(path)
        told = {"path": str(path), **head.model_dump(), **_counts(contents)}
        _tell(as_json, told, f"{path} of {head.made_at} is whole: {_summary(contents)}.")
        return
    parts: tuple[tuple[Part, bool], ...] = (
        ("datasets", without_datasets),
        ("checkpoints", without_checkpoints),
    )
    left_out = [part for part, is_left_out in parts if is_left_out]
    made = back_up(settings, path, left_out, replace, _say)
    lines = [f"{path}: {size(made.bytes)}, read back and whole: {_summary(made.contents)}."]
    if made.dropped:
        lines.append(
            f"Left out as they were deleted meanwhile: {', '.join(f'#{job}' for job in made.dropped)}."
        )
    told = {"path": str(path), "dropped": made.dropped, "left_out": left_out, **_counts(made.contents)}
    _tell(as_json, told, "\n".join(lines))


@click.command()
@click.argument("path", type=_FILE)
@json_option
@settings_options
def restore(settings: Settings, path: Path, as_json: bool) -> None:
    """Make a board of the backup at PATH in the data folder, which must be empty."""
    back = restored(path, settings, lambda board: prepare(board, copy=False))
    lines = [f"{settings.data_dir} is the board of {back.head.made_at}: {_summary(back.contents)}."]
    if back.queued:
        lines.append(
            f"{counted(len(back.queued), 'job')} that ran then wait again, and go on from a checkpoint."
        )
    if back.head.left_out:
        lines.append(f"The backup is without {' and '.join(back.head.left_out)}.")
    lines += [f"Jobs wait for data set {name}, which is not in it: import it again." for name in back.lacking]
    told = {
        "data_dir": str(settings.data_dir),
        "queued": back.queued,
        "lacking": back.lacking,
        **back.head.model_dump(),
        **_counts(back.contents),
    }
    _tell(as_json, told, "\n".join(lines))


@click.command()
@click.option("--without-copy", is_flag=True, help="Keep no copy of the database as it was.")
@settings_options
def migrate(settings: Settings, without_copy: bool) -> None:
    """Bring the data folder's database up to date, as serve and worker do when they start."""
    prepare(settings, _say, copy=not without_copy)
    echo(f"The database of {settings.data_dir} is up to date.")


def _counts(contents: Contents) -> dict[str, Any]:
    return {"files": len(contents.files), "bytes": contents.bytes, "jobs": contents.jobs}


def _summary(contents: Contents) -> str:
    jobs = ", ".join(f"{count} {state}" for state, count in contents.jobs.items()) or "no jobs"
    return f"{counted(len(contents.files), 'file')} of {size(contents.bytes)}; {jobs}"


def _tell(as_json: bool, told: dict[str, Any], text: str) -> None:
    echo(json.dumps(told, indent=2) if as_json else text)
