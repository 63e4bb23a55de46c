"""`betaboard token`: make, list and withdraw named tokens, in the database itself: no server need run."""

import click
from rich.table import Table

from app.cli.client_options import json_option
from app.cli.options import settings_options
from app.cli.tables import cell, plain_table, print_table
from app.cli.terminal import echo, print_json
from app.errors import NotFoundError
from app.formats import DASH, ago, utc
from app.schemas import TokenBody, read
from app.serving.installation import prepare
from app.settings import Settings
from app.store.engine import Database
from app.store.tokens import add_token, all_tokens, withdraw
from app.views.tokens import TokenList, new_token, token_list

_SCOPE = "read: look at everything and use the calculators; write: launch, change and delete, too."


@click.group()
def token() -> None:
    """Make, list and withdraw named tokens."""


@token.command()
@click.argument("name")
@click.option("--scope", type=click.Choice(["read", "write"]), required=True, help=_SCOPE)
@click.option("--days", type=click.IntRange(1, 3650), help="End by itself after so many days.")
@json_option
@settings_options
def create(settings: Settings, name: str, scope: str, days: int | None, as_json: bool) -> None:
    """Make a token called NAME and print it, this once."""
    body = read(TokenBody, {"name": name, "scope": scope, "days": days})
    database = _opened(settings)
    with database.write() as session:
        made = new_token(*add_token(session, body.name, body.scope, body.days))
    database.close()
    if as_json:
        print_json(made)
        return
    echo(made.token)
    echo("It is shown this once. A server asks for tokens when it is started with --token.", err=True)


@token.command("list")
@json_option
@settings_options
def list_tokens(settings: Settings, as_json: bool) -> None:
    """List the tokens that were not withdrawn, oldest first."""
    database = _opened(settings)
    with database.read() as session:
        found = token_list(all_tokens(session))
    database.close()
    if as_json:
        print_json(found)
    elif found.items:
        print_table(_table(found))
    else:
        echo(f"No tokens in {settings.data_dir}. Make one: betaboard token create NAME --scope read")


@token.command()
@click.argument("name_or_id", metavar="NAME|ID")
@settings_options
def revoke(settings: Settings, name_or_id: str) -> None:
    """Withdraw a token by its name or number; a running server heeds it within a second."""
    is_id = name_or_id.isascii() and name_or_id.isdigit() and len(name_or_id) < 19
    database = _opened(settings)
    try:
        with database.write() as session:
            gone = withdraw(session, int(name_or_id) if is_id else name_or_id)
    except NotFoundError as error:
        hint = f"`betaboard token list` names those in {settings.data_dir}."
        raise NotFoundError(error.message, hint) from None
    finally:
        database.close()
    echo(f"Withdrawn: {gone.name}. Browsers that signed in with it are signed out.")


def _table(found: TokenList) -> Table:
    """A line a token."""
    table = plain_table()
    for heading in ("id", "name", "scope", "begins with", "made", "last used", "ends"):
        table.add_column(heading)
    for one in found.items:
        ends = utc(one.expires_at) if one.expires_at else DASH
        times = (ago(one.created_at), ago(one.last_used_at), ends)
        table.add_row(*map(cell, (str(one.id), one.name, one.scope, one.prefix, *times)))
    return table


def _opened(settings: Settings) -> Database:
    """The database, made or brought up to date where needed."""
    prepare(settings)
    return Database(settings.url)
