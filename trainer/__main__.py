"""`python -m trainer`: joins the plugins of the command line, then runs the command (see command)."""

import sys

from trainer.plugins import take_options


def main() -> None:
    """Run the command that was typed."""
    arguments = take_options(sys.argv[1:])
    from trainer.command import main as command  # its options are the choices, plugins among them

    command(arguments, prog_name="python -m trainer")


if __name__ == "__main__":
    main()
