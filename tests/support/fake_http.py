"""A small browser without a screen, for tests of the fake at the level of HTTP."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

import httpx

from tests.support.fake_data import PASSWORD, UNIT


@dataclass
class Form:
    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)


class Page(HTMLParser):
    """A page's forms, tables (rows of cell texts, by name), outputs by label, headings and text."""

    def __init__(self, response: httpx.Response) -> None:
        super().__init__(convert_charrefs=True)
        self.response = response
        self.status = response.status_code
        self.forms: list[Form] = []
        self.rows: list[list[str]] = []
        self.links: dict[str, str] = {}
        self._ids: dict[str, str] = {}
        self._labels: dict[str, str] = {}
        self._select = self._into = ""
        self._link = ""
        self._words: list[str] = []
        self._kept: list[str] = []
        self.feed(response.text)
        self.text = " ".join(" ".join(self._words).split())
        self.fields = {label: self._ids[key] for key, label in self._labels.items() if key in self._ids}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        a = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(a.get("action", ""), a.get("method", "get")))
        elif tag == "input" and self.forms and a.get("name"):
            if a.get("type") != "checkbox" or "checked" in a:
                self.forms[-1].fields[a["name"]] = a.get("value", "")
        elif tag == "select":
            self._select = a["name"]
        elif tag == "option" and self._select:
            self._kept = []
            if "selected" in a or self._select not in self.forms[-1].fields:
                self.forms[-1].fields[self._select] = a.get("value", "\0")
        elif tag == "tr":
            self.rows.append([])
        elif tag == "a":
            self._link = a.get("href", "")
        if tag in ("td", "th", "output", "label", "textarea", "a"):
            if tag != "a":
                self._kept = []
                self._into = a.get("id", "") or a.get("for", "") or a.get("name", "")
            self._text_of_link = ""

    def handle_endtag(self, tag: str) -> None:
        kept = "".join(self._kept)
        if tag in ("td", "th"):
            self.rows[-1].append(kept)
        elif tag == "output":
            self._ids[self._into] = kept
        elif tag == "label":
            self._labels[self._into] = kept
        elif tag == "textarea":
            self.forms[-1].fields[self._into] = kept.removeprefix("\n")
        elif tag == "a":
            self.links.setdefault(self._text_of_link.strip(), self._link)
        elif tag == "select":
            self._select = ""
        elif tag == "option" and self._select and self.forms[-1].fields[self._select] == "\0":
            self.forms[-1].fields[self._select] = kept.strip()

    def handle_data(self, data: str) -> None:
        self._words.append(data)
        self._kept.append(data)
        self._text_of_link = getattr(self, "_text_of_link", "") + data

    def form(self, action: str) -> Form:
        """The form whose address matches the pattern."""
        return next(form for form in self.forms if re.search(action, form.action))

    def error(self, name: str) -> str:
        """The message at a field."""
        found = re.search(rf'id="{name}-fel">([^<]*)<', self.response.text)
        return html.unescape(found[1]) if found else ""


class Browser:
    """Follows redirects, keeps cookies, sends forms as they were on the page."""

    def __init__(self, url: str) -> None:
        self.client = httpx.Client(base_url=url, follow_redirects=True, timeout=30)
        self.page = Page(self.client.get("/login"))

    def __enter__(self) -> Browser:
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()

    def get(self, address: str) -> Page:
        self.page = Page(self.client.get(address))
        return self.page

    def send(self, action: str, **fields: str | list[str]) -> Page:
        """Fill in and send a form of the current page; a list is what stands in a column of its rows."""
        return self.send_form(self.page.form(action), **fields)

    def send_form(self, form: Form, **fields: str | list[str]) -> Page:
        values = {**form.fields, **fields}
        if form.method == "post":
            self.page = Page(self.client.post(form.action, data=values))
        else:
            self.page = Page(self.client.get(form.action, params=values))
        return self.page

    def log_in(self, username: str, password: str = PASSWORD, unit: str = UNIT) -> Page:
        self.get("/login")
        return self.send("/login", anvandarnamn=username, losenord=password, enhet=unit)

    def write_note(self, case: str = "EB-2020-00001", **fields: str) -> Page:
        """Open Ny journalanteckning, fill it in and save."""
        self.get(f"/arende/{case}/journal/ny")
        values = {"type": "Kontroll", "rubrik": "Kontroll i KIR", "text": "Ett.\r\n\r\nTvå."}
        return self.send("/journal/ny", **{**values, **fields})


def logged_in(url: str, username: str = "anna.berg") -> Browser:
    """A browser that is logged in."""
    browser = Browser(url)
    page = browser.log_in(username, unit="Vuxen" if username == "vera.ask" else UNIT)
    assert "Inkorg" in page.text, page.text
    return browser
