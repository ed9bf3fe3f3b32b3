"""A step with each activity on tables, workbooks and files; none of them needs a session."""

from __future__ import annotations

from pathlib import Path

TABLE = "[record(a=1, b='x'), record(a=2, b='y')]"
BOOK = f'- write_range: {{file: b.xlsx, table: "{TABLE}"}}\n'
FILE = "- write_text_file: {path: a.txt, text: ett}\n"

EXAMPLES: dict[str, str] = {
    "build_data_table": "- {build_data_table: {columns: {a: integer}, rows: [[1]]}, save_as: x}",
    "add_data_row": f'- {{add_data_row: {{table: "{TABLE}", row: {{a: "${{{{ 3 }}}}", b: z}}}}, save_as: x}}',
    "add_data_column":
        f'- {{add_data_column: {{table: "{TABLE}", column: c, value: row.a + 1}}, save_as: x}}',
    "filter_data_table": f'- {{filter_data_table: {{table: "{TABLE}", where: row.a > 1}}, save_as: x}}',
    "lookup_data_table": f'- {{lookup_data_table: {{table: "{TABLE}", column: b, value: x}}, save_as: x}}',
    "join_data_tables": f'- {{join_data_tables: {{table: "{TABLE}", other: "{TABLE}", on: a}}, save_as: x}}',
    "merge_data_tables": f'- {{merge_data_tables: {{table: "{TABLE}", other: "{TABLE}"}}, save_as: x}}',
    "sort_data_table": f'- {{sort_data_table: {{table: "{TABLE}", by: [b, a]}}, save_as: x}}',
    "group_data_table":
        f'- {{group_data_table: {{table: "{TABLE}", by: b, values: {{n: len(rows)}}}}, save_as: x}}',
    "remove_duplicate_rows": f'- {{remove_duplicate_rows: "{TABLE}", save_as: x}}',
    "output_data_table_as_text": f'- {{output_data_table_as_text: "{TABLE}", save_as: x}}',
    "read_range": f"{BOOK}- {{read_range: b.xlsx, save_as: x}}",
    "read_cell": f"{BOOK}- {{read_cell: {{file: b.xlsx, cell: A2, type: integer}}, save_as: x}}",
    "write_range": BOOK,
    "append_range": f'{BOOK}- append_range: {{file: b.xlsx, table: "{TABLE}"}}',
    "update_row":
        f'{BOOK}- update_row: {{file: b.xlsx, key: {{a: "${{{{ 1 }}}}"}}, values: {{b: z}}}}',
    "write_cell": "- write_cell: {file: b.xlsx, cell: B3, value: z}",
    "format_cells": f"{BOOK}- format_cells: {{file: b.xlsx, range: A1:B1, bold: true, width: 20}}",
    "get_workbook_sheets": f"{BOOK}- {{get_workbook_sheets: b.xlsx, save_as: x}}",
    "insert_sheet": "- insert_sheet: {file: b.xlsx, sheet: Ny}",
    "rename_sheet": f"{BOOK}- rename_sheet: {{file: b.xlsx, sheet: Blad1, name: Lista}}",
    "delete_sheet":
        f"{BOOK}- insert_sheet: {{file: b.xlsx, sheet: Ny}}\n- delete_sheet: {{file: b.xlsx, sheet: Ny}}",
    "read_csv": f'- write_csv: {{file: a.csv, table: "{TABLE}"}}\n- {{read_csv: a.csv, save_as: x}}',
    "write_csv": f'- write_csv: {{file: a.csv, table: "{TABLE}"}}',
    "read_json": '- write_json: {path: a.json, content: {a: z}}\n- {read_json: a.json, save_as: x}',
    "read_xml": "- {read_xml: {file: a.xml, schema: schema.json}, save_as: x}",
    "write_json": '- write_json: {path: a.json, content: {a: "${{ 3 }}", b: [x, y]}}',
    "file_hash": f"{FILE}- {{file_hash: a.txt, save_as: x}}",
    "get_file_kind": "- {get_file_kind: a.pdf, save_as: x}",
    "path_exists": "- {path_exists: a.txt, save_as: x}",
    "get_file_info": f"{FILE}- {{get_file_info: a.txt, save_as: x}}",
    "list_files": f"{FILE}- {{list_files: {{folder: ., pattern: '*.txt'}}, save_as: x}}",
    "create_folder": "- create_folder: ny/mapp",
    "copy_file": f"{FILE}- copy_file: {{source: a.txt, destination: b.txt}}",
    "move_file": f"{FILE}- move_file: {{source: a.txt, destination: klart/}}",
    "delete_file": f"{FILE}- delete_file: a.txt",
    "read_text_file": f"{FILE}- {{read_text_file: a.txt, save_as: x}}",
    "write_text_file": FILE,
    "append_line": f"{FILE}- append_line: {{path: a.txt, text: tre}}",
    "zip_files": f"{FILE}- zip_files: {{files: a.txt, archive: a.zip}}",
    "unzip_files":
        f"{FILE}- zip_files: {{files: a.txt, archive: a.zip}}\n"
        "- unzip_files: {archive: a.zip, folder: ut}",
    "read_pdf_text": "- {read_pdf_text: a.pdf, save_as: x}",
    "get_pdf_page_count": "- {get_pdf_page_count: a.pdf, save_as: x}",
    "create_pdf":
        f'- create_pdf: {{file: b.pdf, title: Lista, content: [{{table: "${{{{ {TABLE} }}}}"}}]}}',
    "extract_pdf_pages": "- extract_pdf_pages: {file: a.pdf, pages: '1', output: b.pdf}",
    "join_pdf": "- join_pdf: {files: \"${{ ['a.pdf', 'a.pdf'] }}\", output: b.pdf}",
}  # fmt: skip


def prepare(folder: Path) -> None:
    """The files that the examples read: a PDF with a line of text, XML and its schema."""
    (folder / "a.pdf").write_bytes(pdf("Hej"))
    (folder / "a.xml").write_bytes(b"<a><b>1</b></a>")
    (folder / "schema.json").write_bytes(b'{"type": "object", "properties": {"b": {"type": "integer"}}}')


def pdf(*pages: str) -> bytes:
    """A PDF whose pages hold these texts; an empty one is like a scanned page."""
    kids = " ".join(f"{3 + 2 * number} 0 R" for number in range(len(pages)))
    parts = ["<</Type/Catalog/Pages 2 0 R>>", f"<</Type/Pages/Kids[{kids}]/Count {len(pages)}>>"]
    font = "<</Font<</F <</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>>>>>"
    for number, text in enumerate(pages):
        content = f"BT /F 12 Tf 50 700 Td ({text}) Tj ET" if text else ""
        shape = f"/MediaBox[0 0 600 800]/Resources{font}/Contents {4 + 2 * number} 0 R"
        parts += [f"<</Type/Page/Parent 2 0 R{shape}>>"]
        parts += [f"<</Length {len(content.encode('cp1252'))}>>stream\n{content}\nendstream"]
    out = b"%PDF-1.4\n"
    places = []
    for number, part in enumerate(parts, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n{part}\nendobj\n".encode("cp1252")
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    end = f"xref\n0 {len(parts) + 1}\n0000000000 65535 f \n{table}"
    end += f"trailer<</Size {len(parts) + 1}/Root 1 0 R>>\nstartxref\n{len(out)}\n%%EOF"
    return out + end.encode()
