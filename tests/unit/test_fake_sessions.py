"""Logging in and out, one session a user, idle time, forged and repeated forms."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.fake import RunningFake, running_fake
from tests.support.fake_data import write
from tests.support.fake_http import Browser, logged_in


@pytest.fixture(scope="module")
def fake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningFake]:
    with running_fake(write(tmp_path_factory.mktemp("data") / "town"), "2022-11-01") as running:
        yield running


def test_login_opens_the_inbox_with_the_news_once(fake: RunningFake) -> None:
    with logged_in(fake.url) as browser:
        assert "Nyheter" in browser.page.text
        assert "Nyheter" not in browser.get("/inkorg").text


def test_wrong_password_and_shut_out_after_five(fake: RunningFake) -> None:
    with Browser(fake.url) as browser:
        for _ in range(4):
            page = browser.log_in("vera.ask", "fel")
            assert (page.status, "Fel användarnamn eller lösenord." in page.text) == (401, True)
        assert "Kontot är spärrat" in browser.log_in("vera.ask", "fel").text
        assert "Kontot är spärrat" in browser.log_in("vera.ask").text
        assert "Fel användarnamn eller lösenord." in browser.log_in("ingen.alls").text
        assert "Inkorg" in browser.log_in("bo.ek").text


def test_the_unit_must_be_the_accounts(fake: RunningFake) -> None:
    with Browser(fake.url) as browser:
        assert "Du saknar behörighet till enheten." in browser.log_in("anna.berg", unit="Vuxen").text


def test_pages_need_a_login(fake: RunningFake) -> None:
    with Browser(fake.url) as browser:
        for address in (
            "/",
            "/inkorg",
            "/arenden",
            "/person/P1",
            "/arende/EB-2020-00001/journal",
            "/kir",
            "/nowhere",
        ):
            assert "Användarnamn" in browser.get(address).text


def test_a_new_login_ends_the_old_one_and_its_locks(fake: RunningFake) -> None:
    with logged_in(fake.url) as first, logged_in(fake.url, "cia.dal") as other:
        first.get("/arende/EB-2020-00001/journal/ny")
        assert "Posten är låst av Anna Berg." in other.get("/arende/EB-2020-00001/journal").text
        with logged_in(fake.url):
            assert "Posten är låst" not in other.get("/arende/EB-2020-00001/journal").text
            assert "Du har loggats ut: kontot används på en annan plats." in first.get("/inkorg").text
            assert "Du har loggats ut" not in first.get("/login").text


def test_log_out_ends_the_session(fake: RunningFake) -> None:
    with logged_in(fake.url) as browser:
        assert "Du är utloggad." in browser.send("/logga-ut").text
        assert "Användarnamn" in browser.get("/inkorg").text


def test_a_restart_logs_everyone_out(tmp_path: Path) -> None:
    with running_fake(write(tmp_path / "t"), "2022-11-01") as fake, logged_in(fake.url) as browser:
        fake.restart()
        assert "Sessionen har upphört. Logga in igen." in browser.get("/inkorg").text


def test_an_idle_session_ends_and_gives_back_its_locks(tmp_path: Path) -> None:
    with (
        running_fake(write(tmp_path / "t"), "2022-11-01", extra=["--idle-timeout", "1.5"]) as fake,
        logged_in(fake.url) as idle,
    ):
        idle.get("/arende/EB-2020-00001/journal/ny")
        time.sleep(2)
        with logged_in(fake.url, "cia.dal") as other:
            assert "Posten är låst" not in other.get("/arende/EB-2020-00001").text
        assert "Du har loggats ut på grund av inaktivitet." in idle.get("/inkorg").text


def test_forms_need_their_token(fake: RunningFake) -> None:
    before = fake.export_notes()
    with logged_in(fake.url) as browser:
        browser.get("/arende/EB-2020-00001/journal/ny")
        form = browser.page.form("/journal/ny")
        form.fields |= {"type": "Kontroll", "rubrik": "R", "text": "T"}
        for broken in ({"csrf_token": "x"}, {"csrf_token": ""}, {"form_token": "x"}, {"form_token": ""}):
            page = browser.send_form(form, **broken)
            assert (page.status, "Formuläret gäller inte längre" in page.text) == (403, True), broken
        foreign = browser.client.post(
            form.action, data=form.fields, headers={"Origin": "http://evil.example"}
        )
        assert foreign.status_code == 403
        assert fake.export_notes() == before
    with Browser(fake.url) as browser:
        assert (
            "för gammal"
            in browser.send("/login", login_token="x", anvandarnamn="anna.berg", losenord="x").text
        )


def test_a_form_may_be_sent_once(fake: RunningFake) -> None:
    before = len(fake.export_notes())
    with logged_in(fake.url) as browser:
        browser.get("/arende/EB-2020-00001/journal/ny")
        form = browser.page.form("/journal/ny")
        sent = {"type": "Kontroll", "rubrik": "R", "text": "T"}
        assert browser.send_form(form, **sent).status == 200
        page = browser.send_form(form, **sent)
        assert (page.status, "Formuläret har redan skickats." in page.text) == (409, True)
        assert len(fake.export_notes()) == before + 1


def test_saving_goes_on_to_own_pages_only(fake: RunningFake) -> None:
    with logged_in(fake.url) as browser:
        assert browser.write_note(fortsatt="/kir").response.url.path == "/kir"
        assert "Anteckningen är sparad." in browser.page.text
        for foreign in ("//evil.example/", "https://evil.example/", "/\\evil.example"):
            assert browser.write_note(fortsatt=foreign).response.url.path.endswith("/journal")


def test_cookies_and_headers_are_strict(fake: RunningFake) -> None:
    with logged_in(fake.url) as browser:
        cookies = [h for r in browser.page.response.history for h in r.headers.get_list("set-cookie")]
        assert cookies
        assert all("HttpOnly" in c and "samesite=strict" in c.lower() for c in cookies)
        assert browser.page.response.headers["cache-control"] == "no-store"
        assert "default-src 'none'" in browser.page.response.headers["content-security-policy"]
        assert browser.get("/static/../cli.py").status == 404


def test_roles_are_checked_by_the_server(fake: RunningFake) -> None:
    with logged_in(fake.url, "robot-folkbokforing-1") as robot:
        for address in (
            "/person/P1/andra",
            "/person/P1/hamta",
            "/hushall/H1/andra",
            "/hushall/H1/medlem",
            "/skyddade",
            "/laslogg",
            "/arende/EB-2020-00001/andra",
            "/arende/EB-2020-00001/avsluta",
            "/arende/EB-2020-00001/journal/N000003/makulera",
        ):
            page = robot.get(address)
            assert (page.status, "Du saknar behörighet." in page.text) == (403, True), address
    with logged_in(fake.url, "adam.lod") as administrator:
        assert administrator.get("/laslogg").status == 200
        assert administrator.get("/arende/EB-2020-00001/journal/ny").status == 403
