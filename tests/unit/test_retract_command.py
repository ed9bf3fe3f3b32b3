"""`robotfabrik retract`: what it lists, and what it refuses. The writing itself: tests/acceptance."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from robotfabrik.cli.main import main
from robotfabrik.cli.retract import looked_at, reference_of
from robotfabrik.cli.run import load
from robotfabrik.deployment.gate import NotDeployed, require_deployed
from robotfabrik.model.audit import AuditFilter
from robotfabrik.model.deployment import Decision, Release
from robotfabrik.model.process import Process, Retention
from robotfabrik.model.records import ItemFilter
from robotfabrik.model.work import EffectKey, Job, NewItem, Selection, Settlement, Space
from robotfabrik.store import SqlStore, open_store
from robotfabrik.wiring import Project, Run
from tests.support.engine import QUEUE, REPOSITORY, WRITE, define
from tests.unit.test_retraction import BACK, PLACE

DAY = date(2022, 11, 1)
SPACE = Space("test", "default", "test")
JOB = Job("job-1", "small", SPACE, DAY, "2022-11", "r1", "Testrobot", "eva", "elsewhere:1:1", "live")
SCOPE = "test/default/app/app.write_note"


@pytest.fixture
def store(tmp_path: Path) -> SqlStore:
    return open_store(tmp_path / "store.db")


def wrote(
    store: SqlStore, reference: str, *, scope: str = SCOPE, confirmed: bool = True, sent: bool = True,
    settled: str = "successful", job: Job = JOB,
) -> EffectKey:  # fmt: skip
    """An item that a job has handled, with one effect."""
    if store.job(job.id) is None:
        store.start_job(job)
    space = job.space
    key = EffectKey(scope, f"hash of {reference}")
    store.add_item(space, NewItem(reference, reference, {"number": reference}, "2022-11"), job.id)
    item = store.claim(space, "w", job.id, 600, Selection("2022-11", reference))
    assert item is not None
    if sent:
        store.submit_effect(key, item, {"text": f"Kontroll av {reference}"})
    if confirmed:
        store.confirm_effect(key, item, f"N-{reference}-{space.process}")
    store.settle(item, Settlement(settled), DAY)  # type: ignore[arg-type]
    return key


def process_with(folder: Path, *, back: str = BACK, **more: str) -> Process:
    return define(folder / "pdd", WRITE, repository=REPOSITORY + back, **QUEUE, **(more or PLACE))


def states(store: SqlStore, process: Process) -> dict[str, str]:
    record = store.job(JOB.id)
    assert record is not None
    return {line.reference: line.state for line in looked_at(store, record, process)}


def test_what_can_be_taken_back_and_what_a_person_does(tmp_path: Path, store: SqlStore) -> None:
    process = process_with(tmp_path)
    wrote(store, "a")
    wrote(store, "b", scope="test/default/app/app.pay")
    wrote(store, "c", confirmed=False, settled="held")
    wrote(store, "d", sent=False)
    assert states(store, process) == {
        "a": "can be taken back",
        "b": "by hand: the effect has no 'retract:'",
        "c": "in doubt: settle it first (robotfabrik held)",
        "d": "by hand: it was there already when the job came",
    }
    no_way = define(tmp_path / "no way", WRITE, repository=REPOSITORY + BACK, **QUEUE)
    assert states(store, no_way)["a"] == "by hand: test has no 'retract:'"


def test_what_a_killed_job_sent_is_of_both_jobs(tmp_path: Path, store: SqlStore) -> None:
    """One clicked, the other saw it and reported it."""
    process = process_with(tmp_path)
    store.start_job(JOB)
    store.start_job(replace(JOB, id="job-2"))
    store.add_item(SPACE, NewItem("a", "a", {"number": "a"}, "2022-11"), JOB.id)
    item = store.claim(SPACE, "dead", JOB.id, 600, Selection("2022-11", "a"))
    assert item is not None
    key = EffectKey(SCOPE, "hash of a")
    store.submit_effect(key, item, {"text": "Kontroll av a"})
    store.release_owner(SPACE, "dead")
    item = store.claim(SPACE, "w", "job-2", 600, Selection("2022-11", "a"))
    assert item is not None
    store.confirm_effect(key, item, "N1")
    for job_id in (JOB.id, "job-2"):
        record = store.job(job_id)
        assert record is not None
        (line,) = looked_at(store, record, process)
        assert (line.state, line.written.content) == ("can be taken back", {"text": "Kontroll av a"})


@pytest.mark.parametrize(
    ("settled", "state"),
    [
        ("successful", "taken back by job-2"),
        ("held", "its correction is in doubt: settle it first (robotfabrik held)"),
        ("failed", "taken back; the next approval ends its item"),
    ],
)
def test_what_was_tried_before_is_told(tmp_path: Path, store: SqlStore, settled: str, state: str) -> None:
    process = process_with(tmp_path)
    wrote(store, "a")
    record = store.job(JOB.id)
    assert record is not None
    reference = reference_of(looked_at(store, record, process)[0].written)
    wrote(store, reference, job=replace(JOB, id="job-2", space=SPACE.beside("retract")), settled=settled)
    assert states(store, process) == {"a": state}


def test_a_correction_that_was_approved_and_not_written_is_told_apart(
    tmp_path: Path, store: SqlStore
) -> None:
    process = process_with(tmp_path)
    wrote(store, "a")
    record = store.job(JOB.id)
    assert record is not None
    reference = reference_of(looked_at(store, record, process)[0].written)
    back = replace(JOB, id="job-2", space=SPACE.beside("retract"))
    wrote(store, reference, job=back, settled="failed", confirmed=False, sent=False)
    (line,) = looked_at(store, record, process)
    assert (line.state, line.is_open) == ("approved, not written yet", True)
    (correction,) = store.find_items(ItemFilter(reference=reference))
    store.delete_item(correction.id, "Karin", "skrivs för hand")
    (line,) = looked_at(store, record, process)
    told = f"by hand: somebody deleted its correction (robotfabrik items retry {reference})"
    assert (line.state, line.is_open) == (told, False)


def test_a_correction_that_a_person_says_is_there_is_taken_back(tmp_path: Path, store: SqlStore) -> None:
    process = process_with(tmp_path)
    wrote(store, "a")
    record = store.job(JOB.id)
    assert record is not None
    reference = reference_of(looked_at(store, record, process)[0].written)
    back = replace(JOB, id="job-2", space=SPACE.beside("retract"))
    wrote(store, reference, job=back, settled="held", confirmed=False)
    (correction,) = store.find_items(ItemFilter(reference=reference))
    store.settle_held(correction.id, "done", "Karin", "den står där")
    assert states(store, process) == {"a": "taken back; the next approval ends its item"}


def test_what_retention_has_deleted_is_a_persons(tmp_path: Path, store: SqlStore) -> None:
    process = process_with(tmp_path)
    wrote(store, "a")
    store.forget("small", Retention(items=0, audit=0), "eva", {})
    (state,) = states(store, process).values()
    assert state == "by hand: what it was about has been deleted (retention)"


# --- the command

PDD = """\
pdd: 1
id: small
name: Testrobot
version: 1.0.0
authority: note
applications: {app: app.yaml}
queue: {item: {number: text}, reference: [item.number]}
process:
  - once: app.write_note
    key: [item.reference]
    with: {text: Text}
retract:
  - type_into: {target: app.cases.open, text: "${{ item.number }}"}
exceptions:
  BE5: {kind: business, name: Låst}
"""
BOT = """\
bot: 1
id: small
pdd: ../pdd/small.yaml
mode: live
environment: test
applications: {app: {url: "http://localhost:1", credential: robot-x}}
"""


@pytest.fixture
def retract(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    """The command in a project whose bot has written in two cases."""
    monkeypatch.chdir(tmp_path)
    for name in ("ROBOTFABRIK_HOME", "ROBOTFABRIK_STORE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("getpass.getuser", lambda: "eva")
    files = {"bots/small.yaml": BOT, "pdd/small.yaml": PDD, "pdd/app.yaml": REPOSITORY + BACK}
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    with opened() as store:
        job = replace(JOB, space=replace(SPACE, process="small"))
        for reference in ("a/2022-11", "b/2022-11"):
            wrote(store, reference, job=job)
        rehearsed = replace(job.space, rehearsal="job-r")
        store.start_job(replace(job, id="job-r", mode="rehearsal", space=rehearsed))
        there = replace(job, id="job-p", space=replace(job.space, environment="production"))
        wrote(store, "c/2022-11", job=there, scope="production/default/app/app.write_note")

    def run(*words: str) -> tuple[int, str, str]:
        code = main(("retract", "--job", *words))
        shown = capsys.readouterr()
        return code, shown.out, shown.err

    return run


def opened() -> SqlStore:
    return open_store(Path(".robotfabrik") / "store.db")


def test_a_list_first(retract: Callable[..., tuple[int, str, str]]) -> None:
    code, out, _ = retract("job-1")
    assert code == 0
    assert [line.split()[0] for line in out.splitlines()[1:3]] == ["a/2022-11", "b/2022-11"]
    assert "2 can be taken back, after an approval:" in out
    assert "robotfabrik retract --job job-1 --date 2022-11-01 --rehearse" in out  # it was run as that day
    found = json.loads(retract("job-1", "--only", "b/2022-11", "--json")[1])
    assert [(e["item"], e["content"], e["open"]) for e in found["effects"]] == [
        ("b/2022-11", {"text": "Kontroll av b/2022-11"}, True)
    ]
    assert "a/2022-11" not in retract("job-1", "--except", "a/2022-11")[1]
    with opened() as store:
        told = [row.by for row in store.audit_rows(AuditFilter(action="retract.listed"))]
        assert told == ["eva"] * 3
        assert len(list(store.items(replace(SPACE, process="small").beside("retract")))) == 0


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("job-1", "--only", "a/2022-12"), "the job had no effect in 'a/2022-12'. Did you mean 'a/2022-11'"),
        (("job-1", "--approve", "--reason", "fel"), "who has approved it? Write --by NAME"),
        (("job-1", "--approve", "--by", " ", "--reason", "fel"), "--by is empty"),
        (("job-1", "--approve", "--by", "Karin", "--reason", " . "), "say why it does not hold"),
        (("job-1", "--rehearse"), "say why it does not hold"),
        (("job-1", "--rehearse", "--approve", "--by", "K", "--reason", "x"), "leave one of them out"),
        (("job-r",), "was a rehearsal: it wrote nothing"),
        (("job-p",), "ran in the environment production"),
        (("job-7",), "there is no job 'job-7'"),
    ],
)
def test_what_is_refused(
    retract: Callable[..., tuple[int, str, str]], words: tuple[str, ...], says: str
) -> None:
    code, _, errors = retract(*words)
    assert (code, says in errors) == (2, True), errors
    with opened() as store:  # what was refused has shown nothing
        assert list(store.audit_rows(AuditFilter(action="retract.listed"))) == []


def withdrawn(release: str) -> list[Decision]:
    taken = Decision("small", "driftsatt", "Karin Frank", "chef", DAY, "ja", "karin", release, "1.0.0")
    return [taken, replace(taken, details={"withdrawn": True}, note="fel belopp")]


def test_a_withdrawn_bot_takes_back_with_what_was_in_operation(
    retract: Callable[..., tuple[int, str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    bot = Path("bots/small.yaml")
    bot.write_text(bot.read_text().replace("environment: test", "environment: production"))
    now, process, _ = load(Project(Path.cwd()), "small")
    release = Release(now.files)
    with opened() as store:
        for decision in withdrawn(release.hash):
            store.record_decision(decision, release)
        require_deployed(store, now, process, release, taking_back=True)
        with pytest.raises(NotDeployed, match="small is withdrawn, by Karin Frank"):
            require_deployed(store, now, process, release)
        with pytest.raises(NotDeployed, match=f"with the files of the release {release.short}"):
            require_deployed(store, now, process, Release({"a": "b"}), taking_back=True)
    approved = ("job-p", "--approve", "--by", "Karin Frank", "--reason", "fel")
    ready: list[Run] = []

    def execute(job: Run, *, as_json: bool) -> int:
        ready.append(job)
        return 0

    monkeypatch.setattr("robotfabrik.cli.retract.execute", execute)
    monkeypatch.setenv("ROBOTFABRIK_CREDENTIAL_ROBOT_X", "u:p")
    code, _, errors = retract(*approved)
    assert code == 0, errors
    (run,) = ready
    run.store.close()
    assert (run.job.space.queue, run.job.takes_back) == ("retract", "job-p")


def test_a_job_that_took_back_is_shown_as_one_and_not_run_again(
    retract: Callable[..., tuple[int, str, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    back = replace(JOB, id="job-b", space=replace(SPACE, process="small").beside("retract"))
    with opened() as store:
        store.start_job(replace(back, arguments=("--job=job-1",)))
        store.end_job("job-b", "faulted", {})
    retract("job-1")
    assert main(("jobs", "show", "job-b")) == 0
    shown = capsys.readouterr().out
    assert "takes back  job-1" in shown
    assert main(("jobs",)) == 0
    assert "  retract  " in next(x for x in capsys.readouterr().out.splitlines() if x.startswith("job-b"))
    assert main(("jobs", "restart", "job-b")) == 2
    assert "robotfabrik retract --job job-1 --approve --by NAME --reason TEXT" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("queue", "says"),
    [
        ("retract", "robotfabrik retract --job job-1 --approve --by NAME --reason TEXT takes it"),
        ("outage", "the next job of small sends it"),
    ],
)
def test_an_item_beside_the_queue_says_what_takes_it(
    retract: Callable[..., tuple[int, str, str]], capsys: pytest.CaptureFixture[str], queue: str, says: str
) -> None:
    beside = replace(SPACE, process="small").beside(queue)
    with opened() as store:
        wrote(
            store, "x", settled="held", confirmed=False,
            job=replace(JOB, id="job-b", space=beside, arguments=("--job=job-1",)),
        )  # fmt: skip
    assert main(("held", "settle", "x", "--as", "redo", "--note", "den saknas")) == 0
    assert says in capsys.readouterr().out


def test_a_job_that_ran_as_its_own_day_needs_no_date(retract: Callable[..., tuple[int, str, str]]) -> None:
    with opened() as store:
        job = replace(JOB, id="job-t", date=date.today(), space=replace(SPACE, process="small"))
        wrote(store, "t/2022-11", job=job)
    assert "robotfabrik retract --job job-t --approve --by NAME" in retract("job-t")[1]


def test_in_production_only_what_is_deployed_takes_back(retract: Callable[..., tuple[int, str, str]]) -> None:
    bot = Path("bots/small.yaml")
    bot.write_text(bot.read_text().replace("environment: test", "environment: production"))
    assert "1 can be taken back" in retract("job-p")[1]
    code, _, errors = retract("job-p", "--approve", "--by", "Karin Frank", "--reason", "fel")
    assert (code, "small is not deployed" in errors) == (2, True)
    with opened() as store:
        assert list(store.audit_rows(AuditFilter(action="retract.approved"))) == []
