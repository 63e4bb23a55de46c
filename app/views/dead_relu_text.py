"""What runs show about dead units, as sentences: each computed from the shares, and holding its numbers.

Shares are means over a setting's runs. A layer has dead units where at least one unit in a thousand is dead;
below that, a mean over runs may be a single unit in one of them. Nothing is said of a field that no two
settings differ in alone: a sentence about a field compares settings that are equal in everything else.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from app.formats import cut, percent
from app.views.chips import value_text
from app.views.dead_relu import LayerUnits, SettingUnits
from app.views.setting_labels import differing_fields
from trainer.config_fields import flatten, leaf_fields

RATE = "optim.learning_rate"
_LEAST = 0.001
_LEAST_FALL = 0.02
_MOST_NAMED = 4


def observations(settings: Sequence[SettingUnits]) -> tuple[str, ...]:
    """Where dead units appear, how that follows the learning rate, what one change does, what recovers."""
    return (
        *_where(settings),
        *_by_rate(settings),
        *_one_change(settings),
        *_recovered(settings),
        *_never(settings),
        *_ended(settings),
    )


def _where(settings: Sequence[SettingUnits]) -> Iterator[str]:
    """The largest share of each layer anywhere, from image to logits."""
    tops: dict[str, tuple[float, SettingUnits, LayerUnits]] = {}
    for setting in settings:
        for layer in setting.layers:
            if layer.largest is not None and layer.largest > tops.get(layer.layer, (-1.0,))[0]:
                tops[layer.layer] = layer.largest, setting, layer
    if not tops:
        return
    top, setting, layer = max(tops.values(), key=lambda one: one[0])
    if top < _LEAST:
        yield f"No unit is dead after any epoch, in any of {_several(len(settings), 'setting')}."
        return
    by_layer = ", ".join(f"{name} {percent(share)} %" for name, (share, _, _) in sorted(tops.items()))
    yield (f"Largest share of dead units by layer, over all settings and epochs: {by_layer}. The largest is "
           f"in {_short(setting)} after epoch {layer.largest_epoch}.")  # fmt: skip


def _by_rate(settings: Sequence[SettingUnits]) -> Iterator[str]:
    """Of settings that differ in the learning rate alone: from which one on each layer has dead units."""
    for group in rate_groups(settings):
        rates = [value_text(_flat(one)[RATE]) for one in group]
        starts: dict[int | None, list[str]] = {}
        for layer in [layer.layer for layer in group[0].layers]:
            tops = [_largest(one, layer) for one in group]
            at = next((place for place, top in enumerate(tops) if top >= _LEAST), None)
            shown = ", ".join(f"{percent(top)} %" for top in tops)
            starts.setdefault(at, []).append(f"{layer} ({shown})")
        said = "; ".join(_start(at, rates, names) for at, names in starts.items())
        yield (f"Rates {', '.join(rates)}, all else equal ({_short(group[0], rate=False)}), by their "
               f"largest shares of dead units: {said}.")  # fmt: skip


def _start(at: int | None, rates: Sequence[str], layers: Sequence[str]) -> str:
    named = ", ".join(layers)
    if at is None:
        return f"none at any rate in {named}"
    return f"at every rate in {named}" if at == 0 else f"from {rates[at]} on in {named}"


def rate_groups(settings: Sequence[SettingUnits]) -> Iterator[list[SettingUnits]]:
    """Settings that are equal but for the learning rate, by rate; those that are alone are left out."""
    groups: dict[str, list[SettingUnits]] = {}
    for setting in settings:
        rest = {path: value for path, value in _flat(setting).items() if path not in (RATE, *_SEEDS)}
        groups.setdefault(repr(sorted(rest.items())), []).append(setting)
    for group in groups.values():
        if len(group) > 1:
            yield sorted(group, key=rate_of)


def rate_of(setting: SettingUnits) -> float:
    """Its learning rate."""
    return float(_flat(setting)[RATE])


def _one_change(settings: Sequence[SettingUnits]) -> Iterator[str]:
    """Each setting against one that differs from it in a single field other than the learning rate."""
    for setting, other, path in _pairs(settings):
        mine, theirs = (_flat(one)[path] for one in (setting, other))
        layers = "; ".join(
            f"{layer.layer} {percent(layer.last)} % against {percent(reference.last)} %"
            for layer in setting.layers
            if (reference := other.layer(layer.layer)) and _says(layer, reference)
        )
        dead = f"dead after the last epoch {layers}" if layers else "no layer has dead units in either"
        title = leaf_fields()[path].title or path
        yield (f"{title} {_word(mine)} instead of {_word(theirs)} (learning rate "
               f"{value_text(_flat(setting)[RATE])}): {dead}; test accuracy {_accuracy(setting)} against "
               f"{_accuracy(other)} %.")  # fmt: skip


def _pairs(settings: Sequence[SettingUnits]) -> Iterator[tuple[SettingUnits, SettingUnits, str]]:
    """(setting, reference, field): each setting once, against the one that most settings are next to."""
    near = {
        one.label: [(other, paths[0]) for other in settings if len(paths := _differ(one, other)) == 1]
        for one in settings
    }
    by_neighbours = sorted(settings, key=lambda one: -len(near[one.label]))
    for place, setting in enumerate(by_neighbours):
        before = {one.label for one in by_neighbours[:place]}
        pairs = [
            (other, path) for other, path in near[setting.label] if other.label in before and path != RATE
        ]
        for other, path in sorted(pairs, key=lambda pair: -len(near[pair[0].label]))[:1]:
            yield setting, other, path


def _recovered(settings: Sequence[SettingUnits]) -> Iterator[str]:
    """The largest falls from a layer's largest share to its last."""
    falls = [
        (layer.largest - layer.last, setting, layer)
        for setting in settings
        for layer in setting.layers
        if layer.largest is not None and layer.last is not None and layer.largest - layer.last >= _LEAST_FALL
    ]
    if not falls:
        return
    falls.sort(key=lambda fall: -fall[0])
    said = "; ".join(
        f"{_short(setting)}, {layer.layer} from {percent(layer.largest)} % (epoch {layer.largest_epoch}) to "
        f"{percent(layer.last)} %"
        for _, setting, layer in falls[:_MOST_NAMED]
    )
    yield f"Units recover in {_several(len(falls), 'layer')} of these settings, most: {said}."


def _never(settings: Sequence[SettingUnits]) -> Iterator[str]:
    """Settings in which a whole layer stays dead: no gradient passes it."""
    for setting in settings:
        gone = [layer for layer in setting.layers if layer.last is not None and layer.last > 1 - _LEAST]
        if gone:
            names = ", ".join(
                f"{layer.layer} ({percent(layer.first)} % after the first epoch)" for layer in gone
            )
            yield (f"{_short(setting)} ends with every unit dead in {names}, which no gradient passes; "
                   f"test accuracy {_accuracy(setting)} %.")  # fmt: skip


def _ended(settings: Sequence[SettingUnits]) -> Iterator[str]:
    early = [setting for setting in settings if setting.ended_early]
    if early:
        said = "; ".join(f"{setting.ended_early} of {_short(setting)}" for setting in early)
        yield f"Runs that failed or were stopped, and are left out where others of the setting ended: {said}."


def _says(layer: LayerUnits, reference: LayerUnits) -> bool:
    return max(layer.last or 0.0, reference.last or 0.0) >= _LEAST


def _largest(setting: SettingUnits, name: str) -> float:
    layer = setting.layer(name)
    return (layer.largest or 0.0) if layer else 0.0


def _accuracy(setting: SettingUnits) -> str:
    """With n, as a mean over other numbers of seeds is another figure."""
    return f"{percent(setting.accuracy.mean)} (n = {setting.n})"


_SEEDS = ("seed", "data.subset_seed", "device", "threads")


def _differ(one: SettingUnits, other: SettingUnits) -> list[str]:
    return [] if one is other else differing_fields([_flat(one), _flat(other)])


def _flat(setting: SettingUnits) -> Mapping[str, Any]:
    return flatten(setting.config)


def _word(value: object) -> str:
    return "as usual" if value is None else value_text(value).replace("_", " ")


def _several(count: int, word: str) -> str:
    return f"{count} {word}{'s' if count != 1 else ''}"


def _short(setting: SettingUnits, rate: bool = True) -> str:
    """A label, short enough for a sentence; without its rate where the sentence is about rates."""
    words = setting.label.split(", ")
    kept = words if rate else [word for word in words if not word.startswith("rate ")]
    return cut(", ".join(kept), 64)
