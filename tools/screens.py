"""Photographs the bundled case system for docs/fake-procapita.md: `python tools/screens.py`."""

from __future__ import annotations

import csv
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from robotfabrik.sessions.browser import find_browser

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT / "fixtures" / "default"
IMAGES = ROOT / "docs" / "images" / "procapita"
SIZE = {"width": 1240, "height": 720}
DAY, MONTH_END = "2022-11-01", "2022-11-30"


def rows(name: str) -> list[dict[str, str]]:
    with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def planted(robot: str, plant: str) -> dict[str, str]:
    """The case of the first household with this plant."""
    household = next(r["household"] for r in rows("planted") if (r["robot"], r["plant"]) == (robot, plant))
    return next(r for r in rows("cases") if r["household_id"] == household)


def case(robot: str, plant: str) -> str:
    return planted(robot, plant)["case_number"]


def first(table: str, column: str, **values: str) -> str:
    """A column of the first row with these values."""
    return next(r[column] for r in rows(table) if all(r[name] == value for name, value in values.items()))


@contextmanager
def served() -> Iterator[str]:
    """The case system over the shipped municipality; gives its address."""
    command = [sys.executable, "-m", "fake_procapita", "--port", "0", "--data", str(DATA), "--fresh"]
    process = subprocess.Popen(
        [*command, "--today", DAY], cwd=ROOT, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    )
    assert process.stdout is not None
    try:
        yield next(word for word in process.stdout.readline().split() if word.startswith("http")).rstrip("/")
    finally:
        process.terminate()
        process.wait()


class Camera:
    """One account's browser, and where it puts its pictures."""

    def __init__(self, browser: Browser, address: str, role: str) -> None:
        self.page: Page = browser.new_page(viewport=SIZE, base_url=address)
        account = next(row for row in rows("accounts") if role in row["roles"].split(";"))
        self.page.goto("/login")
        self.page.get_by_label("Användarnamn").fill(account["username"])
        self.page.get_by_label("Lösenord").fill(account["password"])
        self.page.get_by_label("Enhet").select_option(account["unit"])

    def enter(self) -> None:
        self.button("Logga in")
        self.button("Stäng")

    def shoot(self, name: str, path: str = "") -> None:
        """Go there, if a path is given, and take the picture."""
        if path:
            self.page.goto(path, wait_until="networkidle")
        self.page.wait_for_load_state("networkidle")
        self.page.screenshot(path=IMAGES / f"{name}.png")

    def button(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()

    def fill(self, **fields: str) -> None:
        """Fill in fields by the names that the form sends."""
        for name, value in fields.items():
            field = self.page.locator(f"[name={name}]")
            if field.evaluate("e => e.tagName") == "SELECT":
                field.select_option(label=value)
            else:
                field.fill(value)


def start(camera: Camera) -> None:
    """Login, the lists, and people."""
    camera.shoot("inloggning")
    camera.button("Logga in")
    camera.shoot("nyheter")
    camera.button("Stäng")
    camera.shoot("inkorg", "/inkorg?lista=grupp")
    waiting = first("activities", "activity_id", status="Öppen", recipient="Gruppkorg Ekonomiskt bistånd")
    camera.shoot("aktivitet", f"/aktivitet/{waiting}")
    camera.shoot("nytt-meddelande", "/meddelanden/nytt")
    camera.fill(rubrik="Stängt på fredag", text="Expeditionen är stängd på fredag eftermiddag.")
    camera.button("Skicka")
    camera.shoot("meddelanden")
    camera.page.get_by_role("link", name="Öppna").first.click()
    camera.button("Avstämd")
    camera.shoot("meddelande")
    camera.shoot("aktiva-arenden", "/arenden?sortera=namn")
    camera.page.goto("/person/sok")
    camera.fill(namn="Nyström")
    camera.button("Sök")
    camera.shoot("sok-person")
    person = first(
        "households", "registerledare", household_id=planted("fordonsinnehav", "three_known")["household_id"]
    )
    camera.shoot("personbild", f"/person/{person}")
    camera.shoot("andra-personbild", f"/person/{person}/andra")
    camera.shoot("lagg-till-tillgang", f"/person/{person}/tillgang")
    camera.page.goto("/kir")
    camera.fill(personnummer=first("people", "personnummer", person_id=person))
    camera.button("Sök")
    camera.button("Visa folkbokförda på adressen")
    camera.shoot("kir")
    camera.shoot("skyddade-arenden", "/skyddade")


def file_of_a_case(camera: Camera) -> None:
    """Hushåll, Ärende and Journal."""
    number, household = rows("cases")[0]["case_number"], rows("cases")[0]["household_id"]
    at = f"/arende/{number}"
    camera.shoot("hushall", f"/hushall/{household}")
    camera.shoot("andra-hushall", f"/hushall/{household}/andra")
    camera.shoot("lagg-till-medlem", f"/hushall/{household}/medlem")
    camera.shoot("arende", at)
    camera.shoot("andra-arende", at + "/andra")
    camera.shoot("avsluta-arende", at + "/avsluta")
    camera.page.goto(at + "/journal/ny")
    camera.fill(type="Samtal", rubrik="Samtal om hyran för november och december", text="Hyran är betald.")
    camera.page.get_by_label("Avisera ansvarig handläggare").check()
    camera.shoot("ny-journalanteckning")
    camera.page.get_by_role("link", name="Inkorg").click()
    camera.shoot("spara-andringar")
    camera.page.get_by_role("dialog").get_by_role("button", name="Avbryt").click()
    camera.button("Spara")
    camera.shoot("journal")
    camera.page.get_by_role("link", name="DOKUMENT", exact=True).first.click()
    camera.shoot("journal-dokument")
    camera.page.go_back()
    camera.page.get_by_role("link", name="KOMMUNICERING", exact=True).first.click()
    camera.shoot("journal-kommunicering")
    camera.page.go_back()
    camera.button("Makulera")
    camera.shoot("makulera-journalanteckning")


def case_work(camera: Camera) -> None:
    """Aktualisering, Utredning, Beräkning, Dokument, Kommunicering and the rest of the case work."""
    medicine, able = case("hogkostnadsskydd", "medicine"), case("anvisning", "control/already")
    applied = first(
        "applications", "application_id", status="Ny", case_number=case("hogkostnadsskydd", "outside_benefit")
    )
    inquiry = first("investigations", "investigation_id", case_number=able)
    plan = first("plans", "plan_id", case_number=able)
    camera.shoot("aktualiseringar", "/aktualiseringar?sortera=1-2&ordning=fallande")
    camera.shoot("aktualisering", f"/aktualisering/{applied}")
    camera.shoot("aktualiseringar-i-arende", f"/arende/{medicine}/aktualisering")
    camera.page.goto(f"/arende/{medicine}/aktualisering/ny")
    camera.fill(type="Ansökan", reason="Försörjningsstöd", free_text="Jag börjar en kurs i december.")
    posts = camera.page.get_by_role("table", name="Sökta poster")
    for item, amount in (("Hyra", "6 200"), ("Hushållsel", "350")):
        posts.get_by_label("Post").last.fill(item)
        posts.get_by_label("Belopp").last.fill(amount)
        camera.button("Lägg till post")
    camera.page.set_viewport_size({**SIZE, "height": 1000})
    camera.shoot("ny-aktualisering")
    camera.page.set_viewport_size(SIZE)
    camera.shoot("utredningar", f"/arende/{able}/utredning")
    camera.shoot("utredning", f"/utredning/{inquiry}")
    camera.shoot("andra-utredning", f"/utredning/{inquiry}/andra")
    camera.shoot("berakningar", f"/arende/{medicine}/berakning")
    camera.shoot("ny-berakning", f"/arende/{medicine}/berakning/ny")
    camera.fill(end=MONTH_END)
    camera.button("Spara")
    camera.shoot("berakning")
    camera.button("Lägg till rad")
    camera.shoot("lagg-till-rad")
    camera.page.locator("[name=person_id]").select_option(index=1)
    camera.fill(kind="Utgift", item="Hyra", applied="6 200", approved="6 200", remark="Enligt avi")
    camera.button("Spara")
    camera.shoot("berakning-utgifter")
    camera.button("Beräkna")
    camera.shoot("berakning-resultat")
    camera.shoot("planeringar", "/arbetsmarknad?urval=arbetsfora")
    camera.shoot("arbetsmarknad", f"/arende/{able}/arbetsmarknad")
    camera.shoot("ny-anvisning", f"/arende/{able}/arbetsmarknad/ny")
    camera.shoot("planering", f"/planering/{plan}")
    camera.shoot("andra-planering", f"/planering/{plan}/andra")
    camera.page.goto(f"/arende/{medicine}/bevakningar/ny")
    camera.fill(
        type="Uppföljning", date="2022-11-21", text="Fråga om hyresavtalet, som gick ut den sista oktober"
    )
    camera.shoot("ny-bevakning")
    camera.button("Spara")
    camera.shoot("bevakningar")
    camera.page.get_by_role("link", name=re.compile("^BV")).last.click()
    camera.shoot("bevakning")
    camera.page.goto(f"/arende/{medicine}/kommunicering/ny")
    camera.page.locator("[name=person_id]").select_option(index=1)
    camera.fill(text="Uppgifter har hämtats från Försäkringskassan. Läs dem på Min sida och hör av dig.",
                answer_by="2022-11-15")  # fmt: skip
    camera.shoot("ny-kommunicering")
    camera.button("Skicka till Min sida")
    camera.shoot("kommunicering")
    camera.page.get_by_role("link", name=re.compile("^KO[0-9]")).first.click()
    camera.shoot("kommunicering-en")
    camera.shoot("dokument", f"/dokument/{rows('documents')[0]['document_id']}")
    paper = rows("documents")[0]["case_number"]
    camera.shoot("dokument-i-arende", f"/arende/{paper}/dokument")
    camera.shoot("lagg-till-dokument", f"/arende/{paper}/dokument/ny")
    camera.button("Spara")
    camera.shoot("fel-vid-falten")
    camera.page.goto(f"/arende/{medicine}/referensram/andra")
    camera.fill(rent_max="7200", power_max="400", members="2", incomes="Lön, 0, 2000",
                expenses="Hyra, 6000, 7200", plan="Deltidsarbete", valid_to="2023-01-31")  # fmt: skip
    camera.shoot("andra-referensram")
    camera.button("Spara")
    camera.shoot("referensram")
    camera.shoot("utskriftsvy", f"/arende/{medicine}/berakning?utskrift=ja")


def ask_ssbtek(camera: Camera) -> None:
    camera.page.goto(f"/arende/{case('fordonsinnehav', 'three_known')}/ssbtek")
    camera.fill(person=camera.page.locator(".open span").first.inner_text())
    camera.page.get_by_label("Syfte").select_option(index=2)
    camera.shoot("ssbtek-fraga")
    camera.button("Hämta uppgifter")
    camera.page.get_by_role("region", name="Transportstyrelsen").scroll_into_view_if_needed()
    camera.shoot("ssbtek")


def deciding(robot: Camera, payer: Camera, leader: Camera) -> None:
    """Proposals by a robot, a delegate, a payment and its attest."""
    medicine = case("hogkostnadsskydd", "medicine")
    for plant, result, flags in (("medicine", "Bifall", ""), ("care", "Avslag", "Inkomst har ändrats")):
        robot.page.goto(f"/arende/{case('hogkostnadsskydd', plant)}/beslut/ny")
        robot.fill(type="Ekonomiskt bistånd", start=DAY, end=MONTH_END, result=result, flags=flags,
                   amount="0" if flags else "4 200",
                   motivation="Inkomsterna täcker behovet enligt beräkningen." if flags else "")  # fmt: skip
        if flags:
            robot.shoot("nytt-forslag")
        robot.button("Spara förslag")
    refusal = robot.page.url
    leader.shoot("beslut", f"/arende/{medicine}/beslut")
    leader.shoot("beslut-avslag", refusal)
    leader.button("Godkänn")
    leader.shoot("avslag-utan-kommunicering")
    leader.shoot("uppenbart-obehovligt", refusal + "/obehovligt")
    leader.shoot("delegatvy", "/delegat")
    leader.page.goto(f"/arende/{medicine}/beslut")
    leader.page.get_by_role("link", name=re.compile("^BE")).first.click()
    decision = leader.page.get_by_label("Beslut", exact=True).inner_text()
    leader.button("Godkänn")
    leader.page.goto(refusal)
    leader.button("Avvisa")
    leader.fill(reason="Lönen i oktober är inte med i beräkningen")
    leader.shoot("avvisa-forslag")
    leader.button("Avvisa")
    leader.shoot("beslut-avvisat")
    leader.page.goto("/inkorg")
    payer.page.goto(f"/arende/{medicine}/utbetalning/ny")
    payer.fill(decision_id=decision, amount="4 200", method="Bankkonto", month="2022-11")
    payer.shoot("ny-utbetalning")
    payer.button("Skapa")
    leader.shoot("utbetalning", payer.page.url)
    leader.shoot("utbetalningar", f"/arende/{medicine}/utbetalning")
    leader.page.set_viewport_size({**SIZE, "width": 1440})
    leader.shoot("beslutslista", "/beslutslista?urval=alla&manad=2022-11&sortera=1-1&ordning=fallande")
    leader.page.set_viewport_size(SIZE)


def checking(camera: Camera) -> None:
    """Spot checks: drawn, and what came of them."""
    for plant, scope, result in (("medicine", "Hel", "Medicin utan förmån"), ("care", "Del", "")):
        number = case("hogkostnadsskydd", plant)
        camera.page.goto(f"/arende/{number}/stickprov/ny")
        application = first("applications", "application_id", case_number=number, month="2022-11")
        camera.fill(month="2022-11", scope=scope, application_id=application, answer_by="2022-11-22")
        camera.shoot("nytt-stickprov")
        camera.button("Spara")
        if result:
            camera.button("Registrera resultat")
            camera.fill(result=result, amount="140", comment="Ett av två läkemedel")
            camera.shoot("registrera-resultat")
            camera.button("Spara")
            camera.shoot("stickprov")
            camera.shoot("stickprov-i-arende", f"/arende/{number}/stickprov")
    camera.shoot("stickprovslista", "/stickprov?urval=alla")


def main() -> None:
    """Write a picture of each screen."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    with served() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(**find_browser().launch_options())
        leader, robot, payer, administrator = (
            Camera(browser, address, role) for role in ("gruppledare", "robot", "utbetalare", "administratör")
        )
        start(leader)
        file_of_a_case(leader)
        case_work(leader)
        ask_ssbtek(leader)
        leader.page.goto("/inkorg")
        robot.enter()
        payer.enter()
        deciding(robot, payer, leader)
        checking(leader)
        administrator.enter()
        administrator.shoot("laslogg", "/laslogg")
        browser.close()
    for path in IMAGES.glob("*.png"):
        with Image.open(path) as picture:
            picture.quantize(32).save(path, optimize=True)


if __name__ == "__main__":
    main()
