"""The faults on purpose: each comes when it is said to come."""

from __future__ import annotations

import time
from pathlib import Path

import httpx
import pytest

from fake_procapita.chaos import PROFILES
from fake_procapita.cli import _profiles
from tests.support.fake import running_fake, wait_until
from tests.support.fake_data import ASA, write
from tests.support.fake_http import logged_in


@pytest.fixture
def town(tmp_path: Path) -> Path:
    return write(tmp_path / "town", extra_cases=20)


def test_every_profile_is_documented() -> None:
    text = (Path(__file__).parents[2] / "docs" / "fake-procapita.md").read_text("utf-8")
    assert [name for name in PROFILES if f"| `{name}` |" not in text] == []


def test_slow(town: Path) -> None:
    with running_fake(town, "2022-11-01", chaos="slow") as fake, logged_in(fake.url) as browser:
        start = time.monotonic()
        browser.get("/kir")
        assert time.monotonic() - start >= 0.3


def test_one_page_in_forty_fails(town: Path) -> None:
    with running_fake(town, "2022-11-01", chaos="error500") as fake, logged_in(fake.url) as browser:
        pages = [browser.get("/kir") for _ in range(80)]
        failed = [n for n, page in enumerate(pages) if page.status == 500]
        assert len(failed) == 2
        assert failed[1] - failed[0] == 40
        assert "Ett fel har uppstått" in pages[failed[0]].text


def test_the_session_is_lost_every_sixty_requests(town: Path) -> None:
    with running_fake(town, "2022-11-01", chaos="lost-session", extra=["--chaos-seed", "50"]) as fake:
        with logged_in(fake.url) as browser:
            pages = [browser.get("/kir").text for _ in range(12)]
        assert sum("Sessionen har upphört. Logga in igen." in text for text in pages) == 1


def test_a_case_is_locked_the_first_time_its_journal_is_visited(town: Path) -> None:
    # the digits of the case number decide: 202200000 + n
    case = next(f"EB-2022-{n:05}" for n in range(20) if (202200000 + n) % 15 == 0)
    journal = f"/arende/{case}/journal"
    with running_fake(town, "2022-11-01", chaos="locked") as fake, logged_in(fake.url) as browser:
        assert "Posten är låst av Eva Lind." in browser.get(journal).text
        assert "Posten är låst av Eva Lind." in browser.get(journal + "/ny").text
        assert "Posten är låst" not in browser.get("/arende/EB-2020-00001/journal").text
        browser.get("/arenden")
        assert "Anteckningen är sparad." in browser.write_note(case).text


def test_kir_is_silent_once_for_some(town: Path) -> None:
    extra = ["--chaos-seed", "19"]
    with (
        running_fake(town, "2022-11-01", chaos="kir-down", extra=extra) as fake,
        logged_in(fake.url) as browser,
    ):
        browser.get("/kir")
        assert "KIR svarar inte. Försök igen senare." in browser.send("/kir$", personnummer=ASA).text
        assert browser.send("/kir$", personnummer=ASA).fields["Status"] == "Folkbokförd"


def test_a_late_save_is_stored_even_if_nobody_waits(town: Path) -> None:
    extra = ["--chaos-delay", "1.5", "--chaos-seed", "6"]
    with (
        running_fake(town, "2022-11-01", chaos="late-save", extra=extra) as fake,
        logged_in(fake.url) as browser,
    ):
        browser.get("/arende/EB-2020-00001/journal/ny")
        form = browser.page.form("/journal/ny")
        form.fields |= {"type": "Kontroll", "rubrik": "Sen", "text": "T"}
        with pytest.raises(httpx.ReadTimeout):
            browser.client.post(form.action, data=form.fields, timeout=0.3)
        assert fake.export_notes() == []
        assert browser.send_form(form).status == 409
        with logged_in(fake.url):
            assert wait_until(lambda: len(fake.export_notes()) == 1)


def test_a_save_that_answers_with_an_error_is_stored_once(town: Path) -> None:
    with running_fake(town, "2022-11-01", chaos="save-then-error", extra=["--chaos-seed", "4"]) as fake:
        with logged_in(fake.url) as browser:
            browser.get("/arende/EB-2020-00001/journal/ny")
            form = browser.page.form("/journal/ny")
            sent = {"type": "Kontroll", "rubrik": "R", "text": "T", "notify": "ja"}
            assert browser.send_form(form, **sent).status == 500
            assert browser.send_form(form, **sent).status == 409
        assert (len(fake.export_notes()), len(fake.export_activities())) == (1, 1)


def test_an_error_before_the_save_stores_nothing(town: Path) -> None:
    with running_fake(town, "2022-11-01", chaos="error-before-save", extra=["--chaos-seed", "4"]) as fake:
        with logged_in(fake.url) as browser:
            browser.get("/arende/EB-2020-00001/journal/ny")
            form = browser.page.form("/journal/ny")
            sent = {"type": "Kontroll", "rubrik": "R", "text": "T"}
            assert browser.send_form(form, **sent).status == 500
            assert fake.export_notes() == []
            assert browser.send_form(form, **sent).status == 200
        assert len(fake.export_notes()) == 1


def test_renamed_button_and_extra_dialog(town: Path) -> None:
    with (
        running_fake(town, "2022-11-01", chaos="renamed-button,extra-dialog") as fake,
        logged_in(fake.url) as browser,
    ):
        page = browser.get("/arende/EB-2020-00001/journal")
        assert "Ny anteckning" in page.text
        assert "Ny journalanteckning" not in page.text
        assert sum("Driftmeddelande" in browser.get("/kir").text for _ in range(50)) == 2


def test_renamed_label_moved_button_and_duplicate_rows(town: Path) -> None:
    chaos = "renamed-label,moved-button,duplicate-row"
    with running_fake(town, "2022-11-01", chaos=chaos) as fake, logged_in(fake.url) as browser:
        page = browser.get("/arende/EB-2020-00001/journal/ny")
        assert "Ärendemening" in page.text
        assert page.response.text.index(">Spara<") < page.response.text.index('name="rubrik"')
        numbers = [row[0] for row in browser.get("/arenden?rader=100").rows if row[0].startswith("EB-")]
        assert len(numbers) == len(set(numbers)) + sum(int(n[-5:]) % 30 == 0 for n in set(numbers))
        assert len(numbers) > len(set(numbers))


def test_all_names_every_profile() -> None:
    assert _profiles("all") == frozenset(PROFILES)
