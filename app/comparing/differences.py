"""The fields in which compared settings differ, one value a row: equal fields are left out."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.comparing.view import ConfigField
from app.formats import setting
from trainer.config_fields import flatten, leaf_fields
from trainer.config_meaning import NO_SETTING, title_of


def differences(configs: Sequence[Mapping[str, Any]]) -> tuple[ConfigField, ...]:
    """Differing fields of these settings, in form order; seeds, device and threads are no part of a setting.

    "" stands where a field has no effect; a row without a configuration ({}) has "" everywhere.
    """
    flat = [flatten(config) for config in configs]
    known = [one for one in flat if one]
    found = []
    for path in leaf_fields():
        values = [one.get(path) for one in known]
        if path not in NO_SETTING and any(value != values[0] for value in values):
            shown = tuple(_text(one.get(path)) for one in flat)
            found.append(ConfigField(path=path, label=title_of(path), values=shown))
    return tuple(found)


def _text(value: object) -> str:
    return "" if value is None else setting(value)
