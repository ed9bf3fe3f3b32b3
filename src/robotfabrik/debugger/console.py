"""The terminal of the person who tries a process."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable
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
        self._lines: asyncio.Queue[str | None] | None = None

    def say(self, text: str) -> None:
        self._write(f"{text}\n")

    async def ask(self, prompt: str) -> str | None:
        self._write(prompt)
        if self._lines is None:
            self._lines = self._reading()
        return await self._lines.get()

    def _reading(self) -> asyncio.Queue[str | None]:
        """The lines that are typed from now on, and none at their end."""
        loop, lines = asyncio.get_running_loop(), asyncio.Queue[str | None]()

        def put(line: str | None) -> None:
            loop.call_soon_threadsafe(lines.put_nowait, line)

        threading.Thread(target=self._read, args=(put,), name="console", daemon=True).start()
        return lines

    def _write(self, text: str) -> None:
        """Write what the terminal can show of a text, at once."""
        encoding = self._out.encoding or "utf-8"
        self._out.write(text.encode(encoding, "replace").decode(encoding))
        self._out.flush()

    def _read(self, put: Callable[[str | None], object]) -> None:
        rest = b""
        with suppress(OSError, RuntimeError):  # the terminal has gone, or the run's loop
            while more := os.read(self._source.fileno(), 4096):
                *lines, rest = (rest + more).split(b"\n")
                for line in lines:
                    put(line.decode(self._source.encoding or "utf-8", "replace").rstrip("\r"))
        with suppress(RuntimeError):
            put(None)
