"""Pairs of images that are nearly the same picture: found by a difference hash, confirmed by their pixels.

The hash (dHash) of a picture says, for each of 8 x 8 places of it in gray, whether its right neighbour is
brighter. Pictures whose hashes differ in at most BITS of 64 places are candidates; they are alike where their
pixels, each picture's mean taken off, correlate by at least CORRELATION. So a recompressed, resized, brighter
or slightly cropped copy is found, a mirrored or strongly cropped one is not. Flat pictures have no hash to
speak of and are left out. numpy only.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from trainer.data.cache import Images

BITS = 7
"""Of 64; so one of four quarters of the hashes differs in at most one bit."""
CORRELATION = 0.9
"""With BITS, every pair of CIFAR-10 that was looked at from here up was the same photograph or its retake."""
FLAT = 4.0
"""Levels of 256: a picture whose gray varies less (standard deviation) is flat."""
MOST_CANDIDATES = 2_000_000_000
"""Pairs whose hashes are compared before the search is given up: minutes."""

_GRAY = np.array([0.299, 0.587, 0.114], np.float32)
_AT_ONCE = 2048
_PAIRS_AT_ONCE = 1 << 21
_BIT_COUNTS = np.array([number.bit_count() for number in range(1 << 16)], np.uint8)

Pairs = NDArray[np.int64]
"""[N, 2], the smaller index first, in order."""
Hashes = NDArray[np.uint64]


@dataclass(frozen=True)
class Alike:
    """What was found; not `is_whole` where there were too many candidates to look at them all."""

    pairs: Pairs
    is_whole: bool


def alike(train: Images, test: Images, most_candidates: int = MOST_CANDIDATES) -> Alike:
    """The pairs among all images of both that are nearly the same picture, equal ones among them.

    Indices go on from training to test images.
    """
    parts = hashes_of(train), hashes_of(test)
    hashes = np.concatenate([part for part, _ in parts])
    where = np.flatnonzero(~np.concatenate([is_flat for _, is_flat in parts]))
    near, is_whole = _near(hashes[where], most_candidates)
    pairs = where[near]
    confirmed = [
        part[_correlations(*(_taken(train, test, side) for side in part.T)) >= CORRELATION]
        for part in np.array_split(pairs, range(_AT_ONCE, len(pairs), _AT_ONCE))
    ]
    return Alike(np.concatenate(confirmed), is_whole)


def _taken(train: Images, test: Images, indices: NDArray[np.int64]) -> NDArray[np.float32]:
    """These images as rows; the arrays may be mapped, so that only they are read."""
    is_test = indices >= len(train)
    taken = np.empty((len(indices), *train.shape[1:]), np.float32)
    taken[~is_test] = train[indices[~is_test]]
    taken[is_test] = test[indices[is_test] - len(train)]
    return taken.reshape(len(indices), math.prod(train.shape[1:]))


def hashes_of(images: Images) -> tuple[Hashes, NDArray[np.bool_]]:
    """The difference hash of each image, row by row from the highest bit, and whether it is flat."""
    hashes, is_flat = np.empty(len(images), np.uint64), np.empty(len(images), np.bool_)
    down, across = _shrinking(images.shape[1], 8), _shrinking(images.shape[2], 9)
    for start in range(0, len(images), _AT_ONCE):
        gray = images[start : start + _AT_ONCE].astype(np.float32) @ _GRAY
        small = down @ gray @ across.T
        bits = (small[:, :, 1:] > small[:, :, :-1]).reshape(len(gray), 64)
        hashes[start : start + _AT_ONCE] = np.packbits(bits, axis=1).view(">u8").ravel()
        is_flat[start : start + _AT_ONCE] = gray.std(axis=(1, 2)) < FLAT
    return hashes, is_flat


def _shrinking(length: int, parts: int) -> NDArray[np.float32]:
    """[parts, length]: the mean over each of `parts` equal parts, a pixel at a border by its share."""
    borders = np.linspace(0, length, parts + 1)
    pixels = np.arange(length)
    shares = [
        np.clip(np.minimum(end, pixels + 1) - np.maximum(start, pixels), 0, 1)
        for start, end in pairwise(borders)
    ]
    return (np.array(shares) * (parts / length)).astype(np.float32)


def _near(hashes: Hashes, most: int) -> tuple[Pairs, bool]:
    """Every pair that differs in at most BITS places, and whether all were looked at."""
    found, looked = [np.empty((0, 2), np.int64)], 0
    for first, second in _candidates(hashes):
        looked += len(first)
        if looked > most:
            return np.unique(np.concatenate(found), axis=0), False
        differing = (hashes[first] ^ hashes[second]).view(np.uint16).reshape(-1, 4)
        is_near = _BIT_COUNTS[differing].sum(axis=1) <= BITS
        found.append(np.stack([first[is_near], second[is_near]], axis=1))
    return np.unique(np.concatenate(found), axis=0), True


def _candidates(hashes: Hashes) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Pairs of which one quarter differs in at most one bit, some of them several times."""
    for quarter in hashes.view(np.uint16).reshape(-1, 4).T:
        order = np.argsort(quarter, kind="stable")
        ordered = quarter[order]
        for flipped in (0, *(1 << bit for bit in range(16))):
            wanted = quarter ^ np.uint16(flipped)
            start = np.searchsorted(ordered, wanted, "left")
            counts = np.searchsorted(ordered, wanted, "right") - start
            for at in _parts(counts):
                first = np.repeat(np.arange(at.start, at.stop), counts[at])
                offsets = np.arange(len(first)) - np.repeat(np.cumsum(counts[at]) - counts[at], counts[at])
                second = order[np.repeat(start[at], counts[at]) + offsets]
                yield first[first < second], second[first < second]


def _parts(counts: NDArray[np.int64]) -> Iterator[slice]:
    """Runs of places with about _PAIRS_AT_ONCE counts together."""
    borders = np.flatnonzero(np.diff(np.cumsum(counts) // _PAIRS_AT_ONCE)) + 1
    for start, end in pairwise((0, *borders.tolist(), len(counts))):
        yield slice(start, end)


def _correlations(first: NDArray[np.float32], second: NDArray[np.float32]) -> NDArray[np.float32]:
    """Of each row with the other's, each row's mean taken off."""
    first = first - first.mean(axis=1, keepdims=True)
    second = second - second.mean(axis=1, keepdims=True)
    size = np.sqrt((first**2).sum(axis=1) * (second**2).sum(axis=1))
    return np.asarray((first * second).sum(axis=1) / size)
