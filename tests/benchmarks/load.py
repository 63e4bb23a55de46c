"""A crowd before a board: listeners of its live events, and requests at a fixed rate. Prints JSON.

    python -m tests.benchmarks.load URL --run ID --after EVENT [--listeners 200] [--rate 50] [--seconds 60]

A request is sent when its time has come, whether or not others are answered, and its time counts from then:
a server that hangs is not spared. Half of the listeners follow the run, half everything, from that event on;
since nothing else happens on the board, all hear the same.
"""

import argparse
import asyncio
import json
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from itertools import cycle
from typing import Any
from urllib.parse import urlsplit

import httpx2
import numpy as np

LIST = "/api/v1/runs?limit=100"
ASKED = (LIST, "/api/v1/runs/{run}", LIST, "/runs", LIST, "/api/v1/runs/{run}/epochs", LIST, "/runs/{run}",
         "/api/v1/figures/accuracy?run={run}", "/api/v1/workers")  # fmt: skip
SECONDS_TO_CONNECT = 20.0
SECONDS_TO_HEAR = 2.0


@dataclass
class Crowd:
    """What it met."""

    url: str
    run: int
    after: int
    errors: list[str] = field(default_factory=list)
    milliseconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    heard: list[list[int]] = field(default_factory=list)
    """The ids of the events of each listener, without the batches, whose events do not last."""
    connected: int = 0

    async def listen(self, path: str) -> None:
        """Open a stream and note what comes, until it is cancelled."""
        host, port = urlsplit(self.url).hostname, urlsplit(self.url).port
        ids: list[int] = []
        self.heard.append(ids)
        try:
            reader, writer = await asyncio.open_connection(host, port)
            request = f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nAccept: text/event-stream\r\n\r\n"
            writer.write(request.encode())
            status = await reader.readline()
            assert b" 200 " in status, status
            self.connected += 1
            async for kind, number in _events(reader):
                if kind != b"batch":
                    ids.append(number)
            self.errors.append(f"the stream {path} ended after {len(ids)} events")
        except (OSError, AssertionError, ValueError) as error:
            self.errors.append(f"{path}: {error!r}")

    async def ask(self, client: httpx2.AsyncClient, path: str, due: float) -> None:
        """One request, whose time began at `due`."""
        try:
            answer = await client.get(path.format(run=self.run))
        except httpx2.HTTPError as error:
            self.errors.append(f"{path}: {error!r}")
            return
        self.milliseconds[path].append(1000 * (time.perf_counter() - due))
        if answer.status_code != 200:
            self.errors.append(f"{path}: {answer.status_code} {answer.text[:200]}")

    async def come(self, listeners: int, rate: float, seconds: float) -> float:
        """Listen and ask for so long; returns the CPU seconds of this process meanwhile."""
        streams = [f"/api/v1/runs/{self.run}/stream", "/api/v1/stream"]
        paths = [f"{streams[at % 2]}?words=true&after={self.after}" for at in range(listeners)]
        listening = [asyncio.create_task(self.listen(path)) for path in paths]
        async with asyncio.timeout(SECONDS_TO_CONNECT):
            while self.connected + len(self.errors) < listeners:
                await asyncio.sleep(0.05)
        limits = httpx2.Limits(max_connections=200)
        spent, begun = time.process_time(), time.perf_counter()
        async with (
            httpx2.AsyncClient(base_url=self.url, timeout=60, limits=limits) as client,
            asyncio.TaskGroup() as asking,
        ):
            for number, path in zip(range(int(rate * seconds)), cycle(ASKED), strict=False):
                due = begun + number / rate
                await asyncio.sleep(max(0.0, due - time.perf_counter()))
                asking.create_task(self.ask(client, path, due))
        spent = time.process_time() - spent
        await asyncio.sleep(SECONDS_TO_HEAR)
        for task in listening:
            task.cancel()
        await asyncio.gather(*listening, return_exceptions=True)
        return spent

    def missed(self) -> int:
        """How many listeners did not hear, up to the earliest last word, exactly what the others did."""
        last = min((ids[-1] if ids else 0) for ids in self.heard)
        common = [tuple(at for at in ids if at <= last) for ids in self.heard]
        usual = max(set(common), key=common.count)
        in_order = list(usual) == sorted(set(usual)) and len(usual) > 0
        return sum(one != usual for one in common) if in_order else len(common)


async def _events(reader: asyncio.StreamReader) -> AsyncIterator[tuple[bytes, int]]:
    """Kind and id of each event that has an id."""
    kind, number = b"", 0
    async for line in reader:
        name, _, value = line.partition(b": ")
        if name == b"event":
            kind = value.strip()
        elif name == b"id":
            number = int(value)
        elif not line.strip() and number:
            yield kind, number
            number = 0


def told(crowd: Crowd, cpu_seconds: float) -> dict[str, Any]:
    """As JSON; of each address the median, the 99th percentile and the longest, in milliseconds."""
    times = {
        path: [len(found), *(round(float(at), 1) for at in np.percentile(found, (50, 99, 100)))]
        for path, found in crowd.milliseconds.items()
    }
    return {
        "errors": crowd.errors,
        "requests": sum(map(len, crowd.milliseconds.values())),
        "milliseconds": times,
        "listeners": crowd.connected,
        "events_each": min(map(len, crowd.heard)),
        "listeners_that_missed": crowd.missed(),
        "cpu_seconds": cpu_seconds,
    }


def main() -> None:
    """Come, and tell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--run", type=int, required=True)
    parser.add_argument("--after", type=int, required=True)
    parser.add_argument("--listeners", type=int, default=200)
    parser.add_argument("--rate", type=float, default=50)
    parser.add_argument("--seconds", type=float, default=60)
    asked = parser.parse_args()
    crowd = Crowd(asked.url, asked.run, asked.after)
    spent = asyncio.run(crowd.come(asked.listeners, asked.rate, asked.seconds))
    print(json.dumps(told(crowd, spent)))


if __name__ == "__main__":
    main()
