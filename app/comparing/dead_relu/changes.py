"""Settings that are one change apart, and short names of settings within one set of them.

The learning rate is left to the sentences and the figure, which follow it over all its values.
"""

from collections.abc import Iterator, Mapping, Sequence
from statistics import mode
from typing import Any

from app.comparing.dead_relu.view import ChangedLayer, SettingUnits, UnitChange
from app.formats import setting
from app.runs.naming import value_text
from app.views.setting_labels import differing_fields
from trainer.config_fields import flatten
from trainer.config_meaning import short_word, title_of

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
        values = {path: [value_text(flat.get(path)) for flat in flats] for path in differing_fields(flats)}
        self._usual = {path: mode(texts) for path, texts in values.items()}

    def of(self, units: SettingUnits) -> str:
        """The name; the label where nothing sets it apart."""
        flat = flat_of(units)
        rare = [path for path, usual in self._usual.items() if value_text(flat.get(path)) != usual]
        named = [path for path in self._usual if path == RATE or path in rare]
        return ", ".join(f"{short_word(path)} {value_word(flat.get(path))}" for path in named) or units.label


Pair = tuple[SettingUnits, SettingUnits, str]
"""Before, after, and the path of the one field that differs."""
_TELLING = ("model.batch_norm", RATE)
"""What changes dead units most: said of both settings wherever it varies."""


def changes(settings: Sequence[SettingUnits]) -> tuple[UnitChange, ...]:
    """Each setting that is one change away from an earlier reference: before, after, and what both share."""
    pairs = list(_pairs(settings))
    among_references = differing_fields([flat_of(before) for before, _, _ in pairs])
    varied = differing_fields([flat_of(one) for one in settings])
    told = [path for path in varied if path in (*among_references, *_TELLING)]
    return tuple(_change(pair, told) for pair in pairs)


def _change(pair: Pair, told: Sequence[str]) -> UnitChange:
    before, after, path = pair
    flat = flat_of(before)
    old, new = (value_word(flat_of(one)[path]) for one in (before, after))
    shared = [one for one in told if one != path and flat.get(one) is not None]
    layers = [(layer, after.layer(layer.layer)) for layer in before.layers]
    return UnitChange(
        field=path,
        label=f"{title_of(path)} {old} → {new}",
        shared=", ".join(f"{short_word(one)} {value_word(flat[one])}" for one in shared),
        layers=tuple(ChangedLayer(layer=a.layer, before=a.last, after=b.last) for a, b in layers if b),
        before=before.setting_hash,
        after=after.setting_hash,
        run_ids=before.run_ids + after.run_ids,
        accuracy_before=before.accuracy,
        accuracy_after=after.accuracy,
        n_before=before.n,
        n_after=after.n,
    )


def _pairs(settings: Sequence[SettingUnits]) -> Iterator[Pair]:
    """Each setting once, against the one before it that most settings are next to."""
    near = {one.setting_hash: _neighbours(one, settings) for one in settings}
    by_neighbours = sorted(settings, key=lambda one: -len(near[one.setting_hash]))
    for place, after in enumerate(by_neighbours):
        earlier = {one.setting_hash for one in by_neighbours[:place]}
        pairs = [pair for pair in near[after.setting_hash] if pair[0].setting_hash in earlier]
        known = [(before, path) for before, path in pairs if path != RATE]
        for before, path in sorted(known, key=lambda pair: -len(near[pair[0].setting_hash]))[:1]:
            yield before, after, path


def _neighbours(setting: SettingUnits, settings: Sequence[SettingUnits]) -> list[tuple[SettingUnits, str]]:
    flat = flat_of(setting)
    fields = [(other, differing_fields([flat, flat_of(other)])) for other in settings if other is not setting]
    return [(other, paths[0]) for other, paths in fields if len(paths) == 1]
