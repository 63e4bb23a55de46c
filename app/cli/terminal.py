"""What the commands print: names are text, never orders to the terminal, and no encoding makes it fail."""

import sys

import click

from app.views.base import View
from trainer.visible import ascii_json, visible_lines


def echo(text: str = "", err: bool = False, nl: bool = True) -> None:
    """Lines to standard output or standard error; what a terminal would act upon is written as \\x.."""
    click.echo(visible_lines(text), file=sys.stderr if err else sys.stdout, nl=nl)


def print_json(view: View) -> None:
    """The view as the API answers it, in ASCII."""
    click.echo(ascii_json(view.model_dump_json(indent=2)))
