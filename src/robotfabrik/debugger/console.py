"""The terminal of the person who tries a process."""

from __future__ import annotations

import asyncio
import os
import threading
from contextlib import suppress
from typing import Protocol, TextIO


class Console(Protocol):
    """Where questions are put."""

    def say(self, text: str) -> None: ...
    async def ask(self, prompt: str) -> str | None:
        """A line without its end; None when there is no more input."""
        ...


class TerminalConsole:
    """Reads a terminal in a thread of its own: leases are renewed while a person thinks.

    The thread reads the file descriptor, not Python's stream, whose lock would hang the end of the process.
    """

    def __init__(self, source: TextIO, out: TextIO) -> None:
        self._source, self._out = source, out
        self._rest = b""

    def say(self, text: str) -> None:
        encoding = self._out.encoding or "utf-8"
        self._out.write(f"{text}\n".encode(encoding, "replace").decode(encoding))
        self._out.flush()

    async def ask(self, prompt: str) -> str | None:
        self._out.write(prompt)
        self._out.flush()
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[str | None] = loop.create_future()

        def tell(line: str | None) -> None:
            if not answer.done():
                answer.set_result(line)

        def read() -> None:
            line = self._line()
            with suppress(RuntimeError):  # the run has ended, and its loop with it
                loop.call_soon_threadsafe(tell, line)

        threading.Thread(target=read, name="console", daemon=True).start()
        return await answer

    def _line(self) -> str | None:
        while b"\n" not in self._rest:
            try:
                more = os.read(self._source.fileno(), 4096)
            except OSError:  # the terminal has gone
                more = b""
            if not more:
                return None
            self._rest += more
        line, _, self._rest = self._rest.partition(b"\n")
        return line.decode(self._source.encoding or "utf-8", "replace").rstrip("\r")
