"""`robotfabrik deploy`, and what `run` says to a bot in production: who signs what, and what is refused."""

from __future__ import annotations

import getpass
import io
import json
import os
import shutil
import sys
from contextlib import redirect_stderr, redirect_stdout
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from robotfabrik.cli.main import main
from robotfabrik.deployment.addresses import compared
from robotfabrik.model.deployment import STEPS, Decision
from robotfabrik.parsing.diagnostics import Collector
from robotfabrik.parsing.loader import Loader
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
  - name: Ett ärende läses
    given: {item: {number: A1}, config: {fails: nej}}
    expect: {status: successful}
"""
BOT = "bot: 1\nid: small\npdd: ../pdd/small.yaml\nmode: live\nenvironment: production\napplications: {}\n"
SIGNED = {
    "vald": ("Karin Frank", "2022-06-01"), "pdd": ("Stina Hasselblad", "2022-09-15"),
    "utveckling": ("Per Ström", "2022-10-03"), "informerad": ("Stina Hasselblad", "2022-10-20"),
    "driftsatt": ("Karin Frank", "2022-10-25"),
}  # fmt: skip


class Project:
    """A bot in production, and the person who types."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.pdd, self.bot = root / "pdd" / "small.yaml", root / "bots" / "small.yaml"
        self.release = ""  # the one that is deployed

    def __call__(self, *options: str) -> tuple[int, str, str]:
        out, errors = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(errors):
            code = main(options)
        assert "Traceback" not in errors.getvalue()
        return code, out.getvalue(), errors.getvalue()

    def run(self, *options: str) -> tuple[int, str]:
        code, _, errors = self("run", "small", "--date", "2022-11-01", *options)
        return code, errors

    def sign(
        self, step: str, *more: str, by: str = "", when: str = "", bot: str = "small"
    ) -> tuple[int, str]:
        name, day = SIGNED[step]
        review = ("--review-by", "2099-01-01") if step == "driftsatt" and "--review-by" not in more else ()
        code, out, errors = self(
            "deploy", bot, "--step", step, "--by", by or name, "--role", "chef", "--note", f"Om {step}",
            "--when", when or day, *review, *more,
        )  # fmt: skip
        return code, out + errors

    def sign_all(self, *steps: str, **more: str) -> None:
        for step in steps or STEPS:
            code, told = self.sign(step, **more)
            assert code == 0, told

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


def written(root: Path) -> Project:
    for name, text in {"bots/small.yaml": BOT, "pdd/small.yaml": PDD}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return Project(root)


@pytest.fixture(scope="module")
def deployed_once(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project whose bot is deployed, to be copied: five commands and a rehearsal take their time."""
    project = written(tmp_path_factory.mktemp("once") / "deployed")
    with pytest.MonkeyPatch.context() as patch:
        at_home(patch, project.root)
        project.sign_all(*list(STEPS)[:-1])
        shutil.copytree(project.root, project.root.with_name("developed"))
        project.sign_all("driftsatt")
        project.release = project.status()["release"]
    return project


def at_home(patch: pytest.MonkeyPatch, root: Path) -> None:
    patch.chdir(root)
    for name in ("ROBOTFABRIK_HOME", "ROBOTFABRIK_STORE", "ROBOTFABRIK_BROWSER"):
        patch.delenv(name, raising=False)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """With nothing signed."""
    at_home(monkeypatch, tmp_path)
    return written(tmp_path)


@pytest.fixture
def developed(deployed_once: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """With every step but the last."""
    return copied(deployed_once.root.with_name("developed"), tmp_path, monkeypatch)


@pytest.fixture
def deployed(deployed_once: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    project = copied(deployed_once.root, tmp_path, monkeypatch)
    project.release = deployed_once.release
    return project


def copied(of: Path, folder: Path, patch: pytest.MonkeyPatch) -> Project:
    shutil.copytree(of, folder / "project")
    at_home(patch, folder / "project")
    return Project(folder / "project")


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


def test_a_deployed_release_runs_and_one_changed_word_does_not(deployed: Project) -> None:
    assert deployed.run()[0] == 0
    deployed.change("är läst", "är kontrollerat")
    code, errors = deployed.run()
    assert code == 2
    number = PDD.splitlines().index("  - log_message: Ärendet är läst.") + 1
    assert f"@@ pdd/small.yaml:{number}\n" in errors
    assert "-  - log_message: Ärendet är [-läst-]." in errors
    assert "+  - log_message: Ärendet är {+kontrollerat+}." in errors
    assert deployed.run("--rehearse")[0] == 0
    deployed.change("är kontrollerat", "är läst")
    assert deployed.run()[0] == 0


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


def test_a_copy_with_other_line_ends_is_the_same_release(deployed: Project) -> None:
    for path in (deployed.pdd, deployed.bot):
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert deployed.run()[0] == 0


def test_options_that_change_what_was_decided_are_refused(deployed: Project) -> None:
    code, errors = deployed.run("--set", "closed=ja")
    assert code == 2
    assert "--set closed: nej → ja" in errors
    assert deployed.run("--dataset", "annat")[0] == 2
    assert deployed.run("--set", "closed=nej", "--limit", "1", "--workers", "1")[0] == 0
    assert deployed.run("--set", "closed=ja", "--rehearse")[0] == 0


def test_a_job_says_which_release_it_ran(deployed: Project) -> None:
    release = deployed.release
    deployed.run()
    summaries = [json.loads((job / "summary.json").read_text(encoding="utf-8")) for job in deployed.jobs()]
    assert {summary["release"] for summary in summaries} == {release}


def test_a_review_that_is_due_is_told_at_each_run(developed: Project) -> None:
    assert developed.sign("driftsatt", "--review-by", "2022-12-01")[0] == 0
    for options in ((), ("--rehearse",)):
        code, errors = developed.run(*options)
        assert code == 0
        assert "the review of small was due by 2022-12-01" in errors
    warned = json.loads(developed("run", "small", "--date", "2022-11-01", "--json")[1])["warnings"]
    assert [text.partition(":")[0] for text in warned] == ["the review of small was due by 2022-12-01"]
    assert "2022-12-01 overdue" in developed("deploy", "--list")[1]
    assert developed.sign("driftsatt")[0] == 0
    assert "review" not in developed.run()[1]


# --- the steps


def test_the_order_is_kept(project: Project) -> None:
    names = list(STEPS)
    for number, step in enumerate(names):
        for later in names[number + 1 : number + 2]:
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
    monkeypatch.setattr(getpass, "getuser", lambda: "drift01")
    project.sign("vald")
    options = ("--role", "drift", "--note", "Rättat namn")
    assert project("deploy", "small", "--step", "vald", *options)[0] == 0
    kept = [(d["by"], d["recorded_by"]) for d in project.status()["decisions"]]
    assert kept == [("Karin Frank", "drift01"), ("drift01", "drift01")]


def test_a_process_may_be_chosen_before_there_is_a_sound_pdd(project: Project) -> None:
    project.change("authority: read", "authority: everything")
    assert project.sign("vald")[0] == 0
    code, told = project.sign("pdd")
    assert (code, "pdd/small.yaml:10:12: error:" in told) == (2, True)
    assert "cannot be read" in project("deploy", "--list")[1]


def test_who_made_it_does_not_deploy_it(developed: Project) -> None:
    developed.change("är läst", "är kontrollerat")
    developed.sign_all("utveckling", by="Ny Utvecklare", when="2022-10-24")
    developed.sign_all("utveckling", by="Någon Annan", when="2022-10-24")  # corrects nothing of who made it
    for name in ("ny utvecklare", "Ström, Per"):
        code, told = developed.sign("driftsatt", by=name)
        assert (code, "somebody else decides" in told) == (2, True)
    assert developed.sign("driftsatt", by="Åsa Öst")[0] == 0  # she wrote an earlier version


@pytest.mark.parametrize("part", ["legal_basis", "retention", "dpia"])
def test_data_protection_is_asked_for(developed: Project, part: str) -> None:
    developed.change(f"{part}:", "purpose:")
    assert f"data_protection lacks {part}" in developed("deploy", "small")[1]
    developed.sign_all("utveckling")
    code, told = developed.sign("driftsatt")
    assert (code, f"data_protection lacks {part}" in told) == (2, True)


def test_all_that_is_missing_is_told_at_once(developed: Project) -> None:
    developed.change("retention: Ett år, dpia: Dnr 12", "purpose: Prov")
    developed.change(
        "mode: live\nenvironment: production", "mode: rehearsal\nenvironment: test", developed.bot
    )
    developed.sign_all("utveckling")
    code, told = developed.sign("driftsatt", "--review-by", "2022-10-25")
    assert code == 2
    for part in ("environment: production", "mode: live", "retention", "dpia", "the review comes after"):
        assert part in told


@pytest.mark.parametrize("authority", ["decide", "pay"])
def test_a_robot_that_decides_needs_the_boards_delegation(developed: Project, authority: str) -> None:
    developed.change("authority: read", f"authority: {authority}")
    developed.sign_all("utveckling")
    assert "--delegation REFERENCE --delegation-date DATE" in developed.sign("driftsatt")[1]
    reference = ("--delegation", "SN 2022-44", "--delegation-date")
    assert "2022-07-01" in developed.sign("driftsatt", *reference, "2022-06-30")[1]
    assert "before the decision" in developed.sign("driftsatt", *reference, "2022-10-26")[1]
    assert developed.sign("driftsatt", *reference, "2022-09-01")[0] == 0
    assert developed.status()["decisions"][-1]["details"]["delegation"] == ["SN 2022-44", "2022-09-01"]


def test_a_rehearsal_is_part_of_the_decision(deployed: Project) -> None:
    details = deployed.status()["decisions"][-1]["details"]
    assert details["tests"] == 2
    assert {k: details["rehearsal"][k] for k in ("checked", "failed", "limit")} == {
        "checked": 2, "failed": 0, "limit": None,
    }  # fmt: skip
    process = Loader(Collector().report).process(Path("pdd/small.yaml"))
    assert process is not None
    assert details["document_release"] == process.release  # what its printed document is marked with
    job = details["rehearsal"]["job"]
    assert (deployed.root / ".robotfabrik" / "runs" / job / "report.xlsx").exists()
    assert deployed.sign("driftsatt", "--limit", "1", "--date", "2022-11-01")[0] == 0
    rehearsed = deployed.status()["decisions"][-1]["details"]["rehearsal"]
    assert (rehearsed["checked"], rehearsed["limit"], rehearsed["date"]) == (1, 1, "2022-11-01")


def test_what_fails_is_not_deployed(developed: Project) -> None:
    for old, new, says in (
        ("status: successful", "status: business", "tests: 1 passed, 1 failed"),
        ("fails: {type: boolean, value: nej", "fails: {type: boolean, value: ja", "2 failed"),
    ):
        developed.change(old, new)
        developed.sign_all("utveckling")
        code, out, errors = developed(
            "deploy", "small", "--step", "driftsatt", "--by", "Karin Frank", "--role", "chef", "--note", "Ja",
            "--review-by", "2099-01-01",
        )  # fmt: skip
        assert (code, says in out, "small was not deployed" in errors) == (1, True, True)
        assert developed.run()[0] == 2
        developed.change(new, old)


# --- a pilot


def test_a_pilot_handles_few_items_until_somebody_lifts_it(developed: Project) -> None:
    assert developed("deploy", "small", "--pilot", "1")[0] == 2  # goes with --step driftsatt
    code, told = developed.sign("driftsatt", "--pilot", "1", "--date", "2022-11-01")
    assert (code, "at most 1 items a live job" in told) == (0, True)
    assert "Pilot: at most 1 items" in developed("deploy", "small")[1]
    assert "as deployed, pilot 1  " in developed("deploy", "--list")[1]
    for more in ((), ("--limit", "50")):
        code, out, errors = developed("run", "small", "--date", "2022-11-01", "--json", *more)
        result = json.loads(out)
        assert (code, result["checked"]) == (0, 1), errors
        assert "this job handles at most 1 items" in result["warnings"][0]
        shutil.rmtree(developed.root / ".robotfabrik" / "runs")
        if not more:
            rehearsed = json.loads(developed("run", "small", "--rehearse", "--json")[1])
            assert (rehearsed["checked"], rehearsed["warnings"]) == (2, [])


def test_who_made_a_pilot_does_not_lift_it(developed: Project) -> None:
    def lift(by: str) -> tuple[int, str]:
        code, out, errors = developed(
            "deploy", "small", "--lift-pilot", "--by", by, "--role", "chef", "--note", "De fem är granskade"
        )
        return code, out + errors

    assert "not deployed as a pilot" in lift("Karin Frank")[1]
    developed.sign_all("driftsatt")
    assert "not deployed as a pilot" in lift("Karin Frank")[1]
    assert developed.sign("driftsatt", "--pilot", "1")[0] == 0
    assert "cannot sign driftsatt as well" in lift("Per Ström")[1]
    developed.change("Ärendet är läst.", "Ärendet är nu läst.")
    assert "is not the pilot" in lift("Karin Frank")[1]
    developed.change("Ärendet är nu läst.", "Ärendet är läst.")
    assert lift("Karin Frank")[0] == 0
    taken = developed.status()["decisions"][-1]
    assert ("pilot" in taken["details"], taken["details"]["review_by"]) == (False, "2099-01-01")
    code, out, _ = developed("run", "small", "--date", "2022-11-01", "--json")
    assert (code, json.loads(out)["checked"]) == (0, 2)


# --- after a change


def test_a_repair_asks_for_a_developer_and_a_decision(deployed: Project) -> None:
    first = deployed.release
    deployed.change("är läst", "är kontrollerat")
    assert deployed.status()["steps"].keys() - {s for s, n in deployed.status()["steps"].items() if n} == {
        "utveckling", "driftsatt",
    }  # fmt: skip
    assert deployed.sign("utveckling", when="2022-11-02")[0] == 0
    code, told = deployed.sign("driftsatt", when="2022-11-02")
    assert code == 0
    assert "är {+kontrollerat+}" in told
    assert deployed.run()[0] == 0
    assert deployed.status()["release"] != first


def test_a_new_version_asks_the_business_and_the_staff_too(deployed: Project) -> None:
    deployed.change("version: 1.0.0\ndocument", "version: 2.0.0\ndocument")
    shown = deployed("deploy", "small")[1]
    assert "pdd         -           (2022-09-15 Stina Hasselblad, of version 1.0.0)" in shown
    assert "The next step is pdd" in shown
    assert "-version: [-1-].0.0" in shown
    for step in list(STEPS)[1:]:
        assert deployed.sign(step, when="2022-11-05")[0] == 0


# --- back


def test_back_in_one_command(deployed: Project) -> None:
    first = deployed.release
    deployed.change("är läst", "är kontrollerat")
    deployed.sign("utveckling", when="2022-11-02")
    deployed.sign("driftsatt", when="2022-11-02")
    os.chmod(deployed.pdd, 0o640)
    code, out, _ = deployed.rollback()
    assert code == 0
    assert "+  - log_message: Ärendet är {+läst+}." in out
    assert f"small is back at release {first[:12]}" in out
    assert deployed.pdd.read_text(encoding="utf-8") == PDD
    if sys.platform != "win32":
        assert deployed.pdd.stat().st_mode & 0o777 == 0o640
    (copy,) = (deployed.root / ".robotfabrik" / "replaced").rglob("small.yaml")
    assert "är kontrollerat" in copy.read_text(encoding="utf-8")
    assert deployed.run()[0] == 0
    assert [(d["rollback"], d["by"]) for d in deployed.status()["decisions"]][-1] == (True, "Admin")
    code, _, errors = deployed.rollback()
    assert (code, "there is no earlier release" in errors) == (2, True)


def test_back_to_a_pilot_says_so(developed: Project) -> None:
    assert developed.sign("driftsatt", "--pilot", "1")[0] == 0
    release = developed.status()["decisions"][-1]["release"]
    developed.change("Ärendet är läst.", "Ärendet är nu läst.")
    code, told, _ = developed.rollback("--to", release[:12])
    assert (code, "It is a pilot: at most 1 items a live job" in told) == (0, True)


def test_what_is_deployed_comes_back_over_a_change_that_is_not(deployed: Project) -> None:
    release = deployed.release
    deployed.change("är läst", "är kontrollerat")
    assert f"--rollback --to {release[:12]}" in deployed.run()[1]
    assert deployed.rollback("--to", release[:12])[0] == 0
    assert deployed.run()[0] == 0
    assert "nothing to do" in deployed.rollback("--to", release[:12])[1]


def test_a_lost_file_comes_back(deployed: Project) -> None:
    release = deployed.release
    deployed.pdd.unlink()
    assert deployed.rollback("--to", release[:12])[0] == 0
    assert deployed.run()[0] == 0


def test_nothing_to_go_back_to(project: Project) -> None:
    assert "nothing has been deployed yet" in project.rollback()[2]


def test_which_release(deployed: Project) -> None:
    release = deployed.release
    for wanted in ("ffff", release[:3]):
        code, _, errors = deployed.rollback("--to", wanted)
        assert (code, f"--to {wanted} is none of them" in errors, release[:12] in errors) == (2, True, True)


def test_other_bots_are_not_stopped_unawares(deployed: Project) -> None:
    other = deployed.root / "bots" / "other.yaml"
    first = deployed.release
    deployed.change("är läst", "är kontrollerat")
    other.write_text(BOT.replace("id: small", "id: other"), encoding="utf-8")
    for step in STEPS:
        assert deployed.sign(step, bot="other")[0] == 0
    code, _, errors = deployed.rollback("--to", first[:8])
    assert (code, "for other too" in errors, "--stops-others" in errors) == (2, True, True)
    assert "är kontrollerat" in deployed.pdd.read_text(encoding="utf-8")
    assert deployed.rollback("--to", first[:8], "--stops-others")[0] == 0
    assert deployed("run", "other", "--date", "2022-11-01")[0] == 2


# --- showing


def test_all_bots_at_a_glance(deployed: Project) -> None:
    trying = BOT.replace("id: small", "id: trying").replace("production", "test")
    (deployed.root / "bots" / "trying.yaml").write_text(trying, encoding="utf-8")
    (deployed.root / "bots" / "wrong.yaml").write_text("bot: 1\n", encoding="utf-8")
    release = deployed.release
    lines = deployed("deploy", "--list")[1].splitlines()
    assert [line.split()[0] for line in lines] == ["bot", "small", "trying", "wrong"]
    assert f"as deployed     {release[:12]}  Karin Frank  2022-10-25  2099-01-01" in lines[1]
    assert "for trying" in lines[2]
    assert "cannot be read" in lines[3]
    rows = json.loads(deployed("deploy", "--list", "--json")[1])["bots"]
    assert [row["step"] for row in rows] == ["driftsatt", None, None]
    deployed.change("är läst", "är kontrollerat")
    assert "changed since" in deployed("deploy", "--list")[1]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ((), "robotfabrik deploy BOT"),
        (("nobody",), "there is no bot 'nobody'; there are: small"),
        (("small", "--step", "vald", "--role", "r", "--note", "n", "--delegation", "x"), "goes with --step"),
        (("small", "--by", "Karin"), "--by goes with --step, --rollback, --lift-pilot or --withdraw"),
        (("small", "--to", "abcd"), "--to goes with --rollback"),
    ],
)
def test_a_wrong_call_says_what_to_write(project: Project, options: tuple[str, ...], says: str) -> None:
    code, _, errors = project("deploy", *options)
    assert (code, says in errors, errors.count("\n")) == (2, True, 1)


def test_decisions_are_only_ever_added(deployed: Project) -> None:
    with open_store(deployed.root / ".robotfabrik" / "store.db") as store:
        before = store.decisions()
    deployed.sign("vald", by="Någon Annan")
    deployed.change("är läst", "är kontrollerat")
    deployed.rollback("--to", before[-1].release[:12])
    with open_store(deployed.root / ".robotfabrik" / "store.db") as store:
        assert store.decisions()[: len(before)] == before


# --- out of operation


def withdraw(project: Project, *more: str) -> tuple[int, str]:
    signed = ("--by", "Karin Frank", "--role", "chef", "--note", "Fel belopp")
    code, out, errors = project("deploy", "small", "--withdraw", *signed, *more)
    return code, out + errors


def test_a_withdrawn_bot_does_not_run_live_until_it_is_deployed_again(deployed: Project) -> None:
    assert deployed.run()[0] == 0
    code, told = withdraw(deployed)
    assert (code, "small is withdrawn" in told) == (0, True)
    code, errors = deployed.run()
    assert code == 2
    assert "small is withdrawn, by Karin Frank (chef) on " in errors
    assert "Fel belopp" in errors
    assert deployed.run("--rehearse")[0] == 0
    _, shown, _ = deployed("deploy", "small")
    assert "withdrawn by Karin Frank, chef: Fel belopp" in shown
    assert "The next step is driftsatt" in shown
    status = deployed.status()
    assert (status["state"], status["release"], status["deployed"]) == ("withdrawn", None, None)
    assert "withdrawn" in deployed("deploy", "--list")[1]
    assert "withdrawn" in deployed("doctor")[1]
    assert "not deployed, so there is nothing to withdraw" in withdraw(deployed)[1]
    assert "is withdrawn: sign driftsatt" in deployed.rollback()[2]
    with open_store(deployed.root / ".robotfabrik" / "store.db") as store:
        (row,) = (row for row in store.audit_rows() if row.action == "deployment.withdrawn")
        assert (row.by, row.subject, row.release) == ("Karin Frank", "small", deployed.release)
        assert list(store.verify_audit()) == []
    deployed.sign_all("driftsatt", when="2026-01-02")
    assert deployed.run()[0] == 0
    assert deployed.status()["state"] == "as deployed"


def test_a_bot_whose_file_is_gone_can_be_withdrawn(deployed: Project) -> None:
    deployed.bot.unlink()
    assert withdraw(deployed)[0] == 0


def test_withdrawing_says_who_and_why(deployed: Project) -> None:
    code, _, errors = deployed("deploy", "small", "--withdraw", "--by", "Karin Frank")
    assert (code, "--role ROLE and --note TEXT" in errors) == (2, True)
    assert "at once" in withdraw(deployed, "--when", "2099-01-01")[1]
    assert deployed.run()[0] == 0


def test_doctor_says_where_the_bots_in_production_stand(deployed: Project) -> None:
    (line,) = (one for one in deployed("doctor")[1].splitlines() if "as deployed" in one)
    assert line.startswith(f"deployed  small: as deployed, release {deployed.release[:12]} since 2022-10-25")
    assert line.endswith("review by 2099-01-01")
    deployed.change("Allmänt", "Annat")
    assert "small: changed since" in deployed("doctor")[1]
    deployed.change("production", "test", deployed.bot)
    assert "deployed " not in deployed("doctor")[1]


# --- where production is


@pytest.mark.parametrize(
    ("url", "refused"),
    [
        ("https://portalen.example/fall", True),
        ("https://Portalen.Example:443/fall/?x=1#y", True),
        ("https://portalen.example/test", False),
        ("http://portalen.example/fall", False),
        ("https://prov.portalen.example/fall", False),
    ],
)
def test_production_is_not_run_live_as_a_test(project: Project, url: str, refused: bool) -> None:
    """One changed word, environment, does not lead around the gate."""
    project.change("applications: {}", "applications: {p: p.yaml}")
    portal = "objects: 1\nid: p\nname: P\nscreens: {start: {go: {label: Start}}}\n"
    (project.root / "pdd" / "p.yaml").write_text(portal, encoding="utf-8")
    there = f"{{p: {{url: '{url}', credential: saknas}}}}"
    project.bot.write_text(BOT.replace("production", "test").replace("{}", there), encoding="utf-8")
    details = {"addresses": list(compared(["https://portalen.example/fall", "smtp://post.example"]))}
    decision = Decision(
        "other", "driftsatt", "Eva", "chef", date(2022, 11, 1), "beslut", "", details=details
    )  # fmt: skip
    with open_store(project.root / ".robotfabrik" / "store.db") as store:
        store.record_decision(decision, None)
    code, errors = project.run()
    assert code == 2
    assert ("is where other works in production" in errors) is refused
    assert ("credential 'saknas' is missing" in errors) is not refused
    if refused:
        code, errors = project.run("--url", "p=https://prov.example")
        assert "credential 'saknas' is missing" in errors
    assert "credential 'saknas' is missing" in project.run("--rehearse")[1]


def test_a_deployment_keeps_where_the_bot_works() -> None:
    urls = ["https://a.example/x/", "smtp://b", "pages/", "http://[", "http://a:bad", "HTTP://A.b"]
    assert compared(urls) == ("http://a.b:80", "https://a.example:443/x")
