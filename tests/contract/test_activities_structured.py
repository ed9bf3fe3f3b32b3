"""JSON and XML files: what is read of sound ones, and that hostile ones end with a reason."""

from __future__ import annotations

import json
import os
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from robotfabrik.model.values import Record
from tests.contract.examples_of_data import pdf
from tests.support.engine import only, run_steps, values

SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["id", "rows"],
    "properties": {
        "id": {"type": "string", "pattern": "^[A-Z]+$"},
        "note": {"type": "string"},
        "sum": {"type": "number"},
        "open": {"type": "boolean"},
        "rows": {"type": "array", "items": {"$ref": "#/$defs/row"}},
        "who": {"$ref": "#/$defs/row"},
    },
    "$defs": {
        "row": {
            "type": "object",
            "additionalProperties": False,
            "required": ["amount"],
            "properties": {"amount": {"type": "integer", "minimum": 0}, "text": {"enum": ["a", "b"]}},
        }
    },
}
SOUND = {"id": "A", "sum": 1.5, "open": True, "rows": [{"amount": 3, "text": "a"}, {"amount": 0}]}
SOUND_XML = """<?xml version="1.0" encoding="{0}"?>
<it xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:noNamespaceSchemaLocation="it.xsd">
 <id>A</id><sum>1.5</sum><open>true</open>
 <rows><one><amount>3</amount><text>a</text></one><one><amount>0</amount></one></rows>
</it>"""
READ = Record(
    id="A", note=None, sum=Decimal("1.5"), open=True, who=None,
    rows=(Record(amount=3, text="a"), Record(amount=0, text=None)),
)  # fmt: skip


async def read(folder: Path, content: bytes | object, kind: str = "json", schema: Any = SCHEMA) -> Any:
    """What a file with this content is read as; the step's reason when it fails."""
    data = content if isinstance(content, bytes) else json.dumps(content).encode()
    (folder / f"it.{kind}").write_bytes(data)
    (folder / "schema.json").write_text(json.dumps(schema), encoding="utf-8")
    step = f"- {{read_{kind}: {{file: it.{kind}, schema: schema.json}}, save_as: found}}"
    result = only(await run_steps(folder, step))
    if result.status != "successful":
        return result.reason
    return (await values(folder, step, "found"))["found"]


def told(found: Any) -> list[tuple[str, str]]:
    return [(problem["place"], problem["kind"]) for problem in found["problems"]]


async def test_json_is_read_with_what_is_missing_as_none(tmp_path: Path) -> None:
    assert await read(tmp_path, SOUND) == Record(content=READ, problems=())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "iso-8859-1"])
async def test_xml_is_read_in_the_shape_of_the_schema(tmp_path: Path, encoding: str) -> None:
    content = SOUND_XML.format(encoding).encode(encoding)
    assert await read(tmp_path, content, "xml") == Record(content=READ, problems=())


async def test_json_needs_no_schema(tmp_path: Path) -> None:
    (tmp_path / "it.json").write_text('[1, {"a": "Å"}]', encoding="utf-16")
    found = (await values(tmp_path, "- {read_json: it.json, save_as: found}", "found"))["found"]
    assert found == Record(content=(1, Record(a="Å")), problems=())


@pytest.mark.parametrize(
    ("change", "problems"),
    [
        ({"id": None}, [("id", "wrong")]),
        ({"id": "a"}, [("id", "wrong")]),
        ({"more": 1}, [("more", "unknown")]),
        ({"rows": [{"amount": 3}, {"amount": "3"}]}, [("rows 2 amount", "wrong")]),
        ({"rows": [{"amount": -1, "text": "c"}]}, [("rows 1 amount", "wrong"), ("rows 1 text", "wrong")]),
        ({"rows": [{}]}, [("rows 1 amount", "missing")]),
        ({"who": 3, "rows": {}}, [("rows", "wrong"), ("who", "wrong")]),
    ],
)
async def test_problems_are_told_with_their_places(
    tmp_path: Path, change: dict[str, Any], problems: list[tuple[str, str]]
) -> None:
    assert told(await read(tmp_path, {**SOUND, **change})) == problems


@pytest.mark.parametrize(
    ("form", "text", "fits"),
    [
        ("date", "2022-11-01", True), ("date", "2022-11-31", False), ("date", "20221101", False),
        ("date", "2022-W44-2", False), ("date", "2022-11-01T10:00", False),
        ("date-time", "2022-11-01T10:00:00", True), ("date-time", "2022-11-01T10:00:00+01:00", True),
        ("date-time", "2022-11-01", False), ("date-time", "2022-11-01T25:00:00", False),
        ("date-time", "20221101T100000", False),
    ],
)  # fmt: skip
async def test_a_day_is_written_in_one_way(tmp_path: Path, form: str, text: str, fits: bool) -> None:
    schema = {"properties": {"day": {"type": "string", "format": form}}}
    problems = told(await read(tmp_path, {"day": text}, schema=schema))
    assert problems == ([] if fits else [("day", "wrong")])


async def test_all_that_is_missing_is_told_and_no_value_is(tmp_path: Path) -> None:
    found = await read(tmp_path, {"note": "hemligt", "sum": "hemligt"})
    assert told(found) == [("id", "missing"), ("rows", "missing"), ("sum", "wrong")]
    assert "hemligt" not in " ".join(problem["message"] for problem in found["problems"])
    assert told(await read(tmp_path, [])) == [("the whole", "wrong")]


@pytest.mark.parametrize(
    ("old", "new", "problems"),
    [
        ("<id>A</id>", "", [("id", "missing")]),
        ("<sum>1.5</sum>", "<sum>1,5</sum>", [("sum", "wrong")]),
        ("<id>A</id>", "<id>A</id><id>B</id>", [("id", "wrong"), ]),
        ("<id>A</id>", '<id kind="x">A</id>', [("id kind", "unknown")]),
        ("<id>A</id>", "<id>A</id>och", [("the whole", "wrong")]),
        ("<id>A</id>", "<id><b>A</b></id>", [("id", "wrong")]),
        ("<id>A</id>", "<id>A</id><more>1</more>", [("more", "unknown")]),
        ("<amount>3</amount>", "<amount>+ 3</amount>", [("rows 1 amount", "wrong")]),
    ],
)
async def test_xml_that_does_not_fit_is_told(
    tmp_path: Path, old: str, new: str, problems: list[tuple[str, str]]
) -> None:
    content = SOUND_XML.format("utf-8").replace(old, new).encode()
    assert told(await read(tmp_path, content, "xml")) == problems


BOMB = '<!ENTITY a0 "a">' + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))


@pytest.mark.parametrize(
    ("kind", "content", "reason"),
    [
        ("json", b"", "it.json is no JSON"),
        ("json", b'{"id": "A"', "it.json is no JSON: Expecting ',' delimiter: line 1 column 11"),
        ("json", b'{"id": "A", "id": "B"}', "a name stands twice"),
        ("json", b'{"sum": NaN}', "NaN is no number"),
        ("json", '{"id": "Å"}'.encode("cp1252"), "byte 9 is no UTF-8"),
        ("json", b"[" * 100_000, "it is nested too deep"),
        ("json", b"[" * 200 + b"]" * 200, "nested deeper than 100"),
        ("json", b'{"id": "\\u0000"}', "a character that is no text"),
        ("json", b'{"id": "\\ud800"}', "a character that is no text"),
        ("json", b'{"sum": 1' + b"0" * 10_000 + b"}", "it.json is no JSON"),
        ("json", b'{"sum": 1e999999999}', "a number has more than 100 places"),
        ("json", b'{"sum": 0e-999999999}', "a number has more than 100 places"),
        ("json", b'{"sum": 1e99999999999999999999}', "a number's exponent is larger than any"),
        ("json", b" " * 5_000_001, "larger than 5 MB"),
        ("xml", b"", "it.xml is no XML that can be read: line 1, column 1: no element found"),
        ("xml", b"<it><id></it>", "line 1, column 11: mismatched tag"),
        ("xml", f"<!DOCTYPE it [{BOMB}]><it>&a9;</it>".encode(), "a document type is not read"),
        ("xml", b'<!DOCTYPE it SYSTEM "file:///etc/passwd"><it/>', "a document type is not read"),
        ("xml", b'<!DOCTYPE it [<!ENTITY e SYSTEM "it.json">]><it>&e;</it>', "a document type is not read"),
        ("xml", b"<it>&nbsp;</it>", "undefined entity"),
        ("xml", b"<a>" * 101 + b"</a>" * 101, "nested deeper than 100"),
        ("xml", b"<a>" + b"<b/>" * 200_001 + b"</a>", "more than 200000 elements"),
        ("xml", b'<?xml version="1.0" encoding="klingon"?><it/>', "line 1"),
        ("xml", b"<it>\xff</it>", "line 1, column 5: not well-formed"),
    ],
)  # fmt: skip
async def test_what_cannot_be_read_says_where(tmp_path: Path, kind: str, content: bytes, reason: str) -> None:
    assert reason in await read(tmp_path, content, kind)


async def test_what_stands_in_a_file_is_kept_out_of_messages(tmp_path: Path) -> None:
    assert "hemligt" not in await read(tmp_path, b'{"hemligt": "hemligt')
    assert "hemligt" not in await read(tmp_path, b"<hemligt>hemligt", "xml")


@pytest.mark.parametrize(
    ("schema", "reason"),
    [
        ({"type": "nothing"}, "schema.json is no JSON Schema"),
        ({"$ref": "#/$defs/none"}, "there is no /$defs/none"),
        ({"$ref": "https://example.org/schema.json"}, "there is no https://example.org/schema.json"),
        ({"$ref": "#"}, "leads in a circle"),
    ],
)
async def test_a_schema_that_is_none_is_an_error(tmp_path: Path, schema: Any, reason: str) -> None:
    assert reason in await read(tmp_path, b"<it/>", "xml", schema)


async def test_json_is_written_as_it_is_read(tmp_path: Path) -> None:
    (tmp_path / "files").mkdir()
    steps = """
        - assign: {ort: "'Åre \\"by\\"'"}
        - write_json: {path: ut/a.json, content: {ort: "${{ ort }}", tal: "${{ 2.50 }}", 
            dag: "${{ job.date }}", ingen: "${{ none }}", rader: ["1", "${{ true }}"]}}
        - {read_json: ut/a.json, save_as: found}
        """
    found = (await values(tmp_path, steps, "found"))["found"]
    assert found["content"] == Record(
        ort='Åre "by"', tal=Decimal("2.50"), dag="2022-11-01", ingen=None, rader=("1", True)
    )
    assert (tmp_path / "files" / "ut" / "a.json").stat().st_mode & 0o777 == 0o600


# --- files: checksums, and moving as one change


async def test_equal_files_have_the_same_checksum(tmp_path: Path) -> None:
    for name, content in (("a", b"1"), ("b", b"1"), ("c", b"2")):
        (tmp_path / name).write_bytes(content)
    steps = "".join(f"- {{file_hash: {name}, save_as: {name}}}\n" for name in "abc")
    found = await values(tmp_path, steps, "a b c")
    assert found["a"] == found["b"] != found["c"]
    assert len(found["a"]) == 64


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (pdf("Hej"), "pdf"), (b"%PDF-1.4\n", "unknown"), (b"\xff\xd8\xff\xe0", "jpg"),
        (b"\x89PNG\r\n\x1a\n", "png"), (b"PK\x03\x04", "unknown"), (b"MZ", "unknown"), (b"", "unknown"),
    ],
)  # fmt: skip
async def test_a_file_is_what_stands_in_it(tmp_path: Path, content: bytes, kind: str) -> None:
    (tmp_path / "a.pdf").write_bytes(content)
    assert (await values(tmp_path, "- {get_file_kind: a.pdf, save_as: kind}", "kind"))["kind"] == kind


@pytest.mark.parametrize(
    ("at", "change"), [(6, b"\xff\x00"), (46, b"\xff\xff")], ids=["later version", "name that is no text"]
)
async def test_a_damaged_archive_is_unknown(tmp_path: Path, at: int, change: bytes) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("å", "")
    content = (tmp_path / "a.zip").read_bytes()
    listed = content.index(b"PK\x01\x02") + at
    (tmp_path / "a.zip").write_bytes(content[:listed] + change + content[listed + len(change) :])
    assert (await values(tmp_path, "- {get_file_kind: a.zip, save_as: kind}", "kind"))["kind"] == "unknown"


@pytest.mark.parametrize(
    ("part", "kind"), [("word/document.xml", "docx"), ("xl/workbook.xml", "xlsx"), ("x", "zip")]
)
async def test_what_is_packed_is_known_by_its_parts(tmp_path: Path, part: str, kind: str) -> None:
    with zipfile.ZipFile(tmp_path / "a.docx", "w") as archive:
        archive.writestr(part, "")
    assert (await values(tmp_path, "- {get_file_kind: a.docx, save_as: kind}", "kind"))["kind"] == kind


async def test_a_moved_file_is_the_same_file_and_a_link_is_moved_itself(tmp_path: Path) -> None:
    own = tmp_path / "files"
    own.mkdir(mode=0o700)
    (own / "a.txt").write_text("ett")
    (tmp_path / "outside.txt").write_text("kvar")
    (own / "link.txt").symlink_to(tmp_path / "outside.txt")
    number = (own / "a.txt").stat().st_ino
    steps = """
        - move_file: {source: a.txt, destination: klart/}
        - move_file: {source: link.txt, destination: klart/}
        """
    assert only(await run_steps(tmp_path, steps)).status == "successful"
    assert (own / "klart" / "a.txt").stat().st_ino == number
    assert (own / "klart" / "link.txt").is_symlink()
    assert (tmp_path / "outside.txt").read_text() == "kvar"


@pytest.mark.skipif(os.name == "nt", reason="names are text there")
async def test_a_file_whose_name_is_no_text_is_left_out(tmp_path: Path) -> None:
    own = tmp_path / "files" / "in"
    own.mkdir(parents=True)
    (own / "a.json").write_text("{}")
    Path(os.fsdecode(os.fsencode(own) + b"/\xff.json")).write_text("{}")
    found = await values(tmp_path, "- {list_files: in, save_as: found}", "found")
    assert [row["name"] for row in found["found"]] == ["a.json"]
