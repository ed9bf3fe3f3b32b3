"""One browser and its contexts: crashes, closing, processes that a killed run leaves."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from robotfabrik.model.errors import SystemException
from robotfabrik.sessions.orphans import remove_orphans
from robotfabrik.sessions.playwright import BrowserPool
from tests.support.session_pages import Site, role, target, text


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site()
    site.pages["/"] = "<h1>Hej</h1>"
    yield site
    site.close()


@pytest.mark.asyncio
async def test_workers_share_the_browser_but_not_their_cookies(site: Site) -> None:
    async with BrowserPool() as pool:
        one, two = pool.worker(), pool.worker()
        first, second = await one.open("app", None, site.url), await two.open("app", None, site.url)
        await first.goto(site.url + "/", 5)
        await first._page.page.evaluate("document.cookie = 'who=one'")
        await second.goto(site.url + "/", 5)
        assert await second._page.page.evaluate("document.cookie") == ""
        assert first._page.page.context.browser is second._page.page.context.browser
        assert (
            await first._page.page.evaluate("Intl.DateTimeFormat().resolvedOptions().timeZone")
            == "Europe/Stockholm"
        )
        await one.close()
        assert await second.read_text(target(text("Hej")), 1) == "Hej"
        with pytest.raises(SystemException, match="closed"):
            await first.read_text(target(text("Hej")), 1)


@pytest.mark.asyncio
async def test_a_killed_browser_is_replaced(site: Site, tmp_path: Path) -> None:
    async with BrowserPool(run_dir=tmp_path) as pool:
        worker = pool.worker()
        session = await worker.open("app", None, site.url)
        await session.goto(site.url + "/", 5)
        (record,) = tmp_path.glob("browser-*.json")
        mine = [psutil.Process(pid) for pid, _ in json.loads(record.read_text())["processes"]]
        browsers = [p for p in mine if any("--remote-debugging" in part for part in p.cmdline())]
        for process in browsers:
            process.send_signal(signal.SIGKILL)
        with pytest.raises(SystemException):
            await session.click(target(role("button", "Spara")), 2)
        await worker.close()
        session = await worker.open("app", None, site.url)
        await session.goto(site.url + "/", 5)
        assert await session.read_text(target(text("Hej")), 1) == "Hej"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.asyncio
async def test_a_page_that_never_reacts_does_not_hold_the_run(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("robotfabrik.sessions.page.LOADING_GRACE", 0.3)
    site.pages["/"] = "<script>setTimeout(() => { for (;;); }, 100)</script><p>Hej</p>"
    async with BrowserPool() as pool:
        worker = pool.worker()
        session = await worker.open("app", None, site.url)
        await session.goto(site.url + "/", 5)
        await asyncio.sleep(0.3)
        with pytest.raises(SystemException, match="does not react"):
            await session.read_text(target(text("Hej")), 0.3)


@pytest.mark.asyncio
async def test_a_browser_that_does_not_start_is_a_system_exception(tmp_path: Path) -> None:
    broken = tmp_path / "browser"
    broken.write_text("#!/bin/sh\nexit 1\n")
    broken.chmod(0o755)
    async with BrowserPool(browser=str(broken)) as pool:
        with pytest.raises(SystemException, match="does not start"):
            await pool.worker().open("app", None, "")


KILLED = """
import asyncio, pathlib, sys
from robotfabrik.sessions.playwright import BrowserPool
async def main():
    async with BrowserPool(run_dir=pathlib.Path(sys.argv[1])) as pool:
        await pool.worker().open("app", None, "")
        print("ready", flush=True)
        await asyncio.sleep(60)
asyncio.run(main())
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_orphans_of_a_killed_run_are_removed(tmp_path: Path) -> None:
    paths = [path for path in sys.path if path]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    runner = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(KILLED), str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    )
    assert runner.stdout is not None
    assert runner.stdout.readline() == "ready\n"
    (record,) = tmp_path.glob("browser-*.json")
    processes = [psutil.Process(pid) for pid, _ in json.loads(record.read_text())["processes"]]
    assert remove_orphans(tmp_path) == 0, "its owner lives"
    # The driver is stopped first, so that it cannot tidy up by itself when its runner dies.
    for process in processes:
        process.suspend()
    runner.kill()
    runner.wait()
    assert remove_orphans(tmp_path) > 0
    _, alive = psutil.wait_procs(processes, timeout=10)
    assert [p for p in alive if p.status() != psutil.STATUS_ZOMBIE] == []
    assert list(tmp_path.iterdir()) == []


def test_a_reused_process_id_is_left_alone(tmp_path: Path) -> None:
    me = psutil.Process()
    other = {"host": __import__("platform").node(), "owner": [me.pid, me.create_time() - 100],
             "processes": [[me.pid, me.create_time() - 50]]}  # fmt: skip
    (tmp_path / "browser-1.json").write_text(json.dumps(other))
    (tmp_path / "browser-2.json").write_text("{}")
    assert remove_orphans(tmp_path) == 0
    assert me.is_running()
