"""Limits of control groups, as a container's and a service's files tell them."""

from pathlib import Path

import pytest

from app.worker.limits import cpu_limit, memory_limit


@pytest.fixture
def mount(tmp_path: Path) -> Path:
    (tmp_path / "fs/system/board").mkdir(parents=True)
    return tmp_path / "fs"


def told(mount: Path, text: str) -> Path:
    path = mount.parent / "cgroup"
    path.write_text(text)
    return path


def test_the_narrowest_of_the_groups_counts(mount: Path) -> None:
    mine = told(mount, "4:memory:/elsewhere\n0::/system/board\n")
    (mount / "system/board/cpu.max").write_text("max 100000\n")
    (mount / "system/cpu.max").write_text("250000 100000\n")
    (mount / "cpu.max").write_text("800000 100000\n")
    (mount / "system/board/memory.max").write_text("4000000000\n")
    (mount / "system/memory.max").write_text("max\n")
    assert cpu_limit(mount, mine) == 3
    assert memory_limit(mount, mine) == 4_000_000_000


def test_a_container_sees_its_own_group_as_the_whole_tree(mount: Path) -> None:
    mine = told(mount, "0::/\n")
    (mount / "cpu.max").write_text("50000 100000\n")
    (mount / "memory.max").write_text("2147483648\n")
    assert (cpu_limit(mount, mine), memory_limit(mount, mine)) == (1, 2**31)


@pytest.mark.parametrize("text", ["", "0::/\n", "0::/gone/away\n", "1:cpu:/system\n"])
def test_no_limit_where_nobody_set_one(mount: Path, text: str) -> None:
    assert (cpu_limit(mount, told(mount, text)), memory_limit(mount, mount / "missing")) == (None, None)
