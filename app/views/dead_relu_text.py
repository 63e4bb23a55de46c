"""What runs show about dead units, as sentences: each computed from the shares, and holding its numbers.

Shares are means over a setting's runs. A layer counts as having dead units from one in a thousand on. Two
settings are held against each other only where they are equal in every field but one.
"""

from collections.abc import Iterator, Sequence

from app.formats import percent
from app.views.chips import value_text
from app.views.dead_relu import LayerUnits, SettingUnits
from app.views.dead_relu_names import Names, flat_of
from app.views.setting_labels import NO_SETTING, differing_fields
from trainer.config_fields import leaf_fields

RATE = "optim.learning_rate"
_LEAST = 0.001
_LEAST_FALL = 0.02
_MOST_NAMED = 4


def observations(settings: Sequence[SettingUnits]) -> tuple[str, ...]:
    """Where dead units appear, how that follows the learning rate, what one change does, what recovers."""
    names = Names(settings)
    return (
        *_where(settings, names),
        *_by_rate(settings, names),
        *_one_change(settings, names),
        *_recovered(settings, names),
        *_never(settings, names),
        *_zeros(settings, names),
        *_ended(settings, names),
    )


def _where(settings: Sequence[SettingUnits], names: Names) -> Iterator[str]:
    """The largest share of each layer anywhere, from image to logits."""
    tops: dict[str, tuple[float, SettingUnits, LayerUnits]] = {}
    for setting, layer in _layers(settings):
        if layer.largest is not None and layer.largest > tops.get(layer.layer, (-1.0,))[0]:
            tops[layer.layer] = layer.largest, setting, layer
    if not tops:
        return
    top, setting, layer = max(tops.values(), key=lambda one: one[0])
    if top < _LEAST:
        yield f"No unit is dead after any epoch of {_several(len(settings), 'setting')}."
        return
    by_layer = ", ".join(f"{name} {percent(share)} %" for name, (share, _, _) in sorted(tops.items()))
    yield (f"Largest share of dead units by layer, over all settings and epochs: {by_layer}. The largest is "
           f"that of {names.of(setting)} after epoch {layer.largest_epoch}.")  # fmt: skip


def _by_rate(settings: Sequence[SettingUnits], names: Names) -> Iterator[str]:
    """Of settings that differ in the learning rate alone: from which one on each layer has dead units."""
    for group in rate_groups(settings):
        rates = [value_text(flat_of(one)[RATE]) for one in group]
        starts: dict[int | None, list[str]] = {}
        for layer in group[0].layers:
            tops = [_largest(one, layer.layer) for one in group]
            at = next((place for place, top in enumerate(tops) if top >= _LEAST), None)
            starts.setdefault(at, []).append(f"{layer.layer} ({', '.join(map(percent, tops))} %)")
        said = "; ".join(_start(at, rates, layers) for at, layers in starts.items())
        shared = names.of(group[0], leave_out=RATE)
        under = f" with {shared}" if shared else ""
        yield (f"Learning rates {', '.join(rates)}{under}, by their largest shares of dead units: "
               f"{said}.")  # fmt: skip


def _start(at: int | None, rates: Sequence[str], layers: Sequence[str]) -> str:
    named = ", ".join(layers)
    if at is None:
        return f"none at any rate in {named}"
    return f"at every rate in {named}" if at == 0 else f"from {rates[at]} on in {named}"


def rate_groups(settings: Sequence[SettingUnits]) -> Iterator[list[SettingUnits]]:
    """Settings that are equal but for the learning rate, by rate; those that are alone are left out."""
    groups: dict[str, list[SettingUnits]] = {}
    for setting in settings:
        rest = {path: value for path, value in flat_of(setting).items() if path not in (RATE, *NO_SETTING)}
        groups.setdefault(repr(sorted(rest.items())), []).append(setting)
    for group in groups.values():
        if len(group) > 1:
            yield sorted(group, key=rate_of)


def rate_of(setting: SettingUnits) -> float:
    """Its learning rate."""
    return float(flat_of(setting)[RATE])


def _one_change(settings: Sequence[SettingUnits], names: Names) -> Iterator[str]:
    """Each setting against one that differs from it in a single field other than the learning rate."""
    for setting, other, path in _pairs(settings):
        mine, theirs = (_word(flat_of(one)[path]) for one in (setting, other))
        layers = ", ".join(
            f"{layer.layer} {percent(layer.last)} against {percent(reference.last)} %"
            for layer in setting.layers
            if (reference := other.layer(layer.layer)) and _says(layer, reference)
        )
        dead = f"dead after the last epoch {layers}" if layers else "no layer has dead units in either"
        yield (f"{leaf_fields()[path].title or path} {mine} instead of {theirs} "
               f"({names.of(other, leave_out=path) or 'all else equal'}): {dead}; test accuracy "
               f"{_accuracy(setting)} against {_accuracy(other)}.")  # fmt: skip


def _pairs(settings: Sequence[SettingUnits]) -> Iterator[tuple[SettingUnits, SettingUnits, str]]:
    """(setting, reference, field): each setting once, against the one that most settings are next to."""
    near = {one.setting_hash: _neighbours(one, settings) for one in settings}
    by_neighbours = sorted(settings, key=lambda one: -len(near[one.setting_hash]))
    for place, setting in enumerate(by_neighbours):
        earlier = {one.setting_hash for one in by_neighbours[:place]}
        known = [(other, path) for other, path in near[setting.setting_hash]
                 if other.setting_hash in earlier and path != RATE]  # fmt: skip
        for other, path in sorted(known, key=lambda pair: -len(near[pair[0].setting_hash]))[:1]:
            yield setting, other, path


def _neighbours(setting: SettingUnits, settings: Sequence[SettingUnits]) -> list[tuple[SettingUnits, str]]:
    flat = flat_of(setting)
    fields = [(other, differing_fields([flat, flat_of(other)])) for other in settings if other is not setting]
    return [(other, paths[0]) for other, paths in fields if len(paths) == 1]


def _recovered(settings: Sequence[SettingUnits], names: Names) -> Iterator[str]:
    """The largest falls from a layer's largest share to its last."""
    falls = [
        (layer.largest - layer.last, setting, layer)
        for setting, layer in _layers(settings)
        if layer.largest is not None and layer.last is not None and layer.largest - layer.last >= _LEAST_FALL
    ]
    if not falls:
        return
    falls.sort(key=lambda fall: -fall[0])
    said = "; ".join(
        f"{layer.layer} of {names.of(setting)} from {percent(layer.largest)} % (epoch {layer.largest_epoch}) "
        f"to {percent(layer.last)} %"
        for _, setting, layer in falls[:_MOST_NAMED]
    )
    dead = sum(layer.recovered is not None for _, layer in _layers(settings))
    yield (f"Units recover by {percent(_LEAST_FALL)} points or more in {len(falls)} of "
           f"{_several(dead, 'layer')} with dead units, most: {said}.")  # fmt: skip


def _never(settings: Sequence[SettingUnits], names: Names) -> Iterator[str]:
    """Settings in which a whole layer stays dead: no gradient passes it."""
    for setting in settings:
        gone = [layer for layer in setting.layers if layer.last is not None and layer.last > 1 - _LEAST]
        if gone:
            layers = ", ".join(f"{layer.layer} ({percent(layer.first)} % after the first)" for layer in gone)
            yield (f"Every unit is dead after the last epoch of {names.of(setting)} in {layers}, which no "
                   f"gradient passes; test accuracy {_accuracy(setting)}.")  # fmt: skip


def _zeros(settings: Sequence[SettingUnits], names: Names) -> Iterator[str]:
    """That the two numbers are two: the most zeros of a layer without a dead unit."""
    alive = [
        (layer.zeros, setting, layer)
        for setting, layer in _layers(settings)
        if layer.last is not None and layer.last < _LEAST and layer.zeros
    ]
    if alive:
        zeros, setting, layer = max(alive, key=lambda one: one[0])
        yield (
            f"Zeros are not death: of layers without a dead unit after the last epoch, up to "
            f"{percent(zeros)} % of the activations are zero ({layer.layer} of {names.of(setting)})."
        )


def _ended(settings: Sequence[SettingUnits], names: Names) -> Iterator[str]:
    early = [setting for setting in settings if setting.ended_early]
    if early:
        said = "; ".join(f"{setting.ended_early} of {names.of(setting)}" for setting in early)
        yield f"Runs that failed or were stopped, left out where another of their setting ended: {said}."


def _layers(settings: Sequence[SettingUnits]) -> Iterator[tuple[SettingUnits, LayerUnits]]:
    for setting in settings:
        for layer in setting.layers:
            yield setting, layer


def _says(layer: LayerUnits, reference: LayerUnits) -> bool:
    return max(layer.last or 0.0, reference.last or 0.0) >= _LEAST


def _largest(setting: SettingUnits, name: str) -> float:
    layer = setting.layer(name)
    return (layer.largest or 0.0) if layer else 0.0


def _accuracy(setting: SettingUnits) -> str:
    spread = "" if setting.accuracy.sd is None else f"SD {percent(setting.accuracy.sd)}, "
    return f"{percent(setting.accuracy.mean)} % ({spread}n = {setting.n})"


def _word(value: object) -> str:
    return "as usual" if value is None else value_text(value).replace("_", " ")


def _several(count: int, word: str) -> str:
    return f"{count} {word}{'s' if count != 1 else ''}"
