"""A folder of pages that is served: files and nothing else, on this machine only."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from robotfabrik.model.errors import UsageError
from robotfabrik.sessions.pages import reachable


def test_a_folder_is_served_as_long_as_it_is_needed(tmp_path: Path) -> None:
    pages = tmp_path / "sidor åäö"
    (pages / "inre").mkdir(parents=True)
    (pages / "index.html").write_text("<p>Å</p>", encoding="utf-8")
    (pages / "inre" / "data.json").write_text("[1]", encoding="utf-8")
    (tmp_path / "hemligt.txt").write_text("nej", encoding="utf-8")
    with reachable(str(pages)) as address, httpx.Client(base_url=address, trust_env=False) as client:
        assert address.startswith("http://127.0.0.1:")
        assert client.get("/").text == "<p>Å</p>"
        assert client.get("/inre/data.json").json() == [1]
        for path in ("/inre/", "/saknas.html", "/%2e%2e/hemligt.txt", "/../hemligt.txt"):
            answer = client.get(path)
            assert answer.status_code == 404, path
            assert "data.json" not in answer.text
            assert "nej" not in answer.text
    with pytest.raises(httpx.HTTPError):
        httpx.get(address, trust_env=False)


def test_an_address_stays_what_it_is() -> None:
    with reachable("https://example.se/a") as address:
        assert address == "https://example.se/a"


def test_what_is_neither_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="neither an address"), reachable(str(tmp_path / "saknas")):
        pass
