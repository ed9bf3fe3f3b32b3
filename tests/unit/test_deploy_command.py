"""`robotfabrik deploy`, and what `run` says to a bot in production: who must sign what, and what is refused."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from robotfabrik.cli import deploy
from robotfabrik.cli.main import main
from robotfabrik.model.deployment import STEPS
from robotfabrik.store import open_store

PDD = """\
pdd: 1
id: small
name: Provrobot
version: 1.0.0
document:
  history:
    - {version: 0.9.0, date: 2022-09-01, author: Åsa Öst}
    - {version: 1.0.0, date: 2022-10-01, author: Per Ström}
data_protection: {legal_basis: Allmänt intresse, retention: Ett år, dpia: Dnr 12}
authority: read
period: month
applications: {}
exceptions:
  SE1: {kind: system, name: Portalen svarar inte}
config:
  closed: {type: boolean, value: nej, description: Om enheten är stängd}
  fails: {type: boolean, value: nej, description: Om portalen inte svarar}
queue: {item: {number: text}, reference: [item.number, job.period], attempts: 1}
rules:
  R1:
    name: Liten
    hit_policy: unique
    inputs: {antal: integer}
    outputs: {liten: boolean}
    table: |
      | antal || liten |
      | < 10  || ja    |
      | >= 10 || nej   |
dispatch:
  - for_each: "['A1', 'A2']"
    as: number
    steps: [add_queue_item: {number: "${{ number }}"}]
process:
  - {when: config.fails, throw: SE1}
  - {evaluate_business_rule: R1, with: {antal: "3"}, save_as: {liten: liten}}
  - log_message: Ärendet är läst.
tests:
  - rule: R1
    examples: |
      | antal || liten |
      | 9     || ja    |
      | 10    || nej   |
"""
BOT = "bot: 1\nid: small\npdd: ../pdd/small.yaml\nmode: live\nenvironment: production\napplications: {}\n"
SIGNED = {
    "vald": ("Karin Frank", "2022-06-01"), "pdd": ("Stina Hasselblad", "2022-09-15"),
    "utveckling": ("Per Ström", "2022-10-03"), "informerad": ("Stina Hasselblad", "2022-10-20"),
    "driftsatt": ("Karin Frank", "2022-10-25"),
}  # fmt: skip


class Project:
    """A bot in production, and the person who types."""

    def __init__(self, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.root, self._capsys = root, capsys
        self.pdd, self.bot = root / "pdd" / "small.yaml", root / "bots" / "small.yaml"

    def __call__(self, *options: str) -> tuple[int, str, str]:
        self._capsys.readouterr()
        code = main(options)
        shown = self._capsys.readouterr()
        assert "Traceback" not in shown.err
        return code, shown.out, shown.err

    def run(self, *options: str) -> tuple[int, str]:
        code, _, errors = self("run", "small", "--date", "2022-11-01", *options)
        return code, errors

    def sign(self, step: str, *more: str, by: str = "", when: str = "", bot: str = "small") -> tuple[int, str]:
        name, day = SIGNED[step]
        review = ("--review-by", "2099-01-01") if step == "driftsatt" and "--review-by" not in more else ()
        code, out, errors = self(
            "deploy", bot, "--step", step, "--by", by or name, "--role", "chef", "--note", f"Om {step}",
            "--when", when or day, *review, *more,
        )  # fmt: skip
        return code, errors or out

    def deployed(self) -> str:
        """All five steps; the release that is deployed then."""
        for step in STEPS:
            code, told = self.sign(step)
            assert code == 0, told
        return str(self.status()["release"])

    def status(self, bot: str = "small") -> Any:
        return json.loads(self("deploy", bot, "--json")[1])

    def rollback(self, *more: str) -> tuple[int, str, str]:
        return self(
            "deploy", "small", "--rollback", "--by", "Admin", "--role", "drift", "--note", "Fel text", *more
        )

    def change(self, old: str, new: str, file: Path | None = None) -> None:
        path = file or self.pdd
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")

    def jobs(self) -> list[Path]:
        return sorted((self.root / ".robotfabrik" / "runs").glob("*"))


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Project:
    root = tmp_path / "project"
    for name, text in {"bots/small.yaml": BOT, "pdd/small.yaml": PDD}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    monkeypatch.chdir(root)
    for name in ("ROBOTFABRIK_HOME", "ROBOTFABRIK_STORE", "ROBOTFABRIK_BROWSER"):
        monkeypatch.delenv(name, raising=False)
    return Project(root, capsys)


# --- the gate


def test_what_nobody_deployed_does_not_run_live_in_production(project: Project) -> None:
    code, errors = project.run()
    assert code == 2
    assert "small is not deployed" in errors
    assert "The next step is vald" in errors
    assert "robotfabrik deploy small" in errors
    assert not project.jobs()
    assert project.run("--rehearse")[0] == 0


def test_the_refusal_comes_before_the_question_for_accounts(project: Project) -> None:
    project.bot.write_text(BOT.replace("{}", "{p: {url: 'http://localhost:1', credential: x}}"))
    project.change("applications: {}", "applications: {p: p.yaml}")
    portal = "objects: 1\nid: p\nname: P\nscreens: {start: {go: {label: Start}}}\n"
    (project.root / "pdd" / "p.yaml").write_text(portal, encoding="utf-8")
    assert "not deployed" in project.run()[1]


def test_the_environment_test_asks_for_nothing(project: Project) -> None:
    project.change("environment: production", "environment: test", project.bot)
    assert project.run()[0] == 0
    assert "runs live without being deployed" in project("deploy", "small")[1]


def test_a_deployed_release_runs_and_one_changed_word_does_not(project: Project) -> None:
    project.deployed()
    assert project.run() == (0, "1 of 2, 0 noted, 0 listed, 0 failed\n2 of 2, 0 noted, 0 listed, 0 failed\n")
    project.change("är läst", "är kontrollerat")
    code, errors = project.run()
    assert code == 2
    assert "@@ pdd/small.yaml:38" in errors
    assert "-  - log_message: Ärendet är [-läst-]." in errors
    assert "+  - log_message: Ärendet är {+kontrollerat+}." in errors
    assert project.run("--rehearse")[0] == 0
    project.change("är kontrollerat", "är läst")
    assert project.run()[0] == 0


@pytest.mark.parametrize("file", ["pdd", "bot", "portal", "code"])
def test_every_part_of_a_release_counts(project: Project, file: str) -> None:
    parts = {
        "pdd": project.pdd, "bot": project.bot, "portal": project.root / "pdd" / "p.yaml",
        "code": project.root / "pdd" / "kod.py",
    }  # fmt: skip
    parts["portal"].write_text("objects: 1\nid: p\nname: P\nscreens: {}\n", encoding="utf-8")
    parts["code"].write_text("def tva() -> int:\n    return 2\n", encoding="utf-8")
    project.change("applications: {}", "applications: {p: p.yaml}")
    project.change("  - log_message", "  - {invoke_code: kod.py:tva, save_as: två}\n  - log_message")
    project.change("applications: {}", "applications: {p: {url: 'http://localhost:1'}}", project.bot)
    release = project.status()["release_now"]
    parts[file].write_text(parts[file].read_text(encoding="utf-8") + "# ny\n", encoding="utf-8")
    assert project.status()["release_now"] != release


def test_a_copy_with_other_line_ends_is_the_same_release(project: Project) -> None:
    project.deployed()
    for path in (project.pdd, project.bot):
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert project.run()[0] == 0


def test_options_that_change_what_was_decided_are_refused(project: Project) -> None:
    project.deployed()
    code, errors = project.run("--set", "closed=ja")
    assert code == 2
    assert "--set closed: nej → ja" in errors
    assert project.run("--dataset", "annat")[0] == 2
    assert project.run("--set", "closed=nej", "--limit", "1", "--workers", "1")[0] == 0
    assert project.run("--set", "closed=ja", "--rehearse")[0] == 0


def test_a_job_says_which_release_it_ran(project: Project) -> None:
    release = project.deployed()
    project.run()
    summaries = [json.loads((job / "summary.json").read_text(encoding="utf-8")) for job in project.jobs()]
    assert {summary["release"] for summary in summaries} == {release}


def test_a_review_that_is_due_is_told_at_each_run(project: Project) -> None:
    for step in STEPS:
        assert project.sign(step, *(("--review-by", "2022-12-01") if step == "driftsatt" else ()))[0] == 0
    for options in ((), ("--rehearse",)):
        code, errors = project.run(*options)
        assert code == 0
        assert "the review of small was due by 2022-12-01" in errors
    assert "2022-12-01 overdue" in project("deploy", "--list")[1]
    assert project.sign("driftsatt")[0] == 0
    assert "review" not in project.run()[1]


# --- the steps


def test_the_order_is_kept(project: Project) -> None:
    names = list(STEPS)
    for number, step in enumerate(names):
        for later in names[number + 1 :]:
            code, told = project.sign(later)
            assert code == 2
            assert f"{later} cannot be signed yet: {step} " in told
            assert f"--step {step} --by" in told
        code, told = project.sign(step)
        assert code == 0, told
        if step != names[-1]:
            assert f"The next step is {names[number + 1]}" in told
    assert [d["step"] for d in project.status()["decisions"]] == names


def test_each_step_says_who_when_and_what(project: Project) -> None:
    code, _, errors = project("deploy", "small", "--step", "vald")
    assert code == 2
    assert "--role ROLE and --note TEXT" in errors
    assert project.sign("vald", when="2999-01-01")[0] == 2
    assert project.sign("vald")[0] == 0
    code, told = project.sign("pdd", when="2022-05-31")
    assert (code, "vald was decided on 2022-06-01" in told) == (2, True)
    assert "vald        2022-06-01  Karin Frank, chef: Om vald" in project("deploy", "small")[1]


def test_who_types_is_kept_beside_who_decides(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deploy.getpass, "getuser", lambda: "drift01")
    project.sign("vald")
    options = ("--role", "drift", "--note", "Rättat namn")
    assert project("deploy", "small", "--step", "vald", *options)[0] == 0
    kept = [(d["by"], d["recorded_by"]) for d in project.status()["decisions"]]
    assert kept == [("Karin Frank", "drift01"), ("drift01", "drift01")]


def test_a_process_may_be_chosen_before_there_is_a_sound_pdd(project: Project) -> None:
    project.change("authority: read", "authority: everything")
    assert project.sign("vald")[0] == 0
    code, told = project.sign("pdd")
    assert (code, "pdd/small.yaml:11:12" in told) == (2, True)
    assert "cannot be read" in project("deploy", "--list")[1]


@pytest.mark.parametrize("name", ["Per Ström", "PER STRÖM", "Ström, Per", "per.ström", "Ny Utvecklare"])
def test_who_made_it_does_not_deploy_it(project: Project, name: str) -> None:
    for step in list(STEPS)[:-1]:
        project.sign(step, by="Ny Utvecklare" if step == "utveckling" else "")
    code, told = project.sign("driftsatt", by=name)
    assert (code, "somebody else decides" in told) == (2, True)
    assert project.sign("utveckling", by="Någon Annan", when="2022-10-24")[0] == 0
    assert project.sign("driftsatt", by=name)[0] == 2
    assert project.sign("driftsatt", by="Åsa Öst")[0] == 0  # she wrote an earlier version


@pytest.mark.parametrize("part", ["legal_basis", "retention", "dpia"])
def test_data_protection_is_asked_for(project: Project, part: str) -> None:
    project.change(f"{part}:", "purpose:")
    for step in list(STEPS)[:-1]:
        project.sign(step)
    code, told = project.sign("driftsatt")
    assert (code, f"data_protection lacks {part}" in told) == (2, True)
    assert f"data_protection lacks {part}" in project("deploy", "small")[1]


def test_all_that_is_missing_is_told_at_once(project: Project) -> None:
    project.change("retention: Ett år, dpia: Dnr 12", "purpose: Prov")
    project.change("mode: live\nenvironment: production", "mode: rehearsal\nenvironment: test", project.bot)
    for step in list(STEPS)[:-1]:
        project.sign(step)
    code, told = project.sign("driftsatt", "--review-by", "2022-10-25")
    assert code == 2
    for part in ("environment: production", "mode: live", "retention", "dpia", "the review comes after"):
        assert part in told


@pytest.mark.parametrize("authority", ["decide", "pay"])
def test_a_robot_that_decides_needs_the_boards_delegation(project: Project, authority: str) -> None:
    project.change("authority: read", f"authority: {authority}")
    for step in list(STEPS)[:-1]:
        project.sign(step)
    assert "--delegation REFERENCE --delegation-date DATE" in project.sign("driftsatt")[1]
    reference = ("--delegation", "SN 2022-44", "--delegation-date")
    assert "2022-07-01" in project.sign("driftsatt", *reference, "2022-06-30")[1]
    assert "before the decision" in project.sign("driftsatt", *reference, "2022-10-26")[1]
    assert project.sign("driftsatt", *reference, "2022-09-01")[0] == 0
    assert project.status()["decisions"][-1]["details"]["delegation"] == ["SN 2022-44", "2022-09-01"]


def test_a_rehearsal_is_part_of_the_decision(project: Project) -> None:
    project.deployed()
    details = project.status()["decisions"][-1]["details"]
    assert details["tests"] == 2
    assert {k: details["rehearsal"][k] for k in ("checked", "failed", "limit")} == {
        "checked": 2, "failed": 0, "limit": None,
    }  # fmt: skip
    job = details["rehearsal"]["job"]
    assert (project.root / ".robotfabrik" / "runs" / job / "report.xlsx").exists()
    assert project.sign("driftsatt", "--limit", "1", "--date", "2022-11-01")[0] == 0
    rehearsed = project.status()["decisions"][-1]["details"]["rehearsal"]
    assert (rehearsed["checked"], rehearsed["limit"], rehearsed["date"]) == (1, 1, "2022-11-01")


def test_what_fails_is_not_deployed(project: Project) -> None:
    for old, new, says in (
        ("| 9     || ja    |", "| 9     || nej   |", "tests: 1 passed, 1 failed"),
        ("fails: {type: boolean, value: nej", "fails: {type: boolean, value: ja", "2 failed"),
    ):
        project.change(old, new)
        for step in list(STEPS)[:-1]:
            project.sign(step)
        code, out, errors = project(
            "deploy", "small", "--step", "driftsatt", "--by", "Karin Frank", "--role", "chef", "--note", "Ja",
            "--review-by", "2099-01-01",
        )  # fmt: skip
        assert (code, says in out, "small was not deployed" in errors) == (1, True, True)
        assert project.run()[0] == 2
        project.change(new, old)


# --- after a change


def test_a_repair_asks_for_a_developer_and_a_decision(project: Project) -> None:
    first = project.deployed()
    project.change("är läst", "är kontrollerat")
    assert project.status()["steps"].keys() - {s for s, n in project.status()["steps"].items() if n} == {
        "utveckling", "driftsatt",
    }  # fmt: skip
    assert project.sign("utveckling", when="2022-11-02")[0] == 0
    code, told = project.sign("driftsatt", when="2022-11-02")
    assert code == 0
    assert "är {+kontrollerat+}" in told
    assert project.run()[0] == 0
    assert project.status()["release"] != first


def test_a_new_version_asks_the_business_and_the_staff_too(project: Project) -> None:
    project.deployed()
    project.change("version: 1.0.0\ndocument", "version: 2.0.0\ndocument")
    shown = project("deploy", "small")[1]
    assert "pdd         -           (2022-09-15 Stina Hasselblad, of version 1.0.0)" in shown
    assert "The next step is pdd" in shown
    assert "-version: [-1-].0.0" in shown
    for step in list(STEPS)[1:]:
        assert project.sign(step, when="2022-11-05")[0] == 0


# --- back


def test_back_in_one_command(project: Project) -> None:
    first = project.deployed()
    project.change("är läst", "är kontrollerat")
    project.sign("utveckling", when="2022-11-02")
    project.sign("driftsatt", when="2022-11-02")
    os.chmod(project.pdd, 0o640)
    code, out, _ = project.rollback()
    assert code == 0
    assert "+  - log_message: Ärendet är {+läst+}." in out
    assert f"small is back at release {first[:12]}" in out
    assert project.pdd.read_text(encoding="utf-8") == PDD
    if sys.platform != "win32":
        assert project.pdd.stat().st_mode & 0o777 == 0o640
    (copy,) = (project.root / ".robotfabrik" / "replaced").rglob("small.yaml")
    assert "är kontrollerat" in copy.read_text(encoding="utf-8")
    assert project.run()[0] == 0
    assert [(d["rollback"], d["by"]) for d in project.status()["decisions"]][-1] == (True, "Admin")
    code, _, errors = project.rollback()
    assert (code, "there is no earlier release" in errors) == (2, True)


def test_what_is_deployed_comes_back_over_a_change_that_is_not(project: Project) -> None:
    release = project.deployed()
    project.change("är läst", "är kontrollerat")
    assert f"--rollback --to {release[:12]}" in project.run()[1]
    assert project.rollback("--to", release[:12])[0] == 0
    assert project.run()[0] == 0
    assert "nothing to do" in project.rollback("--to", release[:12])[1]


def test_a_lost_file_comes_back(project: Project) -> None:
    release = project.deployed()
    project.pdd.unlink()
    assert project.rollback("--to", release[:12])[0] == 0
    assert project.run()[0] == 0


def test_which_release(project: Project) -> None:
    assert "nothing has been deployed yet" in project.rollback()[2]
    release = project.deployed()
    for wanted in ("ffff", release[:3]):
        code, _, errors = project.rollback("--to", wanted)
        assert (code, f"--to {wanted} is none of them" in errors, release[:12] in errors) == (2, True, True)


def test_other_bots_are_not_stopped_unawares(project: Project) -> None:
    other = project.root / "bots" / "other.yaml"
    first = project.deployed()
    project.change("är läst", "är kontrollerat")
    other.write_text(BOT.replace("id: small", "id: other"), encoding="utf-8")
    for step in STEPS:
        assert project.sign(step, bot="other")[0] == 0
    code, _, errors = project.rollback("--to", first[:8])
    assert (code, "for other too" in errors, "--stops-others" in errors) == (2, True, True)
    assert "är kontrollerat" in project.pdd.read_text(encoding="utf-8")
    assert project.rollback("--to", first[:8], "--stops-others")[0] == 0
    assert project("run", "other", "--date", "2022-11-01")[0] == 2


# --- showing


def test_all_bots_at_a_glance(project: Project) -> None:
    trying = BOT.replace("id: small", "id: trying").replace("production", "test")
    (project.root / "bots" / "trying.yaml").write_text(trying, encoding="utf-8")
    (project.root / "bots" / "wrong.yaml").write_text("bot: 1\n", encoding="utf-8")
    release = project.deployed()
    lines = project("deploy", "--list")[1].splitlines()
    assert [line.split()[0] for line in lines] == ["bot", "small", "trying", "wrong"]
    assert f"as deployed     {release[:12]}  Karin Frank  2022-10-25  2099-01-01" in lines[1]
    assert "for trying" in lines[2]
    assert "cannot be read" in lines[3]
    rows = json.loads(project("deploy", "--list", "--json")[1])["bots"]
    assert [row["step"] for row in rows] == ["driftsatt", None, None]
    project.change("är läst", "är kontrollerat")
    assert "changed since" in project("deploy", "--list")[1]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ((), "robotfabrik deploy BOT"),
        (("nobody",), "there is no bot 'nobody'; there are: small"),
        (("small", "--step", "vald", "--role", "r", "--note", "n", "--delegation", "x"), "go with --step drif"),
    ],
)
def test_a_wrong_call_says_what_to_write(project: Project, options: tuple[str, ...], says: str) -> None:
    code, _, errors = project("deploy", *options)
    assert (code, says in errors, errors.count("\n")) == (2, True, 1)


def test_decisions_are_only_ever_added(project: Project) -> None:
    project.deployed()
    with open_store(project.root / ".robotfabrik" / "store.db") as store:
        before = store.decisions()
    project.sign("vald", by="Någon Annan")
    project.change("är läst", "är kontrollerat")
    project.rollback("--to", before[-1].release[:12])
    with open_store(project.root / ".robotfabrik" / "store.db") as store:
        assert store.decisions()[: len(before)] == before
