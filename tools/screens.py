"""Photographs the bundled case system for docs/fake-procapita.md: `python tools/screens.py`."""

from __future__ import annotations

import csv
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from robotfabrik.sessions.browser import find_browser

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT / "fixtures" / "default"
IMAGES = ROOT / "docs" / "images" / "procapita"
SIZE = {"width": 1240, "height": 720}


def rows(name: str) -> list[dict[str, str]]:
    with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def case(robot: str, plant: str) -> str:
    """The case number of the first household with this plant."""
    household = next(r["household"] for r in rows("planted") if (r["robot"], r["plant"]) == (robot, plant))
    return next(r["case_number"] for r in rows("cases") if r["household_id"] == household)


def application(case_number: str) -> str:
    """The open application of a case."""
    found = (r for r in rows("applications") if (r["case_number"], r["status"]) == (case_number, "Ny"))
    return next(found)["application_id"]


@contextmanager
def served() -> Iterator[str]:
    """The case system over the shipped municipality; gives its address."""
    command = [sys.executable, "-m", "fake_procapita", "--port", "0", "--data", str(DATA), "--fresh"]
    process = subprocess.Popen(
        [*command, "--today", "2022-11-01"], cwd=ROOT, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    )
    assert process.stdout is not None
    try:
        yield next(word for word in process.stdout.readline().split() if word.startswith("http")).rstrip("/")
    finally:
        process.terminate()
        process.wait()


def log_in(page: Page, address: str) -> None:
    leader = next(row for row in rows("accounts") if "gruppledare" in row["roles"])
    page.goto(f"{address}/login")
    page.get_by_label("Användarnamn").fill(leader["username"])
    page.get_by_label("Lösenord").fill(leader["password"])
    page.get_by_label("Enhet").select_option(leader["unit"])
    page.get_by_role("button", name="Logga in").click()
    page.get_by_role("button", name="Stäng").click()


def main() -> None:
    """Write a picture of each screen."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    medicine = case("hogkostnadsskydd", "medicine")
    screens = {
        "aktualiseringar": "/aktualiseringar",
        "aktualisering": f"/aktualisering/{application(case('hogkostnadsskydd', 'outside_benefit'))}",
        "berakning": f"/arende/{medicine}/berakning",
        "beslut": f"/arende/{medicine}/beslut",
        "arbetsmarknad": f"/arende/{case('anvisning', 'control/already')}/arbetsmarknad",
        "dokument": f"/dokument/{rows('documents')[0]['document_id']}",
    }
    choice = find_browser()
    with served() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(**choice.launch_options())
        page = browser.new_page(viewport=SIZE)
        log_in(page, address)
        for name, path in screens.items():
            page.goto(address + path, wait_until="networkidle")
            page.screenshot(path=IMAGES / f"{name}.png")
        number = case("fordonsinnehav", "three_known")
        page.goto(f"{address}/arende/{number}/ssbtek")
        page.get_by_label("Personidentitet").fill(page.locator(".open span").first.inner_text())
        page.get_by_label("Syfte").select_option(index=2)
        page.get_by_role("button", name="Hämta uppgifter").click()
        page.get_by_role("region", name="Transportstyrelsen").scroll_into_view_if_needed()
        page.screenshot(path=IMAGES / "ssbtek.png")
        browser.close()
    for path in IMAGES.glob("*.png"):
        with Image.open(path) as picture:
            picture.quantize(64).save(path, optimize=True)


if __name__ == "__main__":
    main()
