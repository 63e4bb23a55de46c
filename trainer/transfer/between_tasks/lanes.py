"""Lanes: so many things done at once, each on one thread of torch's."""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from types import TracebackType
from typing import Self, TypeVar

import torch

T = TypeVar("T")
R = TypeVar("R")


class Lanes:
    """Use it as a context: where its block ends, however it does, lanes are told to stop and waited for."""

    def __init__(self, count: int, stop: Callable[[], bool]) -> None:
        """stop: whether somebody wishes an end."""
        self._asked = stop
        self._is_ending = threading.Event()
        self._pool = ThreadPoolExecutor(count, "lane", initializer=torch.set_num_threads, initargs=(1,))

    def stop(self) -> bool:
        """Whether what runs in a lane is to end."""
        return self._is_ending.is_set() or self._asked()

    def each(self, do: Callable[[T], R], things: Sequence[T]) -> Iterator[tuple[T, R]]:
        """Each thing with what came of it, as they end. Raises what the first raises that fails."""
        waiting = {self._pool.submit(do, thing): thing for thing in things}
        for ended in as_completed(waiting):
            yield waiting[ended], ended.result()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._is_ending.set()
        self._pool.shutdown(cancel_futures=True)
