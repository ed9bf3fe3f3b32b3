"""Counts what goes between the runner and the Playwright driver: the same on a quiet and on a busy machine.

Usage: `python -m bench.messages OUT.json MODULE ARGUMENTS…`; MODULE runs as by `python -m`.
"""

from __future__ import annotations

import atexit
import json
import runpy
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from playwright._impl import transport


def count(out: Path) -> None:
    """From now on count calls (by method), what comes back, and the bytes of both; written at the end."""
    calls: Counter[str] = Counter()
    events: Counter[str] = Counter()
    size: Counter[str] = Counter()
    send, receive = transport.Transport.serialize_message, transport.Transport.deserialize_message

    def serialize(self: Any, message: Any) -> bytes:
        data = send(self, message)
        calls[message.get("method", "?")] += 1
        size["sent"] += len(data)
        return data

    def deserialize(self: Any, data: str | bytes) -> Any:
        size["received"] += len(data)
        message = receive(self, data)
        events[message.get("method", "(answer)")] += 1
        return message

    transport.Transport.serialize_message = serialize  # type: ignore[method-assign]
    transport.Transport.deserialize_message = deserialize  # type: ignore[method-assign]
    atexit.register(
        lambda: out.write_text(json.dumps({"calls": calls, "events": events, "bytes": size}), "utf-8")
    )


def main() -> None:
    out, module, *arguments = sys.argv[1:]
    count(Path(out))
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
