"""Asks an API so many times a second, whatever it takes to answer, and notes how long each answer took."""

import asyncio
import random
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

ADDRESS = "127.0.0.1"
BUFFER_BYTES = 1 << 22
ANSWER_SECONDS = 30.0
OK = 200

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass
class Answers:
    """Milliseconds of the answers by the name of the question, what failed, and how late questions were sent."""

    ms: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    bytes: dict[str, int] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)
    late_ms: list[float] = field(default_factory=list)


class Client:
    """Keeps as many connections open as there are questions at a time."""

    def __init__(self, port: int, key: str) -> None:
        self._port = port
        self._head = f"Host: localhost:{port}\r\nAuthorization: Bearer {key}\r\n\r\n"
        self._free: list[Connection] = []

    async def get(self, path: str) -> tuple[int, bytes]:
        """The status and the body of an answer."""
        while self._free:
            connection = self._free.pop()
            try:
                return await self._ask(connection, path)
            except (OSError, asyncio.IncompleteReadError):  # the server has closed what was idle for long
                connection[1].close()
        return await self._ask(await self._open(), path)

    async def _ask(self, connection: Connection, path: str) -> tuple[int, bytes]:
        reader, writer = connection
        writer.write(f"GET {path} HTTP/1.1\r\n{self._head}".encode())
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
        body = await reader.readexactly(length)
        self._free.append(connection)
        return int(head.split(b" ", 2)[1]), body

    async def close(self) -> None:
        """Close what is open."""
        for _, writer in self._free:
            writer.close()

    async def _open(self) -> Connection:
        return await asyncio.open_connection(ADDRESS, self._port, limit=BUFFER_BYTES)


async def ask(
    client: Client, questions: Mapping[str, Sequence[str]], shares: Mapping[str, int], per_s: float, seconds: float
) -> Answers:
    """Ask for `seconds`; `questions` has paths by name, `shares` how many of each there are among all."""
    answers, chosen = Answers(), random.Random(5)
    names = [name for name, share in shares.items() for _ in range(share)]
    chosen.shuffle(names)

    async def one(name: str) -> None:
        path = chosen.choice(questions[name])
        sent = time.perf_counter()
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                status, body = await client.get(path)
        except (OSError, TimeoutError, asyncio.IncompleteReadError) as err:
            answers.failed.append(f"{path}: {type(err).__name__}")
            return
        if status != OK:
            answers.failed.append(f"{path}: {status} {body[:200]!r}")
            return
        answers.ms[name].append((time.perf_counter() - sent) * 1000)
        answers.bytes[name] = len(body)

    begun = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for number in range(round(per_s * seconds)):
            due = begun + number / per_s
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            answers.late_ms.append((time.perf_counter() - due) * 1000)
            group.create_task(one(names[number % len(names)]))
    return answers
