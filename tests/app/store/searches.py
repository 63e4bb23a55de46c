"""Random boards, and random searches: each text is made beside the plain filter in Python that it means."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st
from sqlalchemy.orm import Session

from app.runs.queue import enqueue
from app.store.search_index import store_figures
from app.store.tables import Attempt, Sweep, SweepCell
from trainer.config import parse_config
from trainer.config_fields import flatten

Plain = Mapping[str, Any]
"""A run as a search sees it, by field."""

CONFIGS = [
    {},
    {"seed": 3, "loss": {"weighting": "class_balanced", "beta": 0.9}},
    {"seed": 1, "loss": {"name": "focal", "gamma": 2.0, "weighting": "class_balanced", "beta": 0.99}},
    {"seed": 7, "loss": {"name": "focal", "gamma": 1.5}, "data": {"augment": False}},
    {"loss": {"weighting": "inverse_frequency"}, "optim": {"schedule": "cosine"}},
]
STATES = ["queued", "completed", "failed", "paused"]
DAYS = ["2026-01-02T00:00:00.000Z", "2026-01-02T23:59:59.999Z", "2026-01-03T00:00:00.000Z"]
TEXTS = [
    "Alpha",
    "alpha beta",
    "50%_x",
    'it\'s "so"',
    "a\\b",
    "#7",
    "cb",
    "0.99",
    "zeta(1)",
    "Änderung/_É",
    "große äNDERUNG",
]
TAGS = ["paper", "alpha", "x y"]
SHARES = [0.0, 0.006, 0.25, 0.42499, 0.6, 0.605, 1.0]
HOSTS = ["gpu1", "gpu2"]
ERRORS = [{"type": "DivergedError", "message": "at step 4"}, {"type": "OutOfMemory", "message": "alpha"}]
MENTIONED = {"priority": 3, "seconds": 60.0}


@dataclass(frozen=True)
class Asked:
    """A search as text, what it means, and whether it asks about archived runs."""

    text: str
    holds: Callable[[Plain], bool]
    about_archive: bool = False


def some(values: list[Any]) -> st.SearchStrategy[Any]:
    return st.none() | st.sampled_from(values)


plain_runs = st.fixed_dictionaries(
    {
        "config": st.sampled_from(CONFIGS),
        "name": st.sampled_from(TEXTS),
        "notes": st.sampled_from(["", *TEXTS]),
        "tags": st.sets(st.sampled_from(TAGS)),
        "state": st.sampled_from(STATES),
        "dataset": st.sampled_from(["shapes10", "cifar10"]),
        "priority": st.integers(-1, 2),
        "created_at": st.sampled_from(DAYS),
        "finished_at": some(DAYS),
        "archived_at": some(DAYS[:1]),
        "seconds": some([30.0, 60.0, 5400.0]),
        "error": some(ERRORS),
        "test_accuracy": some(SHARES),
        "test_tail": some(SHARES),
        "test_forward_10": some(SHARES),
        "test_loss": some([0.5, 1.234, 1.2355]),
        "best_test_accuracy": some(SHARES),
        "sweeps": st.sets(st.sampled_from([0, 1])),
        "host": some(HOSTS),
    }
)
boards = st.lists(plain_runs, max_size=6)
SWEEPS = ["grid one", "beta"]


def stored(s: Session, plain: Plain, sweep_ids: list[int]) -> dict[str, Any]:
    """Put the run on the board; returns it with its number and its configuration's fields."""
    config = parse_config(plain["config"])
    run = enqueue(s, config, plain["name"], plain["tags"], plain["notes"], plain["priority"])
    for name in ("state", "dataset", "created_at", "finished_at", "archived_at", "seconds", "error"):
        setattr(run, name, plain[name])
    run.last = {name: plain[name] for name in ("test_accuracy", "test_tail", "test_forward_10", "test_loss")}
    run.best = {"test_accuracy": plain["best_test_accuracy"]}
    run.test_accuracy = plain["test_accuracy"]
    told = {"baseline": False, "places": {}, "config": {}, "config_hash": "", "setting_hash": ""}
    for at in plain["sweeps"]:
        s.add(SweepCell(sweep_id=sweep_ids[at], cell=run.id, run_id=run.id, **told))
    if plain["host"]:
        s.add(
            Attempt(run_id=run.id, attempt=1, worker_id=f"w-{run.id}", host=plain["host"], started_at=DAYS[0])
        )
    store_figures(s, run)
    s.flush()
    named = {at: sweep_ids[at] for at in plain["sweeps"]}
    return {**plain, **flatten(run.config), "id": run.id, "in_sweeps": named}


def stored_sweeps(s: Session) -> list[int]:
    made = [
        Sweep(name=name, notes="", tags=[], base={}, axes={}, baselines=[], reuse=True, created_at=DAYS[0],
              body_hash=name, looks=None, tuned=[])
        for name in SWEEPS
    ]  # fmt: skip
    s.add_all(made)
    s.flush()
    return [one.id for one in made]


def in_quotes(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def has(value: str, part: str) -> bool:
    return part.lower() in value.lower()


def mentions(run: Plain, part: str) -> bool:
    return any(has(text, part) for text in (run["name"], run["notes"], *run["tags"]))


ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}
ORDERED: dict[str, Callable[[Any, Any], bool]] = {
    **ORDER,
    "=": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
}


def there(field: str, test: Callable[[Any], bool]) -> Callable[[Plain], bool]:
    return lambda run: run[field] is not None and test(run[field])


@st.composite
def of_numbers(draw: st.DrawFn) -> Asked:
    word, field, values = draw(
        st.sampled_from(
            [
                ("priority", "priority", ["-1", "0", "1.5"]),
                ("seed", "seed", ["0", "1", "3"]),
                ("beta", "loss.beta", ["0.9", "0.99", "0.95"]),
                ("loss.gamma", "loss.gamma", ["1.5", "2", "1e0"]),
                ("duration", "seconds", ["30", "60", "5400"]),
            ]
        )
    )
    sign, typed = draw(st.sampled_from(list(ORDERED))), draw(st.sampled_from(values))
    return Asked(f"{word} {sign} {typed}", there(field, lambda value: ORDERED[sign](value, float(typed))))


@st.composite
def of_lists(draw: st.DrawFn) -> Asked:
    field = draw(st.sampled_from(["loss.beta", "seed", "priority"]))
    values = draw(st.lists(st.sampled_from(["0.9", "0.99", "1", "3", "none"]), min_size=1, max_size=3))
    numbers = [float(value) for value in values if value != "none"]
    if draw(st.booleans()):
        return Asked(
            f"{field} in ({', '.join(values)})",
            lambda run: run[field] in numbers or (run[field] is None and "none" in values),
        )
    return Asked(f"{field} not in({','.join(values)})", there(field, lambda value: value not in numbers))


@st.composite
def of_shares(draw: st.DrawFn) -> Asked:
    word, field = draw(
        st.sampled_from(
            [
                ("accuracy", "test_accuracy"),
                ("tail", "test_tail"),
                ("forward_10", "test_forward_10"),
                ("best.accuracy", "best_test_accuracy"),
            ]
        )
    )
    typed = draw(st.sampled_from(["0", "2.5", "25", "42.5", "60", "60.5", "100", "0.6%", "42%"]))
    percent = Fraction(typed.rstrip("%"))
    half = Fraction(1, 20) if "." in typed else Fraction(1, 2)
    sign = draw(st.sampled_from([*ORDER, "=", "!="]))

    def passes(value: float) -> bool:
        exact = Fraction(repr(value)) * 100
        if sign in ORDER:
            return ORDER[sign](exact, percent)
        return (percent - half <= exact < percent + half) == (sign == "=")

    return Asked(f"{word} {sign} {typed}", there(field, passes))


@st.composite
def of_words(draw: st.DrawFn) -> Asked:
    field, word = draw(
        st.sampled_from(
            [
                ("state", "state"),
                ("dataset", "dataset"),
                ("loss.name", "loss"),
                ("loss.weighting", "weighting"),
            ]
        )
    )
    values = {"state": STATES, "dataset": ["shapes10", "cifar10"], "loss.name": ["focal", "cross_entropy"],
              "loss.weighting": ["none", "class_balanced"]}[field]  # fmt: skip
    typed, is_not = draw(st.sampled_from(values)), draw(st.booleans())
    return Asked(f"{word}{'!=' if is_not else '='}{typed}", lambda run: (run[field] == typed) != is_not)


@st.composite
def of_texts(draw: st.DrawFn) -> Asked:
    word, field = draw(st.sampled_from([("name", "name"), ("note", "notes")]))
    typed, sign = draw(st.sampled_from(TEXTS)), draw(st.sampled_from([":", "=", "!="]))
    tests: dict[str, Callable[[Any, Any], bool]] = {":": has, "=": ORDERED["="], "!=": ORDERED["!="]}
    return Asked(
        f"{word}{sign}{in_quotes(typed)}", lambda run: run[field] != "" and tests[sign](run[field], typed)
    )


@st.composite
def of_sets(draw: st.DrawFn) -> Asked:
    tag, is_not = draw(st.sampled_from([*TAGS, "other"])), draw(st.booleans())
    at, by_name = draw(st.sampled_from([0, 1])), draw(st.booleans())
    host = draw(st.sampled_from(HOSTS))
    sign = "!=" if is_not else "="
    sweep = in_quotes(SWEEPS[at]) if by_name else f"@{at}"
    return draw(
        st.sampled_from(
            [
                Asked(f"tag {sign} {in_quotes(tag)}", lambda run: (tag in run["tags"]) != is_not),
                Asked(f"sweep {sign} {sweep}", lambda run: (at in run["in_sweeps"]) != is_not),
                Asked(f"worker {sign} {host}", lambda run: (run["host"] == host) != is_not),
                Asked(
                    f"tag in (paper, {in_quotes(tag)})", lambda run: bool({"paper", tag} & set(run["tags"]))
                ),
            ]
        )
    )


@st.composite
def of_nothing(draw: st.DrawFn) -> Asked:
    word, field = draw(
        st.sampled_from(
            [
                ("beta", "loss.beta"),
                ("finished", "finished_at"),
                ("tail", "test_tail"),
                ("note", "notes"),
                ("tag", "tags"),
                ("sweep", "in_sweeps"),
                ("error", "error"),
                ("duration", "seconds"),
                ("worker", "host"),
                ("forward_10", "test_forward_10"),
            ]
        )
    )
    is_not = draw(st.booleans())
    lacking: tuple[object, ...] = ("", None, set(), {})
    return Asked(f"{word} {'!=' if is_not else '='} none", lambda run: (run[field] in lacking) != is_not)


ODD = st.sampled_from(
    [
        Asked("created > 2026-01-02", lambda run: run["created_at"] >= DAYS[2]),
        Asked("created <= 2026-01-02", lambda run: run["created_at"] < DAYS[2]),
        Asked("created = 2026-01-02", lambda run: run["created_at"] in DAYS[:2]),
        Asked("created != 2026-01-03", lambda run: run["created_at"] != DAYS[2]),
        Asked("finished < 2026-01-03", there("finished_at", lambda moment: moment < DAYS[2])),
        Asked("finished >= 2026-01-02T23:59", there("finished_at", lambda moment: moment >= DAYS[1])),
        Asked("duration >= 1h 30min", there("seconds", lambda seconds: seconds >= 5400)),
        Asked("test_loss = 1.23", there("test_loss", lambda loss: 1.225 <= loss < 1.235)),
        Asked("test_loss > 1.2350", there("test_loss", lambda loss: loss > 1.235)),
        Asked("augment = off", lambda run: run["data.augment"] is False),
        Asked('milestones = "6, 8"', lambda run: run["optim.milestones"] == [6, 8]),
        Asked("error:step", lambda run: run["error"] == ERRORS[0]),
        Asked("error = OutOfMemory", lambda run: run["error"] == ERRORS[1]),
        Asked("error != OutOfMemory", lambda run: run["error"] == ERRORS[0]),
        Asked("archived = yes", lambda run: run["archived_at"] is not None, True),
        Asked("archived != yes", lambda run: run["archived_at"] is None, True),
        Asked("archived in (true, false)", lambda run: True, True),
        Asked("#1", lambda run: run["id"] == 1),
        Asked(
            "cb", lambda run: mentions(run, "cb") or run["loss.weighting"] == "class_balanced"
        ),
        Asked(
            "CB-Focal",
            lambda run: run["loss.name"] == "focal" and run["loss.weighting"] == "class_balanced",
        ),
        Asked(
            "beta 0.99",
            lambda run: run["loss.beta"] == 0.99 or (mentions(run, "beta") and mentions(run, "0.99")),
        ),
    ]
)  # fmt: skip


@st.composite
def of_mentions(draw: st.DrawFn) -> Asked:
    text = draw(
        st.sampled_from(["alpha", "ALPHA be", "%", "_", "it's", "\\b", '"so"', "zeta", "0.99", "änderung"])
    )
    typed = text if text in ("alpha", "%", "_", "zeta") else in_quotes(text)
    return Asked(typed, lambda run: mentions(run, text))


atoms = (
    of_numbers() | of_lists() | of_shares() | of_words() | of_texts() | of_sets() | of_nothing() | ODD
    | of_mentions()
)  # fmt: skip


def both(one: Asked, other: Asked, word: str) -> Asked:
    holds: Callable[[Plain], bool] = lambda run: one.holds(run) and other.holds(run)  # noqa: E731
    return Asked(f"{one.text}{word}{other.text}", holds, one.about_archive or other.about_archive)


def either(one: Asked, other: Asked) -> Asked:
    holds: Callable[[Plain], bool] = lambda run: one.holds(run) or other.holds(run)  # noqa: E731
    return Asked(f"({one.text} OR {other.text})", holds, one.about_archive or other.about_archive)


def negated(one: Asked) -> Asked:
    return Asked(f"not ({one.text})", lambda run: not one.holds(run), one.about_archive)


searches = st.recursive(
    atoms,
    lambda inner: st.one_of(
        st.builds(both, inner, inner, st.sampled_from([" and ", " AND ", " "])),
        st.builds(either, inner, inner),
        st.builds(negated, inner),
    ),
    max_leaves=6,
)
