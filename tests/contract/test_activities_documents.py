"""create_pdf: what stands in the document, for eyes, screen readers and comparison, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from pypdf import PdfReader

from tests.support.engine import only, run_steps, values

ROWS = "[record(Post='Hyra', Belopp=5200, Svar='Inom ram'), record(Post='El', Belopp=none, Svar='')]"
CONTENT = f"""
      - "Första stycket: #let *å* $ä$ <ö>\\nnästa rad.\\n\\nAndra stycket."
      - heading: Poster
      - table: "${{{{ {ROWS} }}}}"
      - table: "${{{{ [] }}}}"
      - Sist.
"""


def step(name: str = "a.pdf", title: str = "Åsas rapport", content: str = CONTENT, more: str = "") -> str:
    return f"- create_pdf:\n    file: {name}\n    title: {title!r}\n    content: {content}\n{more}"


async def reason(folder: Path, steps: str) -> str:
    result = only(await run_steps(folder, steps))
    assert result.status == "failed", result
    return result.reason


async def test_it_holds_its_text_as_it_is(tmp_path: Path) -> None:
    found = await values(tmp_path, step() + "- {read_pdf_text: a.pdf, save_as: text}\n", "text")
    assert found["text"].splitlines() == [
        "Åsas rapport", "Första stycket: #let *å* $ä$ <ö>", "nästa rad.", "Andra stycket.", "Poster",
        "Post Belopp Svar", "Hyra 5200 Inom ram", "El", "Sist.", "Åsas rapport 1 (1)",
    ]  # fmt: skip
    assert (tmp_path / "files" / "a.pdf").stat().st_mode & 0o777 == 0o600


async def test_it_is_tagged_with_title_language_and_table_headers(tmp_path: Path) -> None:
    only(await run_steps(tmp_path, step(more="    language: en\n")))
    reader = PdfReader(tmp_path / "files" / "a.pdf")
    root = reader.trailer["/Root"]
    assert (reader.metadata.title, root["/Lang"]) == ("Åsas rapport", "en")
    assert root["/MarkInfo"]["/Marked"]
    tags = [tag for kid in _kids(root["/StructTreeRoot"]) for tag in _tags(kid)]
    assert [tag for tag in tags if tag in ("/H1", "/H2", "/P", "/Table", "/TH")] == [
        "/H1", "/P", "/P", "/H2", "/Table", "/TH", "/TH", "/TH", "/P",
    ]  # fmt: skip
    fonts = reader.pages[0]["/Resources"]["/Font"].values()
    embedded = [font["/DescendantFonts"][0]["/FontDescriptor"].keys() for font in fonts]
    assert all({"/FontFile2", "/FontFile3"} & keys for keys in embedded)


def _kids(element: object) -> list[dict[str, object]]:
    kids = element.get("/K", [])  # type: ignore[attr-defined]
    kids = kids.get_object() if hasattr(kids, "get_object") else kids
    found = [kid.get_object() for kid in (kids if isinstance(kids, list) else [kids]) if kid is not None]
    return [kid for kid in found if isinstance(kid, dict) and "/S" in kid]


def _tags(element: dict[str, object]) -> list[str]:
    return [str(element["/S"]), *(tag for kid in _kids(element) for tag in _tags(kid))]


async def test_the_same_document_has_the_same_bytes(tmp_path: Path) -> None:
    only(await run_steps(tmp_path, step("a.pdf") + step("b.pdf") + step("c.pdf", title="En annan")))
    a, b, c = ((tmp_path / "files" / f"{name}.pdf").read_bytes() for name in "abc")
    assert a == b != c


async def test_long_tables_go_on_with_their_headers(tmp_path: Path) -> None:
    rows = "\n      - table: \"${{ [record(Nr=n, Namn='Rad') for n in numbers(1, 100)] }}\"\n"
    steps = step(content=rows) + "- {get_pdf_page_count: a.pdf, save_as: n}\n"
    steps += '- {read_pdf_text: {file: a.pdf, pages: "2"}, save_as: second}\n'
    found = await values(tmp_path, steps, "n second")
    assert found["n"] == 3
    assert found["second"].startswith("Nr Namn")
    assert "Åsas rapport 2 (3)" in found["second"]


@pytest.mark.parametrize(
    ("wrong", "part"),
    [
        (step(title=" "), "a.pdf: a document has a title"),
        (step(content="text"), "the content of a document is a list"),
        (step(content="[{rubrik: A}]"), "a part of a document is a text, {heading: text} or {table: rows}"),
        (step(content="[{heading: A, table: B}]"), "a part of a document is a text"),
        (step(content="[日本]"), "its text has a character that the fonts of a document have not"),
        (step(more="    language: svenska\n"), "'svenska' is no language: write sv, en or the like"),
    ],
)
async def test_what_is_refused(tmp_path: Path, wrong: str, part: str) -> None:
    found = await reason(tmp_path, wrong)
    assert part in found
    assert "日本" not in found
    assert not (tmp_path / "files" / "a.pdf").exists()
