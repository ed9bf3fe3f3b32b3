"""A real runner with a real browser, stopped everywhere: killed, its browser killed; its store fails."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psutil
import pytest

from robotfabrik.model.records import ItemFilter
from robotfabrik.store import open_store
from tests.support.fake import ROOT
from tests.support.session_pages import Answer, Site
from tests.support.small import JOURNAL_FIELDS, WRITE_IN_JOURNAL, write

pytestmark = pytest.mark.acceptance_long
PATIENCE = 600.0
DAY = "2022-11-01"
TEXTS = ("Första anteckningen", "Andra anteckningen")
FILES = {
    "bots/small.yaml": """\
bot: 1
id: small
pdd: ../pdd/small.yaml
mode: live
environment: test
applications: {app: {url: "http://localhost:1"}}
""",
    "pdd/objects/app.yaml": """\
objects: 1
id: app
name: Ärendesystem
settles_within: 1s
screens:
  cases:
    number: {label: Ärende}
    open: {role: button, name: Öppna, submits: read}
  journal:
    new: {role: link, name: Ny}
"""
    + JOURNAL_FIELDS
    + """\
workflows:
  write_note:
    writes: note
    inputs: {text: text}
    verify:
      - extract_table_data: journal.list
        save_as: matches
"""
    + WRITE_IN_JOURNAL,
    "pdd/small.yaml": """\
pdd: 1
id: small
name: Provrobot
version: 0.1.0
authority: note
period: month
applications: {app: objects/app.yaml}
queue: {item: {number: text}, reference: [item.number, job.period], lock: item.number, attempts: 3}
dispatch:
  - add_queue_item: {number: "1"}
process:
  - type_into: {target: app.cases.number, text: "${{ item.number }}"}
  - click: app.cases.open
  - once: app.write_note
    key: [item.reference, "'första'"]
    with: {text: Första anteckningen}
  - once: app.write_note
    key: [item.reference, "'andra'"]
    with: {text: Andra anteckningen}
""",
}


CASES = '<form action="/journal"><label>Ärende <input name="case"></label><button>Öppna</button></form>'


class CaseSystem:
    """A case system of three pages; `notes` is the truth. A call may come when a save arrives."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.on_save: Callable[[str], None] = lambda _: None
        self.site = Site()
        self.site.pages["/"] = CASES
        self.site.pages["/journal"] = lambda *_: self._journal("")
        self.site.pages["/new"] = (
            '<meta charset="utf-8"><form method="post" action="/save">'
            '<label>Text <input name="text"></label><button>Spara</button></form>'
        )
        self.site.pages["/save"] = self._save

    def _journal(self, head: str) -> Answer:
        rows = "".join(f"<tr><td>{n}</td><td>{text}</td></tr>" for n, text in enumerate(self.notes, 1))
        return Answer(
            f"<!doctype html><meta charset=utf-8>{CASES}<p>{head}</p><a href='/new'>Ny</a><table"
            f" aria-label='Anteckningar'><tr><th>Id</th><th>Text</th></tr>{rows}</table>"
        )

    def _save(self, method: str, path: str, body: str) -> Answer:
        self.on_save("save arrives")
        self.notes.append(parse_qs(body or urlsplit(path).query)["text"][0])
        self.on_save("saved, not answered")
        return self._journal("Sparad")


class Project:
    """The robot's folder, its case system, and its runs as processes of their own."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.system, self.reached = folder, CaseSystem(), folder / "reached"
        write(folder, FILES)
        self.environment = {
            **{k: v for k, v in os.environ.items() if k not in ("ROBOTFABRIK_HOME", "ROBOTFABRIK_STORE")},
            "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)]),
        }

    def start(self, *module: str) -> subprocess.Popen[str]:
        url = self.system.site.url
        command = [sys.executable, "-m", *module, "run", "small", "--date", DAY, "--json"]
        return subprocess.Popen(
            [*command, "--url", f"app={url}"], cwd=self.folder, text=True,
            env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    def stopped(self, kind: str, at: int) -> str:
        """The boundary where a run was stopped; empty when it ended before."""
        run = self.start("tests.support.killing", kind, str(at), str(self.reached))
        run.communicate(timeout=PATIENCE)
        return self.reached.read_text(encoding="utf-8") if self.reached.exists() else ""

    def finish(self) -> None:
        for _ in range(4):
            run = self.start("robotfabrik.cli.main")
            out, errors = run.communicate(timeout=PATIENCE)
            assert "Traceback" not in errors, errors
            if not json.loads(out)["failed"]:
                return

    def compare(self, where: str) -> None:
        with open_store(self.folder / ".robotfabrik" / "store.db") as store:
            (item,) = store.find_items(ItemFilter())
            assert list(store.verify_audit()) == []
        assert (item.status, self.system.notes) == ("successful", list(TEXTS)), (where, item.reason)


@pytest.mark.parametrize("kind", ["runner", "browser", "store"])
def test_stopped_at_every_boundary(
    tmp_path: Path, kind: str, record_property: Callable[[str, object], None]
) -> None:
    at, points = 0, 0
    while True:
        project = Project(tmp_path / str(at))
        where = project.stopped(kind, at)
        if where:
            project.finish()
        project.compare(where)
        project.system.site.close()
        if not where:
            break
        points += 1
        at += 1
    record_property("figures", f"{points} points, 0 lost, 0 double, 0 held")
    assert points > 20


@pytest.mark.parametrize("moment", ["save arrives", "saved, not answered"])
@pytest.mark.parametrize("kind", ["runner", "browser"])
def test_stopped_while_the_case_system_saves(tmp_path: Path, kind: str, moment: str) -> None:
    project = Project(tmp_path)
    run = project.start("robotfabrik.cli.main")
    stopped: list[str] = []

    def stop(now: str) -> None:
        if now != moment or stopped:
            return
        stopped.append(now)
        children = psutil.Process(run.pid).children(recursive=True)
        for process in [p for p in children if "chrom" in p.name()] if kind == "browser" else []:
            process.kill()
        if kind == "runner":
            run.kill()

    project.system.on_save = stop
    run.communicate(timeout=PATIENCE)
    assert stopped
    project.finish()
    project.compare(moment)
