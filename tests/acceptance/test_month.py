"""From e-application to approved payment: robots' and people's work equals the facit."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.support.compare import Since, expected_notes, facit
from tests.support.fake import running_fake
from tests.support.month import DAY, MONTH, Month
from tests.support.people import attest, browser, decide, register_results, settle_messages
from tests.support.towns import make_town

FAULTS = "late-save,save-then-error,error-before-save"
"""What may write twice. With sessions lost at this rate no calculation is finished: see --chaos all."""
MANUAL = {f"M{number}" for number in range(2, 11)}  # M1 is counted without its cases
REASON = "Underlaget för hyran behöver kompletteras."
NEXT_DAY, ANSWER_BY, ANSWERED, LAST_DAY = "2022-11-02", "2022-11-15", "2022-11-16", "2022-11-30"


@pytest.fixture(scope="module")
def trelleborg(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_town(tmp_path_factory.mktemp("towns"), 11, 40, profile="trelleborg")


def go_through(month: Month) -> None:
    """All of it in the order of the days; each part is compared with the facit before the next begins."""
    town, written = month.town, Since(month.fake)
    month.run("intag")
    taken = {row["number"] for row in month.stored("applications") if row["number"]}
    assert len(taken) == len(month.stored("applications"))
    assert len(taken) == sum(row["code"] == "REGISTRERAD" for row in facit(town, MONTH, "intag"))

    month.run("handlaggning")
    assert month.proposals() == month.proposals_due()
    noted = (expected_notes(town, MONTH, robot=bot) for bot in ("intag", "handlaggning"))
    assert written.notes() == sum(noted, Counter())
    month.run("daglista")

    with browser() as chromium:
        with month.person(chromium, "handläggare") as page:
            assert settle_messages(page)
        granted = sorted(case for case, result, *_ in month.proposals() if result == "Bifall")
        with month.person(chromium, "gruppledare") as page:
            decided = decide(page, refuse={granted[0]: REASON}, answer_by=ANSWER_BY)
        assert len(decided.refused) == 1
        assert len(decided.waiting) == sum(result != "Bifall" for _, result, *_ in month.proposals())

        month.run("utbetalning")
        due = {fact for fact in month.payments_due("Skapad") if fact[0] != granted[0]}
        assert set(month.paid()) == due
        assert month.paid().total() == len(due)
        with month.person(chromium, "attestant") as page:
            attest(page, MONTH)
        assert {fact[-1] for fact in month.paid()} == {"Attesterad"}

        month.go_on(NEXT_DAY)
        month.run("daglista")
        (listed,) = (m for m in month.stored("messages") if m["rubrik"].endswith(f"daglista {NEXT_DAY}"))
        outcome = f"robotens förslag: {len(decided.approved)} godkända, 1 avvisade"
        assert outcome in listed["text"]

        month.go_on(ANSWERED)
        with month.person(chromium, "gruppledare") as page:
            refusals = decide(page, answer_by=ANSWER_BY)
        assert (sorted(refusals.approved), refusals.waiting) == (sorted(decided.waiting), [])

        month.go_on(LAST_DAY)
        month.run("stickprov")
        drawn = month.stored("samples")
        assert drawn
        with month.person(chromium, "handläggare") as page:
            case = drawn[0]["case_number"]
            results = {case: ("Medicin utan förmån", "240")}
            assert register_results(page, results) == len(drawn)

    compared = month.compared()
    due_to_agree = month.proposals_due().total() - len(decided.refused)
    assert (compared["compared"], compared["agreed"]) == (due_to_agree, due_to_agree)
    assert compared["waiting"] == len(decided.refused)
    left = Counter({row["by"][0]: row["count"] for row in compared["left"]})
    rules = Counter(row["code"] for row in facit(town, MONTH, "handlaggning"))
    assert left == Counter({rule: count for rule, count in rules.items() if rule in MANUAL})
    files = month.command("report", "--month", MONTH, "--to", "html,xlsx,pdf").split()
    assert [Path(file).suffix for file in files] == [".html", ".xlsx", ".pdf"]
    assert all(Path(file).stat().st_size > 5000 for file in files)


@pytest.mark.acceptance_long
def test_a_month_from_application_to_payment(trelleborg: Path, home: Path) -> None:
    with running_fake(trelleborg, DAY) as fake:
        go_through(Month(fake, home))


@pytest.mark.acceptance_long
@pytest.mark.parametrize(("seed", "households"), [(1, 400), (7, 1200)], ids=["a month", "its end"])
def test_a_whole_municipality(tmp_path: Path, home: Path, seed: int, households: int) -> None:
    with running_fake(make_town(tmp_path, seed, households, profile="trelleborg"), DAY) as fake:
        go_through(Month(fake, home))


@pytest.mark.acceptance_long
def test_a_month_with_kills_at_every_stage(trelleborg: Path, home: Path) -> None:
    with running_fake(trelleborg, DAY) as fake:
        go_through(Month(fake, home, killed=True))


@pytest.mark.acceptance_long
def test_a_month_under_all_faults(trelleborg: Path, home: Path) -> None:
    with running_fake(trelleborg, DAY, chaos=FAULTS) as fake:
        go_through(Month(fake, home))
