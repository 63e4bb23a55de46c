"""Reads a search: `loss = focal and beta >= 0.99 and not state = failed`. Errors point at their place.

either     := every ("or" every)*
every      := single (["and"] single)*         what stands side by side must hold together
single     := "not"* ( "(" either ")" | comparison | word )
comparison := FIELD SIGN VALUE | FIELD ["not"] "in" "(" VALUE ("," VALUE)* ")"
word       := text within a name, notes or a tag | "in quotes" | #7
"""

import re
from datetime import UTC, datetime
from decimal import Decimal

from app.search.fields import UnknownFieldError, Vocabulary, field_named, known_fields
from app.search.labels import LOSS, labelled
from app.search.scanner import SEPARATOR, SIGN, SPACE, WORD, Scanner
from app.search.times import STRETCH
from app.search.tree import AnyOf, Comparison, Either, Equal, Every, Field, Mention, Node, Not, Test
from app.search.values import Given, Reader, RefusedValueError, is_number, whole

LONGEST = 1000
"""Characters of a search."""
DEEPEST = 12
"""Brackets within brackets."""
MOST = 40
"""Comparisons, values and words of one search."""

_VALUE = re.compile(r"\[[^\]]*\]|[^\s(),]+")
_PERCENT = re.compile(r"[^\s(),%]+\s*(?:%|percent(?![^\s(),]))", re.IGNORECASE)
_IN = re.compile(r"(not\s+)?in\s*(?=\()", re.IGNORECASE)
_SPACED = {"time": STRETCH, "duration": STRETCH, "fraction": _PERCENT}
"""Kinds of fields whose values may have blanks within."""
_PLAIN_SIGNS = {"==": "=", "<>": "!=", ":": "~"}


def parse(query: str, vocabulary: Vocabulary, moment: datetime | None = None) -> Node | None:
    """The search as a tree; None for one that asks nothing. Raises SearchError.

    moment: now, for times that are relative to it.
    """
    return Parser(query, vocabulary, moment).whole()


class Parser:
    """One reading of a search. `field` and `begun`: whose value was read last (None: a word), from where."""

    def __init__(self, query: str, vocabulary: Vocabulary, moment: datetime | None = None) -> None:
        self._scan, self._depth, self._count = Scanner(query), 0, 0
        self._vocabulary = vocabulary
        self._reader = Reader(vocabulary, moment or datetime.now(UTC))
        self.field: Field | None = None
        self.begun = 0

    def whole(self) -> Node | None:
        """All of it. Raises SearchError."""
        scan = self._scan
        if len(scan.query) > LONGEST:
            scan.refuse(f"A search has at most {LONGEST} characters", LONGEST, len(scan.query))
        if (odd := re.search("[\0\ud800-\udfff]", scan.query)) is not None:
            scan.refuse("No run holds this character", odd.start(), odd.end())
        scan.take(SEPARATOR)
        if scan.is_done:
            return None
        found = self._either()
        if not scan.is_done:
            scan.refuse("This ) closes nothing", scan.at, scan.at + 1)
        return found

    def _either(self) -> Node:
        nodes = [self._every()]
        while self._scan.takes_word("or"):
            nodes.append(self._every())
        return nodes[0] if len(nodes) == 1 else Either(tuple(nodes))

    def _every(self) -> Node:
        scan, nodes = self._scan, [self._single()]
        while not (scan.sees_word("or") or scan.is_done or scan.sees(")")):
            scan.takes_word("and")
            nodes.append(self._single())
        return nodes[0] if len(nodes) == 1 else Every(tuple(nodes))

    def _single(self) -> Node:
        is_not = False
        while self._scan.takes_word("not"):
            is_not = not is_not
        node = self._bracket() if self._scan.sees("(") else self._term()
        return Not(node) if is_not else node

    def _bracket(self) -> Node:
        scan, begun = self._scan, self._scan.at
        self._depth += 1
        if self._depth > DEEPEST:
            scan.refuse(f"A search has at most {DEEPEST} brackets within each other", begun, begun + 1)
        scan.at += 1
        node = self._either()
        if not scan.sees(")"):
            scan.refuse("This ( is not closed", begun, begun + 1)
        scan.at, self._depth = scan.at + 1, self._depth - 1
        return node

    def _term(self) -> Node:
        scan = self._scan
        scan.take(SEPARATOR)
        self.field, self.begun = None, scan.at
        if quoted := scan.quoted():
            return self._mention(quoted.text, quoted.start)
        begun, word = scan.at, scan.take(WORD)
        if not word:
            scan.refuse_next()
        if word.lower() in ("and", "or"):
            scan.refuse(f"Something is missing before {word}", begun, scan.at)
        after = scan.at
        scan.take(SPACE)
        if listed := scan.next(_IN):
            field = self._named(word, begun)
            scan.at = listed.end()
            return Comparison(field, self._list(field), negated=bool(listed[1]))
        if sign := scan.next(SIGN):
            field = self._named(word, begun)
            scan.at = sign.end()
            return self._comparison(field, _PLAIN_SIGNS.get(sign[0], sign[0]))
        scan.at = after
        return self._word(word, begun)

    def _comparison(self, field: Field, sign: str) -> Node:
        scan, given, is_not = self._scan, self._value(field), sign == "!="
        chosen = labelled(given.text) if field.key == LOSS and sign in ("=", "~", "!=") else ()
        if len(chosen) > 1:
            both = Every(tuple(Comparison(known_fields()[path], Equal(value)) for path, value in chosen))
            return Not(both) if is_not else both
        found = Comparison(field, self._test(field, "=" if is_not else sign, given), is_not)
        if scan.query[scan.at :].lstrip().startswith(","):
            scan.take(SPACE)
            hint = f"Write {field.name} in ({given.text}, ...)."
            scan.refuse("A comma stands between the values of a list", scan.at, scan.at + 1, hint)
        return found

    def _list(self, field: Field) -> Test:
        scan, begun = self._scan, self._scan.at
        tests: list[Test] = []
        while not tests or scan.sees(","):
            scan.at += 1
            tests.append(self._test(field, "=", self._value(field)))
            scan.take(SPACE)
        if scan.is_done:
            scan.refuse("This list is not closed", begun, begun + 1, "Put a ) at its end.")
        if not scan.sees(")"):
            scan.refuse("A comma is missing between values", scan.at, scan.at + 1)
        scan.at += 1
        return AnyOf(tuple(tests))

    def _value(self, field: Field) -> Given:
        scan = self._scan
        scan.take(SPACE)
        self._count_up(scan.at)
        self.field, self.begun = field, scan.at
        if quoted := scan.quoted():
            return quoted
        text = scan.take(_SPACED[field.kind]) if field.kind in _SPACED else ""
        text = text or scan.take(_VALUE)
        if not text:
            scan.refuse(f"A value is missing for {field.name}", scan.at, scan.at + 1)
        return Given(text, self.begun, scan.at)

    def _test(self, field: Field, sign: str, given: Given) -> Test:
        try:
            return self._reader.test(field, sign, given)
        except RefusedValueError as error:
            query = self._scan.query
            readings = [f"{query[: given.start]}{value}{query[given.end :]}" for value in error.readings]
            self._scan.refuse(error.message, given.start, given.end, error.hint, readings)

    def _named(self, name: str, begun: int) -> Field:
        try:
            return field_named(name, self._vocabulary)
        except UnknownFieldError as error:
            query, end = self._scan.query, begun + len(name)
            readings = [f"{query[:begun]}{one}{query[end:]}" for one in error.candidates]
            if error.is_ambiguous:
                said = f"{name} could be {' or '.join(error.candidates)}"
                self._scan.refuse(said, begun, end, "Write which one.", readings)
            near = f"Did you mean {error.candidates[0]}? " if readings else ""
            hint = f"{near}Text that holds such a sign is found in quotes."
            self._scan.refuse(f"No run has a field {name}", begun, end, hint, readings)

    def _word(self, word: str, begun: int) -> Node:
        """A word alone; a field before a number, as chips have it ("beta 0.99"), is also a comparison."""
        scan, after = self._scan, self._scan.at
        if re.fullmatch(r"#[0-9]+", word):
            self._count_up(begun)
            return Comparison(known_fields()["id"], Equal(whole(Decimal(word[1:]))))
        scan.take(SPACE)
        number = scan.next(WORD)
        if number and is_number(number[0]) and (field := self._numeric(word)):
            scan.at = number.end()
            both = Every((self._mention(word, begun), self._mention(number[0], number.start())))
            return Either((both, Comparison(field, Equal(whole(Decimal(number[0]))))))
        scan.at = after
        return self._mention(word, begun)

    def _numeric(self, word: str) -> Field | None:
        """The number of a configuration that this word names."""
        try:
            field = field_named(word, self._vocabulary)
        except UnknownFieldError:
            return None
        return field if field.source == "config" and field.kind == "number" else None

    def _mention(self, text: str, begun: int) -> Node:
        """Text that runs mention, or, as the label of a choice, have."""
        self._count_up(begun)
        chosen = [Comparison(known_fields()[path], Equal(value)) for path, value in labelled(text)]
        if not chosen:
            return Mention(text)
        return Either((Mention(text), chosen[0] if len(chosen) == 1 else Every(tuple(chosen))))

    def _count_up(self, at: int) -> None:
        self._count += 1
        if self._count > MOST:
            said = f"A search has at most {MOST} comparisons and words"
            self._scan.refuse(said, at, len(self._scan.query))
