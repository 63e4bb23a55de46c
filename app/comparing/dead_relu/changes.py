"""What one change does to dead units: settings that are equal in every field but one, side by side.

The learning rate is left to the sentences and the figure, which follow it over all its values.
"""

from collections.abc import Iterator, Sequence

from app.comparing.dead_relu.names import RATE, flat_of, value_word
from app.comparing.dead_relu.view import ChangedLayer, SettingUnits, UnitChange
from app.views.setting_labels import differing_fields
from trainer.config_meaning import short_word, title_of

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
    return UnitChange(
        field=path,
        label=f"{title_of(path)} {old} → {new}",
        shared=", ".join(f"{short_word(one)} {value_word(flat[one])}" for one in shared),
        layers=tuple(
            ChangedLayer(layer=layer.layer, before=layer.last, after=same.last)
            for layer in before.layers
            if (same := after.layer(layer.layer))
        ),
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
    for place, setting in enumerate(by_neighbours):
        earlier = {one.setting_hash for one in by_neighbours[:place]}
        known = [
            (other, path)
            for other, path in near[setting.setting_hash]
            if other.setting_hash in earlier and path != RATE
        ]
        for other, path in sorted(known, key=lambda pair: -len(near[pair[0].setting_hash]))[:1]:
            yield other, setting, path


def _neighbours(setting: SettingUnits, settings: Sequence[SettingUnits]) -> list[tuple[SettingUnits, str]]:
    flat = flat_of(setting)
    fields = [(other, differing_fields([flat, flat_of(other)])) for other in settings if other is not setting]
    return [(other, paths[0]) for other, paths in fields if len(paths) == 1]
