"""One calculation and one proposal for a household and month, whatever stands there and whatever happens."""

from __future__ import annotations

import subprocess
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import insert

from fake_procapita import casework, db
from fake_procapita.chaos import ALL, PROFILES
from fake_procapita.importing import database_path
from tests.support.fake import ROOT, RunningFake, running_fake
from tests.support.handled import ROBOT, calculations, facit, proposals
from tests.support.robot import PATIENCE, Robot
from tests.support.rows import read_rows, write_rows
from tests.support.towns import make_town

NOVEMBER, LAST = "2022-11-01", "2022-11-30"
OWN, SOMEBODY = f"robot-{ROBOT}-2", "anna.lind"
LASTING = {"renamed-button", "renamed-label", ALL}
RUNS = 4
# Where something is written: before and after what the store keeps of it, at the click and after it.
WRITING = r"^in |submit_effect|confirm_effect|^after click procapita\.\w+\.(save|compute|complete)$"


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A municipality where only four have applied, and all shall be granted what they lack."""
    return with_applications(make_town(tmp_path_factory.mktemp("towns"), 11, 40, "trelleborg"), 4)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The robot's own files, over a case system that shows a save within two seconds or not at all."""
    folder = tmp_path_factory.mktemp("project")
    for name in (f"bots/{ROBOT}.yaml", f"pdd/{ROBOT}.yaml", "pdd/objects/procapita.yaml"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        text = (ROOT / name).read_text(encoding="utf-8")
        quick = text.replace("settles_within: 60s", "settles_within: 2s")
        (folder / name).write_text(quick, encoding="utf-8")
    return folder


def with_applications(town: Path, number: int) -> Path:
    """Of the new applications only some of those on paper that shall be granted are left."""
    granted = [row["subject"] for row in facit(town) if row["code"] == "BIFALL"]
    kept = [subject for subject in granted if subject.startswith("AK")][:number]
    assert len(kept) == number
    file = town / "applications.csv"
    rows = read_rows(file)
    write_rows(file, [row for row in rows if row["status"] != "Ny" or row["application_id"] in kept])
    return town


def applied(town: Path) -> dict[str, dict[str, str]]:
    """The facit's row of each case that has applied."""
    applications = read_rows(town / "applications.csv")
    cases = {row["case_number"] for row in applications if row["status"] == "Ny"}
    return {row["case_number"]: row for row in facit(town) if row["case_number"] in cases}


def granted(cases: dict[str, dict[str, str]]) -> Counter[tuple[str, ...]]:
    """The proposals of these cases."""
    return Counter((case, "Bifall", row["amount"], row["motivation"]) for case, row in cases.items())


def begin(
    fake: RunningFake, case: dict[str, str], author: str, *posts: tuple[str, int], result: str = ""
) -> None:
    """Somebody has begun with the calculation of an application."""
    engine = db.open_engine(database_path(fake.data))
    own = {"case_number": case["case_number"], "application_id": case["subject"]}
    span = {"start": NOVEMBER, "end": LAST, "status": "Pågående", "created_by": author, "result": result}
    try:
        with engine.begin() as connection:
            key = casework.add(connection, casework.calculations, "B", **own, **span)
            (row, *_) = casework.rows(connection, casework.application_rows, application_id=case["subject"])
            for item, amount in posts:
                values = {
                    "item": item,
                    "applied": str(amount),
                    "approved": str(amount),
                    "kind": casework.OTHER,
                }
                who = {"calculation_id": key, "person_id": row.person_id, "date": NOVEMBER}
                connection.execute(insert(casework.expenses).values(**who, **values))
    finally:
        engine.dispose()


def test_what_is_half_filled_is_completed_or_removed_and_what_differs_is_a_persons(
    town: Path, home: Path, project: Path
) -> None:
    cases = applied(town)
    begun, wrong, differs, others = cases.values()
    with running_fake(town, NOVEMBER) as fake:
        begin(fake, begun, OWN)
        begin(fake, wrong, OWN, ("Tandvård", 999))
        begin(fake, differs, OWN, ("Tandvård", 999), result="99999")
        begin(fake, others, SOMEBODY, ("Tandvård", 999))
        robot = Robot(fake, home, ROBOT, project=project)
        result = robot.run(NOVEMBER, code=3)
        assert (result["checked"], result["held"], result["failed"]) == (2, 2, 0)
        done = {row["case_number"]: row for row in (begun, wrong)}
        assert proposals(fake) == granted(done)
        finished = {(case, "Slutförd"): 1 for case in done}
        assert calculations(fake) == Counter({**finished, (differs["case_number"], "Pågående"): 1})
        again = robot.run(NOVEMBER, code=3)
        assert (again["written"], again["already_done"]) == (0, 2)


@pytest.mark.acceptance_long
@pytest.mark.parametrize("chaos", [*PROFILES, ALL])
def test_each_chaos(town: Path, home: Path, chaos: str) -> None:
    """Each once, and none but the facit's; most faults pass over."""
    expected = granted(applied(town))
    with running_fake(town, NOVEMBER, chaos=chaos, extra=("--chaos-seed", "3")) as fake:
        robot = Robot(fake, home, ROBOT)
        for _ in range(1 if chaos in LASTING else RUNS):
            if not robot.run(NOVEMBER, code=None)["failed"]:
                break
        assert proposals(fake) - expected == Counter()
        assert all(number == 1 for number in calculations(fake).values())
        if chaos not in LASTING:
            assert proposals(fake) == expected
            assert calculations(fake) == Counter((case, "Slutförd") for case in applied(town))


@pytest.mark.acceptance_long
@pytest.mark.parametrize("kind", ["runner", "browser"])
def test_stopped_at_every_point_of_writing(
    tmp_path: Path, project: Path, kind: str, record_property: Callable[[str, object], None]
) -> None:
    town = with_applications(make_town(tmp_path, 11, 40, "trelleborg"), 1)
    at = 0
    while where := _stopped(project, town, tmp_path / str(at), f"{kind}:{WRITING}", at):
        at += 1
    record_property("figures", f"{at} points, 0 lost, 0 double, 0 held")
    assert at > 20, where


def _stopped(project: Path, town: Path, home: Path, kind: str, at: int) -> str:
    """Stop a run at one point, let the next ones finish, and compare; where it was, or nothing at the end."""
    reached = home / "reached"
    home.mkdir()
    with running_fake(town, NOVEMBER) as fake:
        robot = Robot(fake, home, ROBOT, project=project)
        run = robot.command(NOVEMBER, "--workers", "1")
        run[2:3] = ["tests.support.killing", kind, str(at), str(reached)]
        subprocess.run(run, cwd=project, env=robot.environment, capture_output=True, timeout=PATIENCE)
        for _ in range(RUNS):
            if not robot.run(NOVEMBER, code=None)["failed"]:
                break
        where = reached.read_text(encoding="utf-8") if reached.exists() else ""
        assert proposals(fake) == granted(applied(town)), where
        assert calculations(fake) == Counter((case, "Slutförd") for case in applied(town)), where
    return where
