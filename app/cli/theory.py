"""`betaboard theory NAME`: the calculators at a shell. They work here, without a server.

Options are the fields of the calculator's page. One that fills others (a run, a data set) asks the server.
"""

import json
from pathlib import Path
from typing import Any

import click

from app.cli.terminal import echo, print_json
from app.client import Client
from app.client.calls import DEFAULT_URL
from app.errors import BadRequestError
from app.lab.base.calculator import Calculator, Field
from app.lab.registry import CALCULATORS
from app.schemas import read
from app.views.base import View

_REQUEST = "The request of the REST endpoint as a JSON file; - reads standard input."
_URL = "Server that knows the run or the data set."


@click.group()
def theory() -> None:
    """Work out a calculator of the theory lab, and mark an answer."""


def _command(calculator: Calculator) -> click.Command:
    def work_out(request: Path | None, as_json: bool, url: str, token: str | None, **given: Any) -> None:
        typed = {name: _text(value) for name, value in given.items() if value is not None}
        if request is not None and typed:
            raise click.UsageError("Give a request as JSON, or options; not both.")
        view = _from_json(calculator, request) if request else _from_options(calculator, typed, url, token)
        if as_json:
            print_json(view)
            return
        for line in calculator.lines(view):
            echo(line)

    file = click.Path(dir_okay=False, allow_dash=True, path_type=Path)
    params: list[click.Parameter] = [
        *map(_option, calculator.fields),
        click.Option(["--request"], type=file, help=_REQUEST),
        click.Option(["--json", "as_json"], is_flag=True, help="Print JSON, for machines."),
        click.Option(["--url"], envvar="BETABOARD_URL", default=DEFAULT_URL, show_default=True, help=_URL),
        click.Option(["--token"], envvar="BETABOARD_TOKEN", help="Its token, if it wants one."),
    ]
    return click.Command(calculator.name, callback=work_out, params=params, help=calculator.about)


def _option(field: Field) -> click.Option:
    name = f"--{field.name.replace('_', '-')}"
    about = field.help
    if field.default:
        about += f"  [default: {field.default.replace(chr(10), '; ')}]"
    if field.kind == "switch":
        return click.Option([name, field.name], is_flag=True, default=None, help=about)
    kind = click.Choice(field.options) if field.options else None
    return click.Option([name, field.name], type=kind, help=about, hidden=field.kind == "state")


def _text(value: object) -> str:
    return ("true" if value else "") if isinstance(value, bool) else str(value)


def _from_json(calculator: Calculator, path: Path) -> View:
    try:
        with click.open_file(str(path), encoding="utf-8") as file:
            data = json.load(file)
    except OSError as error:
        raise BadRequestError(f"{path} cannot be read: {error.strerror}.") from error
    except RecursionError as error:
        raise BadRequestError(f"{path} nests lists or objects too deeply.") from error
    except ValueError as error:
        raise BadRequestError(f"{path} is not JSON: {error}.") from error
    if not isinstance(data, dict):
        raise BadRequestError(f"{path} must hold a JSON object.")
    return calculator.work_out(read(calculator.body, data))


def _from_options(calculator: Calculator, typed: dict[str, str], url: str, token: str | None) -> View:
    """Worked out here, or by the server where a field needs its database."""
    if any(field.fills and typed.get(field.name) for field in calculator.fields):
        with Client(url, token) as board:
            return board.theory_typed(calculator.name, calculator.view, typed)
    return calculator.work_out_typed(calculator.complete(typed))


for _calculator in CALCULATORS.values():
    theory.add_command(_command(_calculator))
