"""The words of UiPath's activities and their properties, and what stands for them here.

People who come from there write them by habit; the checker answers with ours. Words are compared without
regard to capitals, blanks and dashes: `Write Line`, `WriteLine` and `write_line` are one.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

SAME: Mapping[str, str] = {
    "write_line": "log_message", "sleep": "delay", "wait": "delay", "pause": "delay",
    "multiple_assign": "assign", "set_variable": "assign", "invoke_workflow_file": "invoke_workflow",
    "run_workflow": "invoke_workflow", "do_sequence": "sequence", "group": "sequence", "exit_loop": "break",
    "next": "continue", "foreach": "for_each", "foreach_row": "for_each_row",
    "for_each_row_in_data_table": "for_each_row", "for_each_excel_row": "for_each_row",
    "for_each_file_in_folder": "for_each_file", "dowhile": "do_while", "try_catch": "try",
    "use_excel": "use_excel_file", "excel_application_scope": "use_excel_file",
    "element_exist": "element_exists",
    "on_element_vanish": "wait_element_vanish", "wait_ui_element_vanish": "wait_element_vanish",
    "wait_element_appear": "find_element", "wait_for_element": "find_element",
    "on_element_appear": "find_element",
    "wait_ui_element_appear": "find_element", "find_ui_element": "find_element",
    "attach_browser": "attach_window", "attach_window_scope": "attach_window", "close_tab": "close_window",
    "close_browser": "close_window", "close_application": "close_window", "navigate_to": "go_to_url",
    "set_web_attribute": "set_text", "get_full_text": "get_text", "get_visible_text": "get_text",
    "extract_structured_data": "extract_table_data", "data_scraping": "extract_table_data",
    "save_image": "take_screenshot", "file_exists": "path_exists", "folder_exists": "path_exists",
    "delete_folder": "delete_file", "read_cell_value": "read_cell", "read_pdf": "read_pdf_text",
    "compress_files": "zip_files", "extract_files": "unzip_files",
    "send_smtp_mail_message": "send_email", "send_mail": "send_email", "http_client": "http_request",
    "generate_data_table": "build_data_table", "add_transaction_item": "add_queue_item",
    "run_python": "invoke_code", "execute_macro": "invoke_code", "switch_case": "switch",
    "postpone_transaction_item": "postpone", "get_imap_mail_messages": "get_email_list",
    "get_outlook_mail_messages": "get_email_list", "get_mail": "get_email_list", "move_mail": "move_email",
    "move_imap_mail_message": "move_email", "mark_email_as_read": "mark_email",
    "business_rule": "evaluate_business_rule", "evaluate_dmn": "evaluate_business_rule",
}  # fmt: skip
"""What is written in the same way: their word → our activity."""

OTHERWISE: Mapping[str, str] = {
    "retry_scope": "a step is tried again by itself: write retry: {attempts: 3, interval: 5s} in it",
    "send_hotkey": "write keyboard_shortcuts: {keys: Control+a, target: …}",
    "open_browser": "the runner opens the application; write go_to_url: for another page of it",
    "use_browser": "the runner opens the application; use_application: NAME is another window of it",
    "use_application_browser": "the runner opens the application; use_application: NAME is another window",
    "switch_to_tab": "write attach_window: for one that a page opened, use_application: for one with a name",
    "switch_to_window": "write use_application: NAME, or attach_window: for one that a page opened",
    "start_process": "the runner starts nothing but its browser; the bot says where each application is",
    "kill_process": "the runner ends its browser itself, after a system exception too",
    "set_transaction_status": "an item's status follows from how it ends: the last step, return: or throw:",
    "get_transaction_item": "the runner takes the items: process: is run once for each",
    "get_queue_item": "the runner takes the items: process: is run once for each",
    "should_stop": "the runner itself stops between two items when it is told to",
    "terminate_workflow": "write throw: with an exception of kind system, or return: to end the item",
    "message_box": "nobody sits before a robot: write log_message:, or return: with a reason",
    "input_dialog": "nobody sits before a robot: what it needs stands in config: or in the queue's item",
    "create_form_task": "throw a business exception: its list is what people work through",
    "comment": "write # before it",
    "comment_out": "write # before each line",
    "add_log_fields": "every line of the log says which item and step it is about",
    "parallel": "steps run one after the other; workers: in the bot shares the items between several",
    "flowchart": "steps run in their order; if:, switch: and while: choose",
    "state_machine": "steps run in their order; if:, switch: and while: choose",
    "check_false": "write check_true: not …",
    "double_click": "write click: {target: …, kind: double}",
    "right_click": "write click: {target: …, kind: right}",
    "is_text_matching": "ask in an expression: is_match(text, pattern)",
    "matches": "ask in an expression: find(text, pattern)",
    "is_match": "ask in an expression: is_match(text, pattern)",
    "clear_data_table": "assign an empty list: assign: {rows: \"[]\"}",
    "add_to_collection": "assign the longer list: assign: {all: all + [one]}",
    "append_to_list": "assign the longer list: assign: {all: all + [one]}",
    "set_credential": "people set accounts: robotfabrik assets set NAME; the bot names it in credentials:",
}  # fmt: skip
"""What is done in another way here: their word → which."""

ARGUMENTS: Mapping[str, tuple[str, ...]] = {
    "click_type": ("kind",), "mouse_button": ("kind",), "key_modifiers": ("modifiers",),
    "cursor_position": ("position",), "empty_field_mode": ("empty_field",), "empty_field": ("empty_field",),
    "delay_between_keys": ("delay",), "verify_options": ("verify",), "verify_execution": ("verify",),
    "key": ("keys",), "shortcuts": ("keys",), "hotkey": ("keys",), "selector": ("target",),
    "element": ("target",), "ui_element": ("target",), "input": ("text", "file", "table"),
    "value": ("text", "item"), "selection": ("item",), "option": ("item",), "items": ("items", "item"),
    "attribute": ("name",), "scroll_amount": ("amount",), "max_results": ("max_rows",),
    "maximum_results": ("max_rows",), "limit": ("max_rows",), "number_of_items": ("max_rows",),
    "script_code": ("script",), "input_parameter": ("argument",), "workbook_path": ("file",),
    "workbook": ("file",), "path": ("file", "folder"), "file": ("path", "source", "archive"),
    "file_path": ("file", "path"), "file_name": ("file", "path", "name", "output", "archive"),
    "folder_path": ("folder", "path"), "sheet_name": ("sheet",), "starting_cell": ("start",),
    "data_table": ("table",), "source": ("table", "file", "path"), "rows": ("table",),
    "destination": ("file", "output", "folder", "start"), "add_headers": ("has_headers",),
    "exclude_headers": ("has_headers",), "include_column_names": ("has_headers",),
    "use_first_row_as_header": ("has_headers",), "visible_rows": ("visible_only",), "filters": ("where",),
    "filter": ("where", "pattern"), "condition": ("where",), "filter_rows_mode": ("mode",),
    "column_name": ("column",), "column_names": ("columns",), "lookup_column": ("column",),
    "lookup_value": ("value",), "target_column": ("result",), "sort_by": ("by",), "group_by": ("by",),
    "order": ("descending",), "join_type": ("kind",), "data_table_2": ("other",), "separator": ("delimiter",),
    "overwrite_file": ("overwrite",), "time": ("duration",), "seconds": ("duration",),
    "log_level": ("level",),
    "asset_name": ("asset", "credential", "secret"), "credential_name": ("credential",),
    "endpoint": ("path",), "url": ("path", "url"), "request_method": ("method",),
    "body": ("json", "text", "body"), "parameters": ("query",), "range_name": ("range",),
    "cell_address": ("cell",), "compressed_file": ("archive",),
    "files_to_compress": ("files",), "page_range": ("pages",), "range": ("pages",),
    "output_file": ("output",), "timeout_ms": ("timeout",), "timeout_milliseconds": ("timeout",),
    "display_name": ("name",), "output": ("save_as",), "result": ("save_as",), "save_to": ("save_as",),
    "number_of_retries": ("retry",), "retry_interval": ("retry",), "arguments": ("with",),
    "wait_for_ready": ("timeout",),
}  # fmt: skip
"""A property of theirs → what may stand for it here; which, depends on the activity."""


def folded(word: str) -> str:
    """A word as it is compared: `Write Line` and `WriteLine` are `write_line`."""
    apart = re.sub(r"(?<=[^\W_A-ZÅÄÖ])(?=[A-ZÅÄÖ])", "_", word)
    return re.sub(r"[\W_]+", "_", apart).strip("_").casefold()


def argument(word: str, known: Collection[str]) -> str | None:
    """What is called so here, of what is known at this place."""
    plain = folded(word)
    return next((name for name in (plain, *ARGUMENTS.get(plain, ())) if name in known and name != word), None)
