"""Workbooks and CSV files: nothing is lost on the way in, on the way out, or when something fails."""

from __future__ import annotations

import zipfile
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from openpyxl.chart import BarChart
from openpyxl.worksheet.table import Table

from robotfabrik.activities import csvtext
from tests.support.engine import only, run_steps, values


def book(folder: Path, rows: list[list[Any]], name: str = "lista.xlsx", **formats: str) -> Any:
    """A workbook of the project; formats by cell. Give the sheet, to be changed and saved with `save`."""
    made = Workbook()
    sheet = made.worksheets[0]
    sheet.title = "Ark"
    for row in rows:
        sheet.append(row)
    for cell, form in formats.items():
        sheet[cell].number_format = form
    made.save(folder / name)
    return sheet


def saved(folder: Path, name: str = "lista.xlsx") -> Any:
    return load_workbook(folder / "files" / name).worksheets[0]


def cells(sheet: Any) -> list[list[Any]]:
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


async def read(folder: Path, arguments: str, show: str = "x", activity: str = "read_range") -> Any:
    steps = f'- {activity}: {{{arguments}}}\n  save_as: x\n- assign: {{shown: "{show}"}}'
    return (await values(folder, steps, "shown"))["shown"]


async def reason(folder: Path, steps: str) -> str:
    result = only(await run_steps(folder, steps))
    assert result.status == "failed", result
    return result.reason


# --- reading


async def test_without_columns_everything_is_text_as_shown(tmp_path: Path) -> None:
    row = ["0012", 12, 198001022386, 8001022386, 0.1 + 0.2, 1234.5, date(2022, 11, 1), True, None, 0.125]
    when = datetime(2022, 11, 1, 14, 30)
    book(tmp_path, [list("abcdefghijk"), [*row, when]], B2="000000", D2="000000-0000", J2="0.0%")
    (found,) = await read(tmp_path, "file: lista.xlsx", "[r for r in x]")
    assert list(found.values()) == [
        "0012", "000012", "198001022386", "800102-2386", "0,3", "1234,5", "2022-11-01", "ja", None,
        "12,5 %", "2022-11-01 14:30",
    ]  # fmt: skip


async def test_columns_give_types(tmp_path: Path) -> None:
    head = ["Nr", "Belopp", "Dag", "Andel", "Klar", "Månad", "Antal", "Annat"]
    day = date(2022, 11, 1)
    book(tmp_path, [head, ["007", 1234.5, day, 0.125, "Ja", day, 3.0, "x"]], D2="0%")
    columns = """{nr: {header: Nr}, belopp: {header: Belopp, as: money}, dag: {header: Dag, as: date},
        andel: {header: Andel, as: percent}, klar: {header: Klar, as: boolean}, Antal: integer,
        månad: {header: Månad, as: month}}"""
    shown = "[r.nr, r.belopp, r.dag, r.andel, r.klar, text(r.månad), r.Antal]"
    (found,) = await read(tmp_path, f"file: lista.xlsx, columns: {columns}", f"[{shown} for r in x]")
    assert found == ["007", Decimal("1234.5"), date(2022, 11, 1), Decimal("0.125"), True, "2022-11", 3]


@pytest.mark.parametrize(
    ("value", "type_", "part"),
    [
        (None, "money", "lista.xlsx Ark row 2, a is empty"),
        ("mycket", "money", "lista.xlsx Ark row 2, a cannot be read as money"),
        (12.5, "percent", "cannot be read as percent"),  # without the sign nobody knows
        (datetime(2022, 11, 1, 14, 30), "date", "cannot be read as date"),
        ("#REF!", "text", "Ark!A2 holds an error"),
        ("=A1", "text", "Ark!A2 holds a formula without a result"),
    ],
)
async def test_what_cannot_be_read_is_never_guessed(
    tmp_path: Path, value: Any, type_: str, part: str
) -> None:
    book(tmp_path, [["a", "b"], [value, 1]])
    found = await reason(tmp_path, f"- read_range: {{file: lista.xlsx, columns: {{a: {type_}}}}}")
    assert part in found
    assert "mycket" not in found


async def test_a_column_that_may_be_empty_is_none(tmp_path: Path) -> None:
    book(tmp_path, [["a", "b"], [None, 1]])
    assert await read(tmp_path, "file: lista.xlsx, columns: {a: money?}", "x[0].a is none") is True


async def test_a_column_that_is_not_there_is_named(tmp_path: Path) -> None:
    book(tmp_path, [["Belopp", "Belop", "Belop"], [1, 2, 3]])
    steps = "- read_range: {file: lista.xlsx, columns: {Belopp: money, Belpp: money}}"
    assert "no column 'Belpp'. Did you mean" in await reason(tmp_path, steps)
    assert "two columns are called 'Belop'" in await reason(tmp_path, "- read_range: lista.xlsx")


@pytest.mark.parametrize(
    ("range_", "rows"),
    [
        ("", [["1", "x"], ["2", "y"]]),
        ("A1:B2", [["1", "x"]]),
        ("A:A", [["1"], ["2"]]),
        ("$B$1", [["x"], ["y"]]),
        ("Tabell", [["1", "x"], ["2", "y"]]),
    ],
)
async def test_ranges(tmp_path: Path, range_: str, rows: list[list[str]]) -> None:
    sheet = book(tmp_path, [["a", "b"], [1, "x"], [None, None], [2, "y"]])
    sheet.add_table(Table(displayName="Tabell", ref="A1:B4"))
    sheet.parent.save(tmp_path / "lista.xlsx")
    found = await read(tmp_path, f"file: lista.xlsx, range: '{range_}'", "[r for r in x]")
    assert [list(row.values()) for row in found] == rows


async def test_ranges_and_sheets_that_are_none(tmp_path: Path) -> None:
    book(tmp_path, [["a"], [1]])
    assert "no range" in await reason(tmp_path, "- read_range: {file: lista.xlsx, range: hej å}")
    found = await reason(tmp_path, "- read_range: {file: lista.xlsx, sheet: Arkk}")
    assert "there is no sheet 'Arkk'. Did you mean 'Ark'?" in found


async def test_merged_and_hidden_cells(tmp_path: Path) -> None:
    sheet = book(tmp_path, [["a", "b", "c"], ["Norr", 1, 9], [None, 2, 9], ["Syd", 3, 9]])
    sheet.merge_cells("A2:A3")
    sheet.row_dimensions[4].hidden = True
    sheet.column_dimensions["C"].hidden = True
    sheet.parent.save(tmp_path / "lista.xlsx")
    assert await read(tmp_path, "file: lista.xlsx", "[r.a + r.b + r.c for r in x]") == [
        "Norr19", "Norr29", "Syd39",
    ]  # fmt: skip
    visible = await read(tmp_path, "file: lista.xlsx, visible_only: true", "[r for r in x]")
    assert [dict(row) for row in visible] == [{"a": "Norr", "b": "1"}, {"a": "Norr", "b": "2"}]


async def test_without_headers_columns_are_taken_in_order(tmp_path: Path) -> None:
    book(tmp_path, [["x", 1], ["y", 2]])
    arguments = "file: lista.xlsx, has_headers: false, columns: {name: text, number: integer}"
    assert await read(tmp_path, arguments, "[r.number for r in x]") == [1, 2]
    assert await read(tmp_path, "file: lista.xlsx, has_headers: false", "x[1].column_2") == "2"


@pytest.mark.parametrize(
    ("name", "content", "part"),
    [
        ("lista.xlsx", b"\xd0\xcf\x11\xe0 OLE", "protected by a password, or an old .xls"),
        ("lista.xlsx", b"PK\x03\x04 half", "no workbook, or it is damaged"),
        ("lista.xlsx", None, "there is no lista.xlsx"),
        ("lista.ods", b"PK", "save it as .xlsx"),
    ],
)
async def test_files_that_are_no_workbook(
    tmp_path: Path, name: str, content: bytes | None, part: str
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    assert part in await reason(tmp_path, f"- read_range: {name}")


async def test_an_archive_that_is_no_workbook(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "lista.xlsx", "w") as zipped:
        zipped.writestr("a.txt", "hej")
    assert "no workbook, or it is damaged" in await reason(tmp_path, "- read_range: lista.xlsx")


async def test_one_cell(tmp_path: Path) -> None:
    book(tmp_path, [["a", 1234.5], [None, "x"]])
    found = await read(tmp_path, "file: lista.xlsx, cell: B1, type: money", "x + 1", "read_cell")
    assert found == Decimal("1235.5")
    assert await read(tmp_path, "file: lista.xlsx, cell: a2, type: text?", "x is none", "read_cell") is True
    assert "Ark!A2 is empty" in await reason(tmp_path, "- read_cell: {file: lista.xlsx, cell: A2}")
    assert "no cell" in await reason(tmp_path, "- read_cell: {file: lista.xlsx, cell: A}")


# --- writing

TABLE = (
    "[record(nr='0012', id='198001022386', stort=12345678901234567890, belopp=1234.5, dag=job.date, "
    "klar=true, tomt=none, formel='=1+1')]"
)


async def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    steps = f"""
        - write_range: {{file: ny.xlsx, table: "{TABLE}"}}
        - read_range: ny.xlsx
          save_as: found
        """
    (row,) = (await values(tmp_path, steps, "found"))["found"]
    assert list(row.values()) == [
        "0012", "198001022386", "12345678901234567890", "1234,5", "2022-11-01", "ja", None, "=1+1",
    ]  # fmt: skip
    sheet = saved(tmp_path, "ny.xlsx")
    assert (sheet.title, sheet["H2"].data_type, sheet["H2"].quotePrefix) == ("Blad1", "s", True)
    assert (sheet["A2"].number_format, sheet["E2"].number_format) == ("@", "yyyy-mm-dd")
    assert (tmp_path / "files" / "ny.xlsx").stat().st_mode & 0o777 == 0o600


async def test_a_column_that_nobody_asks_for_stops_no_reading(tmp_path: Path) -> None:
    book(tmp_path, [["nr", "belopp", "summa"], ["1", 10, "=B2*2"]])
    assert await read(tmp_path, "file: lista.xlsx, columns: {nr: text}", "x[0].nr") == "1"
    for column, says in (("nummer", "no column 'nummer'"), ("summa", "holds a formula without a result")):
        step = f"- read_range: {{file: lista.xlsx, columns: {{{column}: text}}}}"
        assert says in await reason(tmp_path, step)


async def test_formulas_formats_and_other_cells_stay(tmp_path: Path) -> None:
    sheet = book(tmp_path, [["nr", "belopp"], ["1", 10], ["2", 20], ["", "=SUM(B2:B3)"]], B2="0.00")
    sheet.column_dimensions["B"].width = 33
    sheet.parent.save(tmp_path / "lista.xlsx")
    before = (tmp_path / "lista.xlsx").read_bytes()
    steps = """
        - update_row: {file: lista.xlsx, key: {nr: "2"}, values: {belopp: "${{ 25 }}"}}
        - update_row: {file: lista.xlsx, key: {nr: "3"}, values: {belopp: "${{ 7.5 }}"}, insert: true}
        - append_range: {file: lista.xlsx, table: "[record(belopp=1, nr='4')]"}
        - write_cell: {file: lista.xlsx, cell: D1, formula: =SUM(B5:B6)}
        - format_cells: {file: lista.xlsx, range: "A1:B1", bold: true, wrap: true, width: 12}
        """
    assert only(await run_steps(tmp_path, steps)).status == "successful"
    assert (tmp_path / "lista.xlsx").read_bytes() == before  # the project's own stays
    sheet = saved(tmp_path)
    assert [row[:2] for row in cells(sheet)] == [
        ["nr", "belopp"], ["1", 10], ["2", 25], [None, "=SUM(B2:B3)"], ["3", 7.5], ["4", 1],
    ]  # fmt: skip
    assert sheet["D1"].value == "=SUM(B5:B6)"
    assert (sheet["B2"].number_format, sheet["A1"].font.b, sheet["A2"].font.b) == ("0.00", True, False)
    assert (sheet["A1"].alignment.wrap_text, sheet.column_dimensions["B"].width) == (True, 12)


@pytest.mark.parametrize(
    ("steps", "part"),
    [
        ("- update_row: {file: lista.xlsx, key: {a: x}, values: {b: y}}", "2 rows of 'Ark'"),
        ("- update_row: {file: lista.xlsx, key: {a: z}, values: {b: y}}", "0 rows of 'Ark'"),
        ("- update_row: {file: lista.xlsx, key: {a: x}, values: {c: y}}", "no column 'c'"),
        ("- append_range: {file: lista.xlsx, table: '[record(c=1)]'}", "no column 'c'"),
        ("- write_cell: {file: lista.xlsx, cell: B9, value: x, formula: =A1}", "a value or a formula"),
        ("- write_cell: {file: lista.xls, cell: B9, value: x}", "ends with .xlsx"),
        ("- write_cell: {file: ny.xlsm, cell: B9, value: x}", "a new workbook is an .xlsx"),
        ("- write_cell: {file: lista.xlsx, cell: A1, value: \"${{ 'x\\u0007' }}\"}", "no cell can hold"),
        ("- insert_sheet: {file: lista.xlsx, sheet: ark}", "there is a sheet 'ark' already"),
        ("- insert_sheet: {file: lista.xlsx, sheet: 'a/b'}", "no name of a sheet"),
        ("- delete_sheet: {file: lista.xlsx, sheet: Ark}", "at least one sheet"),
    ],
)
async def test_what_cannot_be_written_changes_nothing(tmp_path: Path, steps: str, part: str) -> None:
    book(tmp_path, [["a", "b"], ["x", 1], ["x", 2]])
    assert part in await reason(tmp_path, steps)
    assert list((tmp_path / "files").glob("*")) == []


async def test_sheets(tmp_path: Path) -> None:
    book(tmp_path, [["a"]])
    steps = """
        - insert_sheet: {file: lista.xlsx, sheet: Räkning}
        - write_cell: {file: lista.xlsx, sheet: Räkning, cell: A1, formula: =Ark!A1}
        - insert_sheet: {file: lista.xlsx, sheet: Tredje}
        - rename_sheet: {file: lista.xlsx, sheet: Tredje, name: Fjärde}
        - get_workbook_sheets: lista.xlsx
          save_as: sheets
        """
    assert (await values(tmp_path, steps, "sheets"))["sheets"] == ("Ark", "Räkning", "Fjärde")
    for step in ("rename_sheet: {file: lista.xlsx, sheet: Ark, name: B}",
                 "delete_sheet: {file: lista.xlsx, sheet: Ark}"):  # fmt: skip
        assert "formulas mention the sheet 'Ark'" in await reason(tmp_path, f"- {step}")


async def test_what_would_be_lost_stops_the_change(tmp_path: Path) -> None:
    sheet = book(tmp_path, [["a", 1]])
    sheet.add_chart(BarChart(), "D1")
    sheet.parent.save(tmp_path / "lista.xlsx")
    found = await reason(tmp_path, "- write_cell: {file: lista.xlsx, cell: A1, value: x}")
    assert "lista.xlsx has charts, which would be lost" in found


async def test_protected_merged_and_open_workbooks(tmp_path: Path) -> None:
    sheet = book(tmp_path, [["a", "b"]])
    sheet.protection.sheet = True
    sheet.parent.save(tmp_path / "skyddad.xlsx")
    step = "- write_cell: {file: skyddad.xlsx, cell: A1, value: x}"
    assert "Ark!A1 is protected" in await reason(tmp_path, step)
    sheet = book(tmp_path, [["a", "b"]])
    sheet.merge_cells("A1:B1")
    sheet.parent.save(tmp_path / "lista.xlsx")
    step = "- write_cell: {file: lista.xlsx, cell: B1, value: x}"
    assert "merged area" in await reason(tmp_path, step)
    (tmp_path / "files" / "~$lista.xlsx").touch()
    assert "open in Excel" in await reason(tmp_path, step)


async def test_macros_stay(tmp_path: Path) -> None:
    book(tmp_path, [["a"]], "makro.xlsm")
    with zipfile.ZipFile(tmp_path / "makro.xlsm", "a") as zipped:
        zipped.writestr("xl/vbaProject.bin", b"macro")
    step = "- write_cell: {file: makro.xlsm, cell: A1, value: x}"
    assert only(await run_steps(tmp_path, step)).status == "successful"
    with zipfile.ZipFile(tmp_path / "files" / "makro.xlsm") as zipped:
        assert zipped.read("xl/vbaProject.bin") == b"macro"


async def test_a_save_that_fails_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Any, path: Any) -> None:
        Path(path).write_bytes(b"half")
        raise OSError(28, "No space left on device")

    (tmp_path / "files").mkdir()
    book(tmp_path / "files", [["a"]])
    before = (tmp_path / "files" / "lista.xlsx").read_bytes()
    monkeypatch.setattr(Workbook, "save", full)
    step = "- write_cell: {file: lista.xlsx, cell: A1, value: x}"
    assert "lista.xlsx was not written: the disk is full" in await reason(tmp_path, step)
    assert [p.read_bytes() for p in (tmp_path / "files").iterdir()] == [before]


async def test_clear_leaves_nothing_below(tmp_path: Path) -> None:
    book(tmp_path, [["a"], [1], [2]])
    step = "- write_range: {file: lista.xlsx, table: '[record(a=9)]', clear: true}"
    assert only(await run_steps(tmp_path, step)).status == "successful"
    assert cells(saved(tmp_path)) == [["a"], [9]]


# --- CSV


@pytest.mark.parametrize(
    ("content", "rows"),
    [
        ("Namn;Belopp\r\nÅsa;1 234,50\r\n".encode("cp1252"), [["Åsa", "1 234,50"]]),
        ("Namn,Belopp\nÅsa,1.5\n\n".encode("utf-8-sig"), [["Åsa", "1.5"]]),
        ("Namn\tBelopp\nÅsa\t\n".encode("utf-16"), [["Åsa", None]]),
        (b'Namn;Belopp\n"A;""b""\nc";0012\n', [['A;"b"\nc', "0012"]]),
        (b"Namn;Belopp\n'=1+1;-5\n", [["=1+1", "-5"]]),
        (b"Namn;Belopp\n", []),
    ],
)
async def test_csv_is_recognised(tmp_path: Path, content: bytes, rows: list[Any]) -> None:
    (tmp_path / "a.csv").write_bytes(content)
    found = await read(tmp_path, "file: a.csv", "[r for r in x]", "read_csv")
    assert [list(row.values()) for row in found] == rows


async def test_csv_columns_have_types(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"Nr;Belopp;Dag\n01;1 234,50;2022-11-01\n02;x;2022-11-01\n")
    good = "file: a.csv, columns: {Nr: text, Dag: date}"
    assert await read(tmp_path, good, "x[0].Nr + text(x[0].Dag)", "read_csv") == "012022-11-01"
    found = await reason(tmp_path, "- read_csv: {file: a.csv, columns: {Belopp: money}}")
    assert "a.csv line 3, Belopp cannot be read as money" in found


@pytest.mark.parametrize(
    ("content", "part"),
    [
        (b"a;b\n1;2;3\n4;5\n", "line 2: 3 values, not 2"),
        (b'a;b\n"1;2\n', "the quotation marks do not match"),
        (b"a;b\n\x81;1\n", "no text in an encoding that is known"),
        (b"", "is empty"),
    ],
)
async def test_csv_that_is_damaged(tmp_path: Path, content: bytes, part: str) -> None:
    (tmp_path / "a.csv").write_bytes(content)
    assert part in await reason(tmp_path, "- read_csv: {file: a.csv, columns: {a: text, b: text}}")


async def test_csv_is_written_for_swedish_excel(tmp_path: Path) -> None:
    table = "[record(namn='=HYPERLINK(1)', belopp=-1234.5, dag=job.date, text='a;b'), record(namn='Åsa')]"
    step = f'- write_csv: {{file: a.csv, table: "{table}"}}'
    assert only(await run_steps(tmp_path, step)).status == "successful"
    content = (tmp_path / "files" / "a.csv").read_bytes()
    text = '\ufeffnamn;belopp;dag;text\r\n\'=HYPERLINK(1);-1234,5;2022-11-01;"a;b"\r\nÅsa;;;\r\n'
    assert content.decode("utf-8") == text
    step = f'- write_csv: {{file: b.csv, table: "{table}", delimiter: ",", encoding: cp1252}}'
    assert only(await run_steps(tmp_path, step)).status == "successful"
    assert b"-1234.5,2022-11-01" in (tmp_path / "files" / "b.csv").read_bytes()
    step = "- write_csv: {file: c.csv, table: \"[record(a='ł')]\", encoding: cp1252}"
    assert "characters that cp1252 has not" in await reason(tmp_path, step)


ROW = st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0")), min_size=2, max_size=2)


@given(st.lists(ROW), st.sampled_from(csvtext.DELIMITERS))
def test_every_text_survives_csv(rows: list[list[str]], delimiter: str) -> None:
    text = csvtext.compose(["a", "b"], rows, delimiter)
    found = [record for _, record in csvtext.parse(text, delimiter)][1:]
    assert found == [row for row in rows if any(cell.strip() for cell in row)]
    for row in found:
        assert not any(csvtext.cell(cell)[:1] in tuple("=+-@\t\r") for cell in row if cell)
