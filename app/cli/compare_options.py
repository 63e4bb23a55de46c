"""How settings are told apart: options that commands about comparisons share."""

from typing import get_args

import click

from app.cli.client_options import choice_option, text_option
from app.comparing.parts import Multiplicity

_MARGIN = "Points within which settings, or values of a field, are the same; 0 for none, default the sweep's."
_TUNED = 'Rate of which each setting gets its best, as optim.learning_rate; "": none.'
_TOGETHER = "Verdicts and intervals that hold together, or each alone."

epoch_option = choice_option(
    "--epoch", ["last", "best"], "Figures after the last epoch, or after each run's best."
)
multiplicity_option = choice_option("--multiplicity", get_args(Multiplicity), _TOGETHER)
margin_option = click.option("--margin", type=click.FloatRange(0, 100), metavar="POINTS", help=_MARGIN)
tuned_option = text_option("--tuned", "FIELD", _TUNED)
