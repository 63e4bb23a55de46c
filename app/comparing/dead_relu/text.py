"""What runs show about dead units, as sentences: each computed from the shares, and holding its numbers.

Shares are means over a setting's runs. A layer counts as having dead units from one in a thousand on. What
one change does is a table of its own: dead_relu.changes.
"""

from collections.abc import Iterable, Iterator, Sequence

from app.comparing.dead_relu.changes import RATE, Names, flat_of, value_word
from app.comparing.dead_relu.view import LayerUnits, SettingUnits
from app.formats import counted, gather, percent
from app.views.setting_labels import differing_fields, setting_fields
from trainer.config_meaning import short_word

_LEAST = 0.001
_LEAST_FALL = 0.02


def observations(settings: Sequence[SettingUnits]) -> tuple[str, ...]:
    """Where dead units appear, how that follows the learning rate, what recovers."""
    names = Names(settings)
    return (
        *_where(settings, names),
        *_by_rate(settings),
        *_recovered(settings, names),
        *_never(settings, names),
        *_zeros(settings, names),
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
        yield f"No unit is dead after any epoch of {counted(len(settings), 'setting')}."
        return
    by_layer = ", ".join(f"{name} {percent(share)} %" for name, (share, _, _) in sorted(tops.items()))
    yield (
        f"Largest share of dead units over all settings and epochs: {by_layer}; the largest with "
        f"{names.of(setting)} after epoch {layer.largest_epoch}."
    )


def _by_rate(settings: Sequence[SettingUnits]) -> Iterator[str]:
    """Of settings that differ in the learning rate alone: from which one on each layer has dead units."""
    groups = list(rate_groups(settings))
    told = differing_fields([flat_of(group[0]) for group in groups])
    for group in groups:
        known = [one for one in group if is_measured(one)]
        rates, gone = _rates(known), _rates(one for one in group if one not in known)
        flat = flat_of(group[0])
        shared = ", ".join(f"{short_word(path)} {value_word(flat[path])}" for path in told if path != RATE)
        under = f" with {shared}" if shared else ""
        lost = f"at {', '.join(gone)} the network diverged, so nothing was measured" if gone else ""
        if len(known) > 1:
            said = "; ".join(filter(None, (f"dead units {_from_which(known, rates)}", lost)))
            yield f"Learning rates {', '.join(rates)}{under}: {said}."
        else:
            yield f"Learning rates {', '.join(_rates(group))}{under}: {lost}."


def _rates(settings: Iterable[SettingUnits]) -> list[str]:
    return [value_word(flat_of(one)[RATE]) for one in settings]


def _from_which(group: Sequence[SettingUnits], rates: Sequence[str]) -> str:
    """Such as "at no rate in relu1; from 0.1 on in relu2"."""
    starts: dict[int | None, list[str]] = {}
    for layer in group[0].layers:
        found = [one.layer(layer.layer) for one in group]
        at = next((n for n, one in enumerate(found) if one and (one.largest or 0.0) >= _LEAST), None)
        starts.setdefault(at, []).append(layer.layer)
    return "; ".join(_start(at, rates, layers) for at, layers in starts.items())


def is_measured(setting: SettingUnits) -> bool:
    """Whether any layer has a share of dead units: a network that diverged in its first epoch has none."""
    return any(layer.largest is not None for layer in setting.layers)


def _start(at: int | None, rates: Sequence[str], layers: Sequence[str]) -> str:
    named = ", ".join(layers)
    if at is None:
        return f"at no rate in {named}"
    return f"at every rate in {named}" if at == 0 else f"from {rates[at]} on in {named}"


def rate_groups(settings: Sequence[SettingUnits]) -> Iterator[list[SettingUnits]]:
    """Settings that are equal but for the learning rate, by rate; those that are alone are left out."""
    rest = (repr(sorted(setting_fields(one.config, (RATE,)).items())) for one in settings)
    for group in gather(zip(rest, settings, strict=True)).values():
        if len(group) > 1:
            yield sorted(group, key=rate_of)


def rate_of(setting: SettingUnits) -> float:
    """Its learning rate."""
    return float(flat_of(setting)[RATE])


def _recovered(settings: Sequence[SettingUnits], names: Names) -> Iterator[str]:
    """The largest falls from a layer's largest share to its last."""
    falls = [
        (layer.largest - layer.last, setting, layer)
        for setting, layer in _layers(settings)
        if layer.largest is not None and layer.last is not None and layer.largest - layer.last >= _LEAST_FALL
    ]
    if not falls:
        return
    _, setting, layer = max(falls, key=lambda fall: fall[0])
    dead = sum(layer.recovered is not None for _, layer in _layers(settings))
    yield (
        f"Units recover by {percent(_LEAST_FALL)} points or more in {len(falls)} of "
        f"{counted(dead, 'layer')} with dead units, most in {layer.layer} of {names.of(setting)}: "
        f"{percent(layer.largest)} % after epoch {layer.largest_epoch}, {percent(layer.last)} % after the "
        "last."
    )


def _never(settings: Sequence[SettingUnits], names: Names) -> Iterator[str]:
    """Settings in which a whole layer stays dead: no gradient passes it."""
    said = []
    for setting in settings:
        gone = [layer for layer in setting.layers if layer.last is not None and layer.last > 1 - _LEAST]
        if gone:
            layers = ", ".join(f"{layer.layer} ({percent(layer.first)} % after the first)" for layer in gone)
            said.append(f"{layers} of {names.of(setting)}, test accuracy {_accuracy(setting)}")
    if said:
        yield f"Every unit is dead after the last epoch in {'; '.join(said)}: no gradient passes there."


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


def _layers(settings: Sequence[SettingUnits]) -> Iterator[tuple[SettingUnits, LayerUnits]]:
    for setting in settings:
        for layer in setting.layers:
            yield setting, layer


def _accuracy(setting: SettingUnits) -> str:
    spread = "" if setting.accuracy.sd is None else f"SD {percent(setting.accuracy.sd)}, "
    return f"{percent(setting.accuracy.mean)} % ({spread}n = {setting.n})"
