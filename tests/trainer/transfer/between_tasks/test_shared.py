"""What lanes share: worked out once, whoever asks; the groups asked for last are kept."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from trainer.transfer.between_tasks.lanes import Lanes
from trainer.transfer.between_tasks.shared import Shared


def test_a_value_is_made_once_while_others_wait_for_it() -> None:
    shared: Shared[object] = Shared(groups=1)
    may_end, made = threading.Event(), []

    def make() -> object:
        made.append(object())
        assert may_end.wait(10)
        return made[-1]

    with ThreadPoolExecutor(3) as pool:
        asked = [pool.submit(shared.of, "group", "name", make) for _ in range(3)]
        may_end.set()
        assert {id(one.result()) for one in asked} == {id(made[0])}
    assert len(made) == 1


def test_groups_asked_for_last_are_kept() -> None:
    shared: Shared[int] = Shared(groups=2)
    for group in "aba":
        shared.of(group, "x", lambda: 1)
    shared.of("c", "x", lambda: 1)
    assert shared.of("a", "x", lambda: 2) == 1
    assert shared.of("b", "x", lambda: 2) == 2, "it was asked for longest ago"


def test_what_fails_is_raised_and_tried_again() -> None:
    shared: Shared[int] = Shared(groups=1)

    def fail() -> int:
        raise KeyError("no")

    with pytest.raises(KeyError):
        shared.of("a", "x", fail)
    assert shared.of("a", "x", lambda: 3) == 3


def test_lanes_give_each_thing_with_its_result_and_stop_when_one_fails() -> None:
    with Lanes(2, lambda: False) as lanes:
        assert dict(lanes.each(lambda number: number**2, [1, 2, 3])) == {1: 1, 2: 4, 3: 9}
        assert not lanes.stop()
    assert lanes.stop()
    begun = []

    def do(number: int) -> int:
        begun.append(number)
        if number == 0:
            raise ValueError("broken")
        while not lanes.stop():
            pass
        return number

    lanes = Lanes(2, lambda: False)
    with pytest.raises(ValueError, match="broken"), lanes:
        list(lanes.each(do, [0, 1, 2, 3]))
    assert len(begun) < 4, "what waited is not begun"
