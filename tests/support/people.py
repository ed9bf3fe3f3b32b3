"""People at work in the case system, in a real browser: they decide, attest and register what came of checks.

    with browser() as chromium, at_work(chromium, fake, "gruppledare") as page:
        decided = decide(page, refuse={"EB-2020-00001": "Hyran stämmer inte."})
    with browser() as chromium, at_work(chromium, fake, "attestant") as page:
        attest(page, "2022-11")

They go by the menu, see what their account may see, and do what the screens ask of them: open what is to be
opened, send Kommunicering or say why none is needed, refuse with a reason.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from tests.support.fake import RunningFake

BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
PATIENCE = 10_000  # ms
UNIT = "Ekonomiskt bistånd"
OBVIOUS = "Uppgifterna kommer från sökanden."
QUESTION = "Uppgifter har hämtats från andra myndigheter. Hör av dig om något inte stämmer."


@dataclass
class Decided:
    """What a delegate did with the proposals, as numbers of decisions."""

    approved: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    """Those whose time to answer has not passed."""


@contextmanager
def browser() -> Iterator[Browser]:
    """A browser without a window."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=found, args=arguments)
        try:
            yield launched
        finally:
            launched.close()


@contextmanager
def at_work(chromium: Browser, fake: RunningFake, role: str, *, place: int = 0) -> Iterator[Page]:
    """Somebody with the role is logged in; `place` chooses among several. They log out in the end."""
    accounts = [row for row in fake.accounts().values() if role in row["roles"].split(";")]
    account = sorted(accounts, key=lambda row: row["unit"] != UNIT)[place]
    context = chromium.new_context(base_url=fake.url)
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.goto("/login")
    page.get_by_label("Användarnamn", exact=True).fill(account["username"])
    page.get_by_label("Lösenord", exact=True).fill(account["password"])
    page.get_by_label("Enhet", exact=True).select_option(account["unit"])
    press(page, "Logga in")
    page.get_by_role("dialog", name="Nyheter").get_by_role("button", name="Stäng").click()
    try:
        yield page
        press(page, "Logga ut")
    finally:
        context.close()


def decide(
    page: Page, *, refuse: Mapping[str, str] | None = None, obvious: str = OBVIOUS, answer_by: str = ""
) -> Decided:
    """Decide all proposals that a gruppledare may decide: those of the cases in `refuse` are refused.

    Plain ones are approved together, and what is left one by one when it has been opened. With `answer_by`
    a refusal of the applicant is communicated first and waits; else none is needed, for the reason `obvious`.
    """
    done = Decided()
    go(page, "Delegatvy")
    for row in proposals(page):
        if reason := (refuse or {}).get(row["Ärende"]):
            open_proposal(page, row["Beslut"])
            press(page, "Avvisa")
            page.get_by_label("Skäl", exact=True).fill(reason)
            press(page, "Avvisa")
            says(page, "Förslaget är avvisat.")
            done.refused.append(row["Beslut"])
    done.approved += approve_together(page)
    go(page, "Delegatvy")
    for row in proposals(page):
        open_proposal(page, row["Beslut"])
        if row["Resultat"] == "Bifall" or _communicated(page, obvious, answer_by):
            press(page, "Godkänn")
            if is_said(page, "Beslutet är godkänt."):
                done.approved.append(row["Beslut"])
                continue
        done.waiting.append(row["Beslut"])
    return done


def approve_together(page: Page) -> list[str]:
    """Mark every bifall and press Godkänn markerade; which of them that approved."""
    go(page, "Delegatvy")
    granted = [row["Beslut"] for row in proposals(page) if row["Resultat"] == "Bifall"]
    for number in granted:
        page.get_by_label(f"Markera {number}", exact=True).check()
    press(page, "Godkänn markerade")
    expect(page.get_by_role("status").filter(has_text="beslut är godkända.")).to_be_visible()
    left = {row["Beslut"] for row in proposals(page)}
    return [number for number in granted if number not in left]


def attest(page: Page, month: str) -> list[str]:
    """Attest all payments of the month's decisions that wait for it; their numbers."""
    done = []
    for number in payments(page, month):
        show(page, "Beslutslista", "Gällande", month)
        follow(page, find(page, "Beslutslista", number))
        if page.get_by_role("button", name="Attestera", exact=True).count():
            press(page, "Attestera")
            says(page, "Utbetalningen är attesterad.")
            done.append(number)
    return done


def payments(page: Page, month: str) -> list[str]:
    """The payments of the month's decisions, as Beslutslista shows them."""
    show(page, "Beslutslista", "Gällande", month)
    return [row["Utbetalning"] for row in whole_list(page, "Beslutslista") if row["Utbetalning"]]


def register_results(
    page: Page, results: Mapping[str, tuple[str, str]], otherwise: str = "Utan anmärkning"
) -> int:
    """Register what came of every open spot check: by case number its result and amount; how many."""
    count = 0
    go(page, "Stickprov")
    tab(page, "Öppna")
    for row in whole_list(page, "Stickprov"):
        if not row["Stickprov"]:  # a protected person's, which the account may not see
            continue
        result, amount = results.get(row["Ärende"], (otherwise, ""))
        go(page, "Stickprov")
        follow(page, find(page, "Stickprov", row["Stickprov"]))
        press(page, "Registrera resultat")
        page.get_by_label("Resultat", exact=True).select_option(result)
        page.get_by_label("Belopp", exact=True).fill(amount)
        press(page, "Spara")
        says(page, "Resultatet är sparat.")
        count += 1
    return count


def settle_messages(page: Page) -> list[str]:
    """Read every message to the unit and press Avstämd; their rubriker."""
    done = []
    while True:
        go(page, "Inkorg")
        follow(page, page.get_by_role("link", name="Meddelanden", exact=True))
        waiting = [at for at, row in enumerate(table(page, "Meddelanden")) if not row["Avstämd"]]
        if not waiting:
            return done
        rows = page.get_by_role("table", name="Meddelanden", exact=True).locator("tbody tr")
        follow(page, rows.nth(waiting[-1]).get_by_role("link", name="Öppna"))
        done.append(page.get_by_label("Rubrik", exact=True).inner_text())
        press(page, "Avstämd")
        says(page, "Meddelandet är avstämt.")


# --- how they find their way -----------------------------------------------------------------------------


def go(page: Page, screen: str) -> None:
    """Choose a screen in the menu: one of all cases, or of the right that the account has."""
    menu = page.get_by_role("navigation", name="Huvudmeny")
    lists = [menu.get_by_role("list", name=name, exact=True) for name in ("Allmänt", "Särskild behörighet")]
    follow(page, lists[0].or_(lists[1]).get_by_role("link", name=screen, exact=True))
    expect(page.get_by_role("heading", name=screen, level=1, exact=True)).to_be_visible()


def tab(page: Page, name: str) -> None:
    tabs = page.get_by_role("navigation", name="Flikar")
    follow(page, tabs.get_by_role("link", name=name, exact=True))


def show(page: Page, screen: str, name: str, month: str) -> None:
    """A list's tab, of one month."""
    go(page, screen)
    tab(page, name)
    page.get_by_label("Avser månad", exact=True).fill(month)
    press(page, "Visa")


def press(page: Page, name: str) -> None:
    """Press a button that leads on."""
    follow(page, page.get_by_role("button", name=name, exact=True))


def follow(page: Page, link: Locator) -> None:
    """Click, and wait for the page that comes."""
    with page.expect_navigation():
        link.click()


def says(page: Page, message: str) -> None:
    expect(page.get_by_role("status").filter(has_text=message)).to_be_visible()


def is_said(page: Page, message: str) -> bool:
    """Whether the page that has come says so, rather than why not."""
    return page.get_by_role("status").filter(has_text=message).count() > 0


def proposals(page: Page) -> list[dict[str, str]]:
    """The rows of Delegatvy."""
    return table(page, "Delegatvy")


def open_proposal(page: Page, number: str) -> None:
    """Open a decision from Delegatvy."""
    go(page, "Delegatvy")
    follow(page, find(page, "Delegatvy", number))
    expect(page.get_by_label("Beslut", exact=True)).to_have_text(number)


def find(page: Page, name: str, number: str) -> Locator:
    """The link of a number in a list, on whichever of its pages it is."""
    link = page.get_by_role("table", name=name, exact=True).get_by_role("link", name=number, exact=True)
    while not link.count():
        follow(page, page.get_by_role("link", name="Nästa", exact=True))
    return link


def whole_list(page: Page, name: str) -> list[dict[str, str]]:
    """The rows of all pages of a list."""
    rows, following = table(page, name), page.get_by_role("link", name="Nästa", exact=True)
    while following.count():
        follow(page, following)
        rows += table(page, name)
    return rows


def table(page: Page, name: str) -> list[dict[str, str]]:
    """The rows of the table on this page, by header."""
    found = page.get_by_role("table", name=name, exact=True)
    cells: Sequence[Sequence[str]] = found.evaluate(
        "t => [...t.rows].map(row => [...row.cells].map(cell => cell.innerText.trim()))"
    )
    return [dict(zip(cells[0], row, strict=True)) for row in cells[1:]]


def _communicated(page: Page, obvious: str, answer_by: str) -> bool:
    """See to it that the open refusal may be approved; whether it may be now, as far as one can tell."""
    status = page.get_by_label("Kommunicering", exact=True).inner_text()
    if status != "Saknas":
        return True
    number = page.get_by_label("Beslut", exact=True).inner_text()
    if not answer_by:
        press(page, "Uppenbart obehövligt")
        page.get_by_label("Skäl", exact=True).fill(obvious)
        press(page, "Spara")
        says(page, "Skälet är sparat.")
        return True
    matter = page.get_by_role("list", name="Öppet ärende", exact=True)
    follow(page, matter.get_by_role("link", name="Kommunicering", exact=True))
    press(page, "Ny kommunicering")
    page.get_by_label("Mottagare", exact=True).select_option("Registerledare")
    page.get_by_label("Text", exact=True).fill(QUESTION)
    page.get_by_label("Svar senast", exact=True).fill(answer_by)
    press(page, "Skicka till Min sida")
    says(page, "Meddelandet är skickat.")
    open_proposal(page, number)
    return False
