"""Words under which pages show a choice: "CB-Focal", "class balanced"; found where they mean one thing."""

from collections.abc import Iterator, Mapping
from functools import cache

from app.search.fields import known_fields, plain
from trainer.config_sections import PLUGGED
from trainer.losses import LOSSES
from trainer.weighting_words import WEIGHTINGS

LOSS, WEIGHTS = "loss.name", "loss.weighting"
Chosen = tuple[tuple[str, str], ...]
"""Fields with their values."""


@cache
def choice_words(path: str) -> Mapping[str, str]:
    """Plain word -> the choice of this field that it stands for."""
    found: dict[str, set[str]] = {}
    for word, choice in _words(path):
        found.setdefault(plain(word), set()).add(choice)
    return {word: choices.pop() for word, choices in found.items() if len(choices) == 1}


@cache
def labelled(text: str) -> Chosen:
    """What a word alone stands for: loss, weights, both, or one choice of another field; () for nothing."""
    word = plain(text)
    if word in _families():
        return _families()[word]
    found = [
        (path, choice)
        for path in (LOSS, WEIGHTS, *PLUGGED)
        if (choice := choice_words(path).get(word)) not in (None, "none")
    ]
    of_loss = [one for one in found if one[0] in (LOSS, WEIGHTS)]
    chosen = tuple(dict.fromkeys(of_loss or found))
    return chosen if len(chosen) == 1 else ()


@cache
def _families() -> Mapping[str, Chosen]:
    """Loss and weighting as the settings of a comparison are labelled, without those that have no weights."""
    return {
        plain(weights.short + loss.short): ((LOSS, loss.name), (WEIGHTS, weighting))
        for weighting, weights in WEIGHTINGS.items()
        for loss in LOSSES
        if weights.short
    }


def _words(path: str) -> Iterator[tuple[str, str]]:
    yield from ((choice, choice) for choice in known_fields()[path].choices)
    if path == WEIGHTS:
        for name, words in WEIGHTINGS.items():
            yield from (
                (word, name) for word in (words.word, words.short.strip("-"), words.adjective) if word
            )
    if path in PLUGGED:
        for entry in PLUGGED[path]:
            title = entry.title.removesuffix(f" {PLUGGED[path].kind}")
            yield from ((word, entry.name) for word in (entry.title, title, entry.short))
