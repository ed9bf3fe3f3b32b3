"""A PDD as a document: what stands in it, for whom, and what never does."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from robotfabrik.activities.catalogue import CATALOGUE
from robotfabrik.documents.pdd import markdown
from robotfabrik.documents.pdd.build import Audience, make_document
from robotfabrik.documents.pdd.language import Words, sentences, table
from robotfabrik.documents.pdd.model import Document, Figure, Language, Steps, Table, plain, walk
from robotfabrik.documents.pdd.privacy import for_the_public, without_identities
from robotfabrik.documents.pdd.sentences import sentence
from robotfabrik.documents.pdd.wording import Wording
from robotfabrik.expressions import Constant
from robotfabrik.model.process import Call, Function, Process, Setting
from robotfabrik.model.source import Source, Span, Word
from robotfabrik.model.types import DATE, MONEY, PERCENT, TEXT, Type
from tests.support.documents import BARE, SHIPPED, SMALL, process_at, process_of, section
from tests.support.engine import define


@pytest.fixture(scope="module")
def small() -> Process:
    return process_at(SMALL)


def said(document: Document) -> str:
    return markdown.draw(document).decode()


def steps_of(document: Document, id: str) -> list[str]:
    block = next(block for block in section(document, id).blocks if isinstance(block, Steps))
    return [" ".join(f"{row.number} {row.name} {plain(row.text)}".split()) for row in block.rows]


# --- sections


def test_the_sections_are_those_of_the_template(small: Process) -> None:
    document = make_document(small)
    assert [s.title for s in document.sections] == [
        "Dokumenthistorik", "Inledning", "Nuläge", "Den automatiserade processen", "Steg för steg",
        "Arbetsflöden som stegen använder", "Så skriver roboten", "Undantag", "Regler",
        "Texter som roboten skriver", "Inställningar", "Dataskydd", "Resultat och uppföljning", "Prov",
        "Ordlista", "Godkännande",
    ]  # fmt: skip
    assert [s.number for s in walk(document.sections)][:4] == ["1", "2", "2.1", "2.2"]
    assert [s.title for s in make_document(small, language="en").sections][:3] == [
        "Document history", "Introduction", "As is",
    ]  # fmt: skip


def test_what_the_template_asks_for_and_the_pdd_lacks_is_said(tmp_path: Path) -> None:
    document = make_document(process_of(tmp_path, BARE))
    for id in ("history", "purpose", "contacts", "overview", "applications", "scope", "data-protection"):
        assert "Inte angivet i PDD:n." in said(replace(document, sections=(section(document, id),))), id
    assert [row[:1] for row in steps_of(document, "steps-process_once")] == ["1"]
    assert "Vänta 1 sekund" in said(document)


@pytest.mark.parametrize("audience", ["all", "staff", "public"])
@pytest.mark.parametrize("language", ["sv", "en"])
def test_the_barest_pdd_gives_every_document(audience: str, language: str, tmp_path: Path) -> None:
    document = make_document(process_of(tmp_path, BARE), audience, language)  # type: ignore[arg-type]
    assert document.title == "Prov"
    assert document.language == language


# --- steps


def test_nested_steps_are_numbered_and_branches_are_named(small: Process) -> None:
    told = steps_of(make_document(small), "steps-process")
    assert [row.partition(" ")[0] for row in told if row[:1] == "7"] == ["7", "7.1", "7.1.1"]
    at = told.index("4 Välj efter status:")
    assert told[at + 1 : at + 4] == [
        "När det är ”Betald”:",
        "4.1 Avsluta ärendet med B1 Fakturan är redan betald.",
        "När det är ”Låst”:",
    ]
    assert "3 Läs fakturan. Försök:" in told
    assert "Till sist, hur det än går:" in told


def test_fields_are_called_by_their_labels_on_the_screen(small: Process) -> None:
    told = steps_of(make_document(small), "steps-dispatch")
    where = "Betald för r saknas och Förfaller för r är tidigast dagens datum"
    assert f"2 För varje r i rows där {where}:" in told


REGISTER = """\
objects: 1
id: register
name: Register
screens:
  svar:
    bank: {label: Svar, as: text, within: {role: region, name: Banken}}
    skatt: {label: Svar, as: text, within: {role: region, name: Skatteverket}}
    dag: {label: Dag, as: date, within: {role: region, name: Skatteverket}}
"""
ASKING = """\
pdd: 1
id: asking
name: Prov
version: '1'
authority: read
applications: {register: register.yaml}
rules:
  BR1:
    name: Vad som sägs
    inputs: {belopp: money?}
    outputs: {ut: text}
    table: |
      | belopp || ut                            |
      | -      || ${{ default(belopp, 0) | kr }} |
texts:
  brev:
    inputs: {rader: list of text}
    text: [lines: [Först., "${{ rader }}"]]
process:
  - read_form: register.svar
    save_as: s
  - when: s.bank == s.skatt and s.dag is none
    return: Klart
"""


def test_what_a_screen_calls_the_same_is_told_apart_by_its_part(tmp_path: Path) -> None:
    (tmp_path / "register.yaml").write_text(REGISTER, encoding="utf-8")
    told = said(make_document(process_of(tmp_path, ASKING, "asking"))).replace("*", "")
    assert "Om Svar (Banken) för s är Svar (Skatteverket) för s och Dag för s saknas" in told


def test_results_of_rules_and_lines_of_texts_are_said_in_words(tmp_path: Path) -> None:
    (tmp_path / "register.yaml").write_text(REGISTER, encoding="utf-8")
    told = said(make_document(process_of(tmp_path, ASKING, "asking"))).replace("*", "")
    assert "belopp (eller 0 om det saknas) i kronor" in told
    assert "| 1 (egen rad) | ‹rader› | Alltid |" in told


MEASURES = """
columns: {Sätt: item.number == '1'}
counts: [Sätt]
measures:
  Första: {of: item.number == '1', show: share}
  Ord: {of: item.number, show: frequency, by: item.kind, private: yes}
"""


def test_what_is_counted_and_measured_is_told(tmp_path: Path) -> None:
    queue = "{item: {number: text, kind: ny | gammal}, reference: [item.number]}"
    process = define(tmp_path, "- assign: {a: 1}", queue=queue, report=MEASURES)
    told = said(make_document(process)).replace("*", "")
    assert "| Första | number för ärendet är ”1” | andel |" in told
    assert "| Ord | number för ärendet, för varje kind för ärendet (gallras" in told
    assert "Varje körning räknar ärendena efter Sätt." in told


def test_exceptions_name_their_steps_and_rules_their_tests(small: Process) -> None:
    text = said(make_document(small))
    assert "Varje ärende 1, 3; granska 2; när en uppgift saknas på skärmen" in text
    assert "Försöks igen efter 2 timmar, högst 3 gånger." in text
    assert "Används i: Varje ärende 5. 2 exempel prövar regeln." in text


def test_rules_stand_as_tables_in_words(small: Process) -> None:
    (table,) = [b for b in section(make_document(small), "rule-R1").blocks if isinstance(b, Table)]
    assert table.headings == (
        "Rad", "belopp", "förfaller", "slag", "När", "Resultat: granskas", "Resultat: varför",
    )  # fmt: skip
    assert [plain(cell) for cell in table.rows[1]] == [
        "G2", "1 000 kr till 5 000 kr", "före 2022-06-01", "inte kredit", "–", "ja", "gammal",
    ]  # fmt: skip


def test_what_is_read_is_found_in_the_steps(small: Process) -> None:
    (table,) = [b for b in section(make_document(small), "reads-found").blocks if isinstance(b, Table)]
    assert [[plain(cell) for cell in row] for row in table.rows] == [
        ["Leverantörsportalen", "Fakturor", "Nummer, Förfaller, Belopp, Betald", "Kund"],
        ["Leverantörsportalen", "Faktura", "Fakturanummer, Status, Id, Text, Signatur", "Personnummer"],
    ]


def test_files_and_registers_that_are_read_are_told(small: Process) -> None:
    reads = Call(
        span=small.span, activity="read_csv", arguments={"file": Constant("in/x.csv", TEXT, small.span)}
    )
    document = make_document(replace(small, process=(reads, *small.process)))
    assert "- Läs CSV-filen ”in/x.csv”" in said(document)
    assert "x.csv" not in said(make_document(replace(small, process=(reads,)), "public"))


def sums(where: Span) -> Function:
    """A function of the project, as `invoke_code` gets it."""
    file = Source("pdd/summor.py", "")
    throws = (Word("B2", where),)
    return Function("summera", file, {"belopp_nu": MONEY}, frozenset(), MONEY, "read", throws)


def test_python_functions_are_listed(small: Process) -> None:
    arguments = {"function": sums(small.span), "inputs": {"belopp_nu": Constant("1", TEXT, small.span)}}
    call = Call(span=small.span, activity="invoke_code", arguments=arguments)
    document = make_document(replace(small, process=(call,)))
    assert steps_of(document, "steps-process") == ["1 Anropa Python-funktionen summor.py:summera:"]
    assert "| `summor.py:summera` | belopp nu (belopp) | belopp | B2 |" in said(document)
    assert "| **B2** | Uppgift saknas | Varje ärende 1; när en uppgift saknas" in said(document)


@pytest.mark.parametrize("language", ["sv", "en"])
def test_every_activity_is_told(language: str, small: Process) -> None:
    wording = Wording(Words(language), small)  # type: ignore[arg-type]
    for activity in CATALOGUE.values():
        arguments = {name: Constant("x", TEXT, small.span) for name in activity.parameters}
        text, _ = sentence(Call(span=small.span, activity=activity.name, arguments=arguments), wording)
        assert plain(text), activity.name
        bare, _ = sentence(Call(span=small.span, activity="paint_fence", arguments=arguments), wording)
        assert "paint fence" in plain(bare)


def test_steps_on_tables_are_told_in_words(tmp_path: Path) -> None:
    steps = """
        - read_range: {file: lista.xlsx, columns: {unit: {header: Enhet, as: text}, amount: money?}}
          save_as: payments
        - {filter_data_table: {table: payments, where: row.amount > 1000}, save_as: some}
        - {group_data_table: {table: some, by: unit, values: {number: len(rows)}}, save_as: units}
        - add_data_row: {table: units, row: {unit: Norr, number: "${{ 3 }}"}}
          save_as: units
        - {build_data_table: {columns: {a: integer}, rows: [[1]]}, save_as: x}
        - {read_cell: {file: lista.xlsx, cell: B2, type: money}, save_as: y}
        """
    told = steps_of(make_document(define(tmp_path, steps)), "steps-process_once")
    assert [line.split(". Resultatet")[0] for line in told] == [
        "1 Läs Enhet (text) och amount (belopp) i arbetsboken ”lista.xlsx”",
        "2 Välj raderna i payments där amount för row är större än 1000",
        "3 Gruppera some efter unit och räkna ut number: antalet i rows",
        "4 Lägg en rad till units (rad: unit: ”Norr”, number: 3)",
        "5 Gör en tabell (kolumner: a (heltal), rader: 1)",
        "6 Läs cellen ”B2” i arbetsboken ”lista.xlsx” (slag av värde: belopp)",
    ]


FILES = """
    - for_each_file: {folder: in, pattern: "*.xlsx", deep: true}
      as: invoice
      where: invoice.size > 0
      steps:
        - use_excel_file: ${{ invoice.path }}
          steps:
            - {read_cell: {cell: B2}, save_as: total}
            - write_cell: {file: copy.xlsx, cell: B2, value: "${{ total }}"}
    - for_each_file: {deep: 1 > 2}
      steps:
        - delete_file: ${{ file.path }}
    - for_each_file: ${{ item.number }}
      steps: []
    """
TOLD: dict[Language, list[str]] = {
    "sv": [
        "1 För varje invoice bland filerna som heter ”*.xlsx” i ”in” och dess undermappar där size för "
        "invoice är större än 0:",
        "1.1 Arbeta i arbetsboken path för invoice:",
        "1.1.1 Läs cellen ”B2” i arbetsboken path för invoice. Resultatet kallas total.",
        "1.1.2 Skriv total i cellen ”B2” i arbetsboken ”copy.xlsx”.",
        "2 För varje file bland filerna i jobbets mapp "
        "(även undermappar: ja om 1 är större än 2, annars nej):",
        "2.1 Ta bort filen path för file.",
        "3 För varje file bland filerna i number för ärendet:",
    ],
    "en": [
        "1 For each invoice among the files called “*.xlsx” in “in” and the folders in it where size of "
        "invoice is more than 0:",
        "1.1 Work in the workbook path of invoice:",
        "1.1.1 Read the cell “B2” of the workbook path of invoice. The result is called total.",
        "1.1.2 Write total to the cell “B2” of the workbook “copy.xlsx”.",
        "2 For each file among the files in the job’s folder "
        "(subfolders too: yes if 1 is more than 2, otherwise no):",
        "2.1 Delete the file path of file.",
        "3 For each file among the files in number of the item:",
    ],
}


@pytest.mark.parametrize("language", TOLD)
def test_blocks_on_files_are_told_in_words(language: Language, tmp_path: Path) -> None:
    queue = "{item: {number: text}, reference: [item.number]}"
    document = make_document(define(tmp_path, FILES, queue=queue), language=language)
    assert steps_of(document, "steps-process") == TOLD[language]


def test_blocks_on_files_stand_in_the_flow_and_under_what_is_read(tmp_path: Path) -> None:
    steps = """
        - for_each_file: {folder: in}
          steps: [{delete_file: "${{ file.path }}"}]
        - {use_excel_file: a.xlsx, steps: [{insert_sheet: {sheet: b}}]}
        """
    document = make_document(define(tmp_path, steps))
    figures = [b for s in walk(document.sections) for b in s.blocks if isinstance(b, Figure)]
    boxes = [node.text for figure in figures for node in figure.nodes]
    assert "För varje file bland filerna i ”in”" in boxes
    assert "Arbeta i arbetsboken ”a.xlsx”" in boxes
    assert "- Lista filerna i ”in”" in said(document)


def test_every_parameter_has_a_name_in_both_languages() -> None:
    names = {name for activity in CATALOGUE.values() for name in activity.parameters}
    assert {key.removeprefix("argument_") for key in table() if key.startswith("argument_")} == names


def test_sentences_name_parameters_that_exist() -> None:
    for name, several in sentences().items():
        for text in (text for both in several for text in both if name in CATALOGUE):
            gaps = {piece.partition("}")[0] for piece in text.split("{")[1:]}
            assert gaps <= set(CATALOGUE[name].parameters), f"{name}: {text}"


# --- flow charts


def test_the_flow_has_the_steps_and_their_exceptions(small: Process) -> None:
    run, item = [b for b in section(make_document(small), "flow").blocks if isinstance(b, Figure)]
    assert run.loop is not None
    assert run.nodes[run.loop].kind == "question"
    named = {node.text: [exit.text for exit in node.exits] for node in item.nodes}
    assert named["Öppna fakturan"] == ["B2 Uppgift saknas"]
    assert named["Läs fakturan"] == ["B2 Uppgift saknas"]
    assert named["Regel R1 Vad som granskas"] == []
    assert item.nodes[-2].kind == "write"


def test_a_long_flow_is_cut_into_parts_that_fit_a_page(tmp_path: Path) -> None:
    steps = "".join(f"  - name: Steg {n} med ett långt namn\n    delay: 1s\n" for n in range(60))
    document = make_document(process_of(tmp_path, BARE + steps))
    figures = [b for b in section(document, "flow").blocks if isinstance(b, Figure)]
    assert len(figures) > 4
    assert all(len(figure.nodes) <= 13 for figure in figures)
    assert sum(node.text.startswith("Steg ") for figure in figures for node in figure.nodes) == 60


# --- for staff and for the public


def test_the_sheet_for_staff_says_what_the_robot_never_does(small: Process) -> None:
    text = said(make_document(small, "staff"))
    assert "Lämnar förslag, fattar beslut eller betalar ut" in text
    assert "Behandlar: kreditfakturor" in text
    assert "| Uppgift saknas | Läs fakturan själv. |" in text
    assert "Kreditfaktura |" not in text  # only counted, never left to anyone
    assert "Processägare: Eva Ekonom, Ekonomi, eva.ekonom@exempel.se" in text


def test_a_shared_text_is_called_as_the_others() -> None:
    process = process_at(SHIPPED.with_name("fordonsinnehav.yaml"))
    audiences: tuple[Audience, ...] = ("all", "staff", "public")
    for audience in audiences:
        text = said(make_document(process, audience))
        assert "Svar saknas" in text
        assert "procapita.svar" not in text.lower()


def test_the_public_document_has_the_rules_and_no_contacts(small: Process) -> None:
    text = said(make_document(small, "public"))
    for shown in ("Vad som granskas", "gammal", "12 000 kr", "Rättslig förpliktelse", "Kontrollera om"):
        assert shown in text, shown
    for hidden in ("Eva", "exempel.se", "018", "Stickprov", "share", "12 %", "#x17", "Användarnamn"):
        assert hidden not in text, hidden
    assert "2 inställningar är utelämnade eftersom de omfattas av sekretess." in text


@pytest.mark.parametrize(
    ("type_", "value", "told"),
    [
        (TEXT, "Kontrollprofil Alfa", "en kontrollprofil alfa granskas"),
        (DATE, date(2022, 10, 3), "från 3 oktober 2022"),
        (DATE, date(2022, 10, 3), "före 3 okt 2022, 3/10 2022"),
        (PERCENT, Decimal("0.155"), "mer än 15,5 procent"),
        (MONEY, Decimal(12345), "över 12 345 eller 12345"),
    ],
)
def test_a_secret_is_left_out_however_it_is_written(
    small: Process, type_: Type, value: Any, told: str
) -> None:
    setting = Setting("x", type_, value, "", locked=False, span=small.span, secrecy=True)
    process = replace(small, config={"x": setting})
    change = for_the_public(process, Wording(Words("sv"), process))
    shown = change(told)
    assert "•••" in shown
    assert not re.search(r"alfa|oktober|okt|2022|15|345", shown)


def test_identity_numbers_stand_in_no_document(small: Process) -> None:
    for audience in ("all", "staff", "public"):
        text = said(make_document(small, audience))  # type: ignore[arg-type]
        assert "198001022386" not in text.replace("-", "")
    assert "ägare •••" in said(make_document(small))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Ring 19800102-2386 i dag", "Ring ••• i dag"),
        ("8001022386", "•••"),
        ("800162-2386, 19880209T050", "•••, •••"),
        ("2022-11-01, 2001:453, 1 234 kr, 2022-2023", "2022-11-01, 2001:453, 1 234 kr, 2022-2023"),
        ("EB-2018-00065/2022-11", "EB-2018-00065/2022-11"),
    ],
)
def test_identity_numbers_are_known_by_their_form(text: str, shown: str) -> None:
    assert without_identities(text) == shown


def test_the_shipped_robot_is_told_whole() -> None:
    document = make_document(process_at(SHIPPED))
    rows = [
        row
        for found in walk(document.sections)
        for block in found.blocks
        if isinstance(block, Steps)
        for row in block.rows
    ]
    parts = [part for row in rows for text in (row.text, *row.details) for part in text]
    code = [part for part in parts if part.style == "code"]
    assert len(code) * 10 < len(rows)  # nearly everything is said in words
