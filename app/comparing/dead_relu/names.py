"""Short names of settings within one set of them: what few of the others share, and the learning rate."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from app.comparing.dead_relu.view import SettingUnits
from app.formats import setting
from app.runs.naming import value_text
from app.views.setting_labels import differing_fields
from trainer.config_fields import flatten
from trainer.config_meaning import short_word

RATE = "optim.learning_rate"


def flat_of(units: SettingUnits) -> Mapping[str, Any]:
    """Its configuration under dotted paths."""
    return flatten(units.config)


def value_word(value: object) -> str:
    """A value as sentences and tables write it: real minus signs, words without underscores."""
    if value is None:
        return "as usual"
    if isinstance(value, int | float) and not isinstance(value, bool):
        return setting(float(value))
    return value_text(value).replace("_", " ")


class Names:
    """Names such as "batch norm on, rate 0.06", short enough for sentences and unlike within the set.

    A field is named where its value is not that of most settings; the learning rate wherever it varies.
    """

    def __init__(self, settings: Sequence[SettingUnits]) -> None:
        flats = [flat_of(one) for one in settings]
        self._usual = {
            path: Counter(value_text(flat.get(path)) for flat in flats).most_common(1)[0][0]
            for path in differing_fields(flats)
        }

    def of(self, units: SettingUnits, leave_out: str = "") -> str:
        """The name, without the field `leave_out`; the label where nothing sets it apart."""
        flat = flat_of(units)
        words = [
            f"{short_word(path)} {value_word(flat.get(path))}"
            for path, usual in self._usual.items()
            if path != leave_out and (path == RATE or value_text(flat.get(path)) != usual)
        ]
        return ", ".join(words) or ("" if leave_out else units.label)
