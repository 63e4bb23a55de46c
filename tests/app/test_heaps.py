"""The web process keeps few heaps, however many threads make pages: each holds on to what it once held."""

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import httpx2
import pytest

from tests.app.serving import Family

HEAP = 64 * 2**20
"""Address space that glibc keeps for a heap, which begins at a multiple of it."""

pytestmark = pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="needs /proc")


def mappings(pid: int) -> list[tuple[int, int, str]]:
    """Where each begins and ends, and what may be done with it."""
    lines = [line.split() for line in Path(f"/proc/{pid}/maps").read_text().splitlines()]
    ends = [line[0].split("-") for line in lines]
    return [(int(a, 16), int(b, 16), line[1]) for (a, b), line in zip(ends, lines, strict=True)]


def heaps(pid: int) -> int:
    """Pairs of mappings, one that is in use and one that is kept for it to grow, that fill such a space."""
    return sum(
        start % HEAP == 0 and (used, kept) == ("rw-p", "---p") and middle == begun and end - start == HEAP
        for (start, middle, used), (begun, end, kept) in pairwise(mappings(pid))
    )


@pytest.mark.slow
def test_threads_that_make_pages_share_their_heaps(tmp_path: Path) -> None:
    family = Family(tmp_path / "data", workers=0)
    try:
        [web] = family.web()
        with httpx2.Client(base_url=family.url, timeout=60) as board, ThreadPoolExecutor(8) as clients:
            for path in ("/runs", "/datasets", "/theory", "/runs/new"):
                answers = list(clients.map(lambda _, path=path: board.get(path).status_code, range(8)))
                assert answers == [200] * 8
        assert heaps(web.pid) <= 2
    finally:
        family.kill()
