"""Listening: takes the port, tells its address when it is ready."""

from __future__ import annotations

import os
import socket

import uvicorn

from fake_procapita import importing, municipality
from fake_procapita.app import build_app
from fake_procapita.config import Settings
from fake_procapita.problems import UsageProblem


class _Server(uvicorn.Server):
    """Prints one line once it accepts connections."""

    ready_line = ""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if self.started:
            print(self.ready_line, flush=True)


def serve(settings: Settings) -> None:
    """Run until stopped."""
    if not settings.data.is_dir():
        raise UsageProblem(f"{settings.data} is no folder. Make the data with fixtures/generate.py.")
    facts = municipality.load(settings.data)
    listener = _listen(settings.host, settings.port)
    try:
        engine = importing.open_state(settings.data, fresh=settings.fresh)
        port = listener.getsockname()[1]
        app = build_app(settings, facts, engine, cookie=f"procapita_{port}")
        config = uvicorn.Config(
            app,
            access_log=False,
            log_level="warning",
            lifespan="off",
            timeout_keep_alive=75,
            timeout_graceful_shutdown=2,
            server_header=False,
        )
        server = _Server(config)
        address = f"http://{settings.host}:{port}/"
        server.ready_line = (
            f"Procapita (fake) is ready: {address}  today {settings.today}  data {settings.data}"
        )
        server.run(sockets=[listener])
    finally:
        listener.close()


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio turns off Nagle's delay (40 ms an answer) only where the protocol is named.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    if os.name == "posix":
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise UsageProblem(
            f"cannot listen on {host}:{port}: {error.strerror}. Choose another --port."
        ) from None
    listener.set_inheritable(True)
    return listener
