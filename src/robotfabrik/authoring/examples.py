"""An example of every activity and function, in the world of the reference's examples.

An activity's own `Example:` comes first. One that has none, and stands in no table here, gets its example
from the types of its parameters. A test checks them all, in a PDD that has what they name: the application
`orders` and the variables of `VARIABLES`.
"""

from __future__ import annotations

import typing
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from robotfabrik.activities.api import Activity, Parameter
from robotfabrik.authoring.docs import Doc
from robotfabrik.authoring.tags import TAGS, is_a, plain, stands_alone
from robotfabrik.expressions.catalogue import Function
from robotfabrik.model.values import Credential, Secret

VARIABLES = {
    "number": "integer", "text": "text", "day": "date", "row": "record", "rows": "list", "file": "file",
    "credential": "credential",
}  # fmt: skip
"""The variables that an example may use, each with its type."""

ACTIVITIES: Mapping[str, str] = {
    "go_to_url": "- go_to_url: https://example.se/orders",
    "click": '- click: {target: orders.list.orders.open, row: {number: "${{ text }}"}}',
    "type_into": '- type_into: {target: orders.list.search, text: "${{ text }}"}',
    "type_secure_text": (
        '- type_secure_text: {target: orders.login.password, text: "${{ credential.password }}"}'
    ),
    "select_item": "- select_item: {target: orders.order.kind, item: Brådskande}",
    "check": "- check: orders.order.urgent",
    "uncheck": "- uncheck: orders.order.urgent",
    "fill_form": "- fill_form:\n    orders.order.kind: Brådskande\n    orders.order.urgent: ja",
    "get_text": "- get_text: orders.order.number\n  save_as: number",
    "read_form": "- read_form: orders.order\n  save_as: order",
    "extract_table_data": "- extract_table_data: orders.list.orders\n  save_as: rows",
    "element_exists": "- element_exists: orders.order.saved\n  timeout: 2s\n  save_as: saved",
    "wait_element_vanish": "- wait_element_vanish: orders.order.saved",
    "keyboard_shortcuts": "- keyboard_shortcuts: {keys: Control+A, target: orders.order.comment}",
    "use_application": "- use_application: {window: register, url: https://example.se/register}",
    "attach_window": "- attach_window: {window: beslut, title: Beslut}",
    "close_window": "- close_window: beslut",
    "handle_dialog": (
        "- handle_dialog: {answer: accept, message: Vill du fortsätta}\n- check: orders.order.urgent"
    ),
    "get_dialog_text": "- get_dialog_text:\n  save_as: text",
    "drag_and_drop": "- drag_and_drop: {target: orders.order.comment, onto: orders.order.kind}",
    "mouse_scroll": "- mouse_scroll: {direction: down, amount: 400}",
    "get_attribute": "- get_attribute: {target: orders.order.comment, name: title}\n  save_as: title",
    "select_multiple_items": (
        "- select_multiple_items: {target: orders.order.kind, items: [Brådskande, Privat]}"
    ),
    "upload_file": "- upload_file: {target: orders.order.comment, files: out/order.pdf}",
    "download_file": '- download_file: {target: orders.order.number, expected: "*.pdf"}\n  save_as: letter',
    "take_screenshot": "- take_screenshot: bilder/order.png",
    "save_pdf": "- save_pdf: order.pdf",
    "inject_js_script": (
        '- inject_js_script: {script: "return element.dataset.id", target: orders.order.number}\n'
        "  save_as: id"
    ),
    "set_browser_data": "- set_browser_data: {name: language, value: sv, kind: local_storage}",
    "get_browser_data": "- get_browser_data: {name: language, kind: local_storage}\n  save_as: language",
    "http_request": '- http_request: {service: register, path: "orders/${{ text }}"}\n  save_as: answer',
    "send_email": (
        "- send_email: {service: mail, sender: robot@example.se, to: enhet@example.se, subject: Klart,"
        " body: Listan är klar.}"
    ),
    "get_email_list": (
        '- get_email_list: {service: mailbox, sender: "@example.se", save_attachments: bilagor}\n'
        "  save_as: mails"
    ),
    "move_email": '- move_email: {service: mailbox, id: "${{ text }}", to_folder: Klara}',
    "mark_email": '- mark_email: {service: mailbox, id: "${{ text }}", mark: read}',
    "invoke_code": (
        '- invoke_code: functions.py:premium\n  with: {amount: "${{ number }}"}\n  save_as: premium'
    ),
    "get_asset": "- get_asset: {asset: last_number, type: integer}\n  save_as: number",
    "set_asset": '- set_asset: {asset: last_number, value: "${{ number }}"}',
    "get_credential": "- get_credential: register\n  save_as: account",
    "get_secret": "- get_secret: register-token\n  save_as: token",
    "postpone": "- postpone: {delay: 30m, at_most: 4}",
    "set_transaction_progress": "- set_transaction_progress: Registret är läst",
    "draw_sample": (
        "- draw_sample:\n    key: ${{ job.period }}\n    population: ${{ ['B1', 'B2', 'B3'] }}\n"
        "    share: 0.1\n  save_as: draw"
    ),
    "add_queue_item": '- add_queue_item: {number: "${{ text }}", amount: "${{ number }}"}',
    "exclude_queue_item": "- exclude_queue_item: BE1",
    "delay": "- delay: 2s",
    "log_message": "- log_message: Beställning ${{ text }} är läst",
    "check_true": "- check_true: number > 0",
    "report_table": "- report_table: {title: Summor, table: rows, figures_only: true}",
    "build_data_table": (
        "- build_data_table:\n    columns: {number: text, amount: money}\n    rows: [[B1, 5], [B2, 7]]\n"
        "  save_as: table"
    ),
    "add_data_row": "- add_data_row: {table: rows, row: {number: B1, amount: 5}}\n  save_as: rows",
    "add_data_column": (
        "- add_data_column: {table: rows, column: double, value: row.amount * 2}\n  save_as: rows"
    ),
    "lookup_data_table": (
        '- lookup_data_table: {table: rows, column: number, value: "${{ text }}"}\n  save_as: found'
    ),
    "sort_data_table": "- sort_data_table: {table: rows, by: amount, descending: true}\n  save_as: rows",
    "read_range": (
        "- read_range:\n    file: orders.xlsx\n    sheet: Blad1\n"
        "    columns: {number: text, amount: {header: Belopp, as: money?}}\n  save_as: rows"
    ),
    "update_row": "- update_row: {file: orders.xlsx, key: {Nummer: B1}, values: {Belopp: 5}}",
    "write_cell": '- write_cell: {file: orders.xlsx, cell: B2, value: "${{ number }}"}',
    "format_cells": "- format_cells: {file: orders.xlsx, range: A1:C1, bold: true}",
    "rename_sheet": "- rename_sheet: {file: orders.xlsx, sheet: Blad1, name: Beställningar}",
    "read_csv": "- read_csv: {file: orders.csv, columns: {number: text, amount: money}}\n  save_as: rows",
    "write_csv": "- write_csv: {file: orders.csv, table: rows}",
    "list_files": '- list_files: {folder: out, pattern: "*.pdf"}\n  save_as: files',
    "create_folder": "- create_folder: out",
    "read_text_file": "- read_text_file: orders.txt\n  save_as: letter",
    "write_text_file": '- write_text_file: {path: orders.txt, text: "Beställning ${{ text }}"}',
    "append_line": '- append_line: {path: orders.txt, text: "${{ text }} är läst"}',
    "zip_files": '- zip_files: {files: "${{ rows }}", archive: orders.zip}',
    "read_pdf_text": "- read_pdf_text: {file: order.pdf, pages: 1-3}\n  save_as: letter",
    "get_pdf_page_count": "- get_pdf_page_count: order.pdf\n  save_as: number",
    "create_pdf": (
        "- create_pdf:\n    file: orders.pdf\n    title: Beställningar\n"
        '    content: [Läst i dag., {heading: Alla}, {table: "${{ rows }}"}]'
    ),
    "extract_pdf_pages": "- extract_pdf_pages: {file: order.pdf, pages: 2-3, output: appendix.pdf}",
    "join_pdf": '- join_pdf: {files: "${{ rows }}", output: orders.pdf}',
}

FUNCTIONS: Mapping[str, str] = {
    "len": "len([1, 2, 3])",
    "any": "any(n > 2 for n in [1, 2, 3])",
    "all": "all(n > 0 for n in [1, 2, 3])",
    "sum": "sum([1, 2, 3])",
    "min": "min(3, 1, 2)",
    "max": "max([3, 1, 2])",
    "count": "count(['a', 'b', 'a'], 'a')",
    "first": "first(['a', 'b'])",
    "last": "last(['a', 'b'])",
    "distinct": "distinct(['a', none, 'b', 'a'])",
    "flatten": "flatten([['a', none], ['b']])",
    "pairs": "pairs([1, 2], ['a'])",
    "sorted_by": "[r.n for r in sorted_by([record(n=2), record(n=1)], 'n')]",
    "record": "record(number='B1', amount=5).amount",
    "unknown": "unknown('Storgatan 1')",
    "default": "default(none, 'saknas')",
    "last_completed": "last_completed(item.reference)",
    "abs": "abs(-3)",
    "round": "round(2.345, 2)",
    "number": "number('1 234,5')",
    "integer": "integer('12')",
    "text": "text(12) + ' kr'",
    "lower": "lower('ÅSA')",
    "upper": "upper('åsa')",
    "trim": "trim('  ja ')",
    "replace": "replace('a-b', '-', '/')",
    "split": "split('a;b', ';')",
    "join": "join(['a', 'b'], '; ')",
    "starts_with": "starts_with('B123', 'B')",
    "ends_with": "ends_with('B123', '3')",
    "contains": "contains('B123', '12')",
    "sentences": "sentences('Ett. Två.')",
    "paragraphs": "len(paragraphs('Ett.'))",
    "date": "date(2022, 11, 1)",
    "month": "month(date(2022, 11, 1))",
    "days": "date(2022, 11, 1) + days(14)",
    "add_months": "add_months(date(2022, 1, 31), 1)",
    "months_between": "months_between(date(2022, 1, 15), date(2022, 3, 14))",
    "days_between": "days_between(date(2022, 11, 1), date(2022, 11, 15))",
    "running_period": "running_period([record(date=date(2022, 3, 1))], on=date(2022, 11, 1)).last",
    "is_working_day": "is_working_day(date(2022, 12, 24))",
    "first_working_day": "first_working_day(date(2022, 10, 15))",
    "birth_date": "birth_date('198001022386')",
    "age": "age('198001022386', date(2022, 11, 1))",
    "is_samordningsnummer": "is_samordningsnummer('198001022386')",
    "last_working_day": "last_working_day(date(2022, 12, 24))",
    "add_working_days": "add_working_days(date(2022, 12, 23), 1)",
    "working_days_between": "working_days_between(date(2022, 12, 23), date(2023, 1, 2))",
    "parse_date": "parse_date('1 november 2022', 'd månad åååå')",
    "floor": "floor(2.7)",
    "ceiling": "ceiling(2.1)",
    "is_number": "is_number('1 234,5')",
    "left": "left('BE123', 2)",
    "right": "right('BE123', 3)",
    "middle": "middle('BE123', 2, 1)",
    "index_of": "index_of('BE123', '1')",
    "before": "before('Ek, Åsa', ',')",
    "after": "after('Ek, Åsa', ', ')",
    "between": "between('Ek (B1)', '(', ')')",
    "lines": "len(lines('Storgatan 1'))",
    "words": "words('Åsa Berg Ek')",
    "pad_left": "pad_left('12', 4)",
    "pad_right": "pad_right('12', 4, '.')",
    "title_case": "title_case('ÅSA bERG-ek')",
    "single_spaced": "single_spaced('  Åsa   Ek ')",
    "digits": "digits('19800102-2386')",
    "without_accents": "without_accents('Åsa André')",
    "same_text": "same_text('Åsa Ek', 'åsa  ek')",
    "is_match": "is_match('BE-1234', '[A-Z]{2}-[0-9]{4}')",
    "find": "find('Ärende BE-1234', '[0-9]+')",
    "find_all": "find_all('B1, B2', 'B[0-9]')",
    "replace_matches": "replace_matches('B1, B2', '[0-9]', 'x')",
    "identity": "identity('19800102-2386')",
    "lot": "lot('A1') < 0.5",
    "column": "column([record(n=1), record(n=2)], 'n')",
    "columns": "columns([record(number='B1', amount=5)])",
    "to_table": "column(to_table([['B1', 5], ['B2', 7]], ['number', 'amount']), 'amount')",
    "group": "[[g.value, len(g.rows)] for g in group([record(n='a'), record(n='b'), record(n='a')], 'n')]",
    "place_of": "place_of(['a', 'b'], 'b')",
    "take": "take([1, 2, 3], 2)",
    "skip": "skip([1, 2, 3], 2)",
    "without": "without([1, 2, 3], [2])",
    "in_both": "in_both([1, 2, 3], [2, 3, 4])",
    "numbers": "numbers(1, 4)",
    "is_empty": "is_empty('  ')",
    "|kr": "1234.5 | kr",
    "|procent": "0.125 | procent",
    "|datum": "date(2022, 11, 1) | datum",
    "|månad": "date(2022, 11, 1) | månad",
    "|och": "['a', 'b', 'c'] | och",
    "|stor_bokstav": "'beställning' | stor_bokstav",
    "|sidor": "2 | sidor",
    "|lower": "'ÅSA' | lower",
    "|upper": "'åsa' | upper",
    "|trim": "'  ja ' | trim",
    "|join": "['a', 'b'] | join(' + ')",
    "|default": "none | default('saknas')",
    "|tal": "1234.5 | tal(2)",
    "|title_case": "'ÅSA bERG-ek' | title_case",
    "|pad_left": "'12' | pad_left(4)",
}

_NAMED = {
    "url": "https://example.se/orders", "file": "orders.xlsx", "path": "orders.xlsx", "folder": "out",
    "sheet": "Blad1", "cell": "B2", "range": "A1:C9", "keys": "Enter", "name": "orders",
    "column": "double", "source": "orders.xlsx", "destination": "out/orders.xlsx", "archive": "orders.zip",
    "output": "orders.pdf",
}  # fmt: skip
_BY_TYPE: Mapping[Any, str] = {
    str: "Hej", int: "3", Decimal: "10", bool: "true", date: "2022-11-01", timedelta: "2s",
    Secret: '"${{ credential.password }}"', Credential: '"${{ credential }}"',
}  # fmt: skip
_BY_KIND = {"list": "[1, 2]", "text": "'a'", "integer": "1", "number": "1.5", "date": "date(2022, 11, 1)",
            "month": "month(date(2022, 11, 1))", "boolean": "true", "record": "record(a=1)"}  # fmt: skip


def of_activity(activity: Activity, doc: Doc) -> str:
    """A list of one step."""
    if doc.example:
        return doc.example if doc.example.lstrip().startswith("- ") else _as_step(doc.example)
    return ACTIVITIES.get(activity.name) or _made(activity)


def _as_step(example: str) -> str:
    first, *more = example.splitlines()
    return "\n".join([f"- {first}", *(f"  {line}" for line in more)])


def _made(activity: Activity) -> str:
    needed = [p for p in activity.parameters.values() if p.required]
    step = f"- {activity.name}:"
    if len(needed) == 1 and needed[0].name == activity.first and stands_alone(needed[0]):
        step = f"{step} {value_of(needed[0])}"
    elif needed:
        step = f"{step} {{{', '.join(f'{p.name}: {value_of(p)}' for p in needed)}}}"
    saves = activity.result_type is not None or activity.returns not in (None, type(None))
    return f"{step}\n  save_as: found" if saves else step


def value_of(parameter: Parameter) -> str:
    """Something that a parameter takes, as YAML."""
    if parameter.tag in TAGS:
        return TAGS[parameter.tag].example
    known = plain(parameter.annotation)
    if typing.get_origin(known) is typing.Literal:
        return str(typing.get_args(known)[0])
    if known is str:
        return _NAMED.get(parameter.name, _BY_TYPE[str])
    return _BY_TYPE.get(known) or ('"${{ row }}"' if is_a(known, Mapping) else '"${{ rows }}"')


def of_function(function: Function) -> str:
    """An expression that calls it."""
    name = f"|{function.name}" if function.filter else function.name
    if name in FUNCTIONS:
        return FUNCTIONS[name]
    required = [
        _BY_KIND.get(next(iter(sorted(p.kinds - {"none"})), ""), "'a'")
        for p, one in zip(function.positional, function.signature.parameters.values(), strict=False)
        if one.default is one.empty
    ]
    if function.filter and required:
        first, *more = required
        return f"{first} | {function.name}" + (f"({', '.join(more)})" if more else "")
    return f"{function.name}({', '.join(required)})"
