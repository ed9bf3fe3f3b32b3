"""A step with each activity on web pages, and what the application sees of it."""

from __future__ import annotations

EXAMPLES: dict[str, str] = {
    "navigate_browser": "- navigate_browser: {action: refresh, application: app}",
    "use_application": "- use_application: {window: lista, application: app, url: http://app/lista}",
    "attach_window": "- attach_window: {window: beslut, title: Beslut, application: app}",
    "close_window": "- close_window: {window: lista, application: app, close_mode: if_open}",
    "handle_dialog": "- handle_dialog: {answer: dismiss, message: Ta bort, application: app}",
    "get_dialog_text": "- get_dialog_text: {application: app}\n  save_as: x",
    "hover": "- hover: app.cases.mine",
    "set_focus": "- set_focus: app.cases.open",
    "drag_and_drop": "- drag_and_drop: {target: app.cases.mine, onto: app.cases.kind}",
    "mouse_scroll": "- mouse_scroll: {target: app.cases.mine, amount: 200, until: app.cases.kind}",
    "keyboard_shortcuts": "- keyboard_shortcuts: {keys: Control+a, target: app.cases.open}",
    "set_text": "- set_text: {target: app.cases.kind, text: Ansökan}",
    "select_multiple_items": "- select_multiple_items: {target: app.cases.kind, items: [A, B]}",
    "get_attribute": "- {get_attribute: {target: app.case.flag, name: href}, save_as: x}",
    "find_element": "- find_element: app.cases.open",
    "upload_file": "- upload_file: {target: app.cases.open, files: bilaga.pdf}",
    "download_file": '- {download_file: {target: app.cases.mine, expected: "*.pdf"}, save_as: x}',
    "take_screenshot": "- {take_screenshot: {path: bild, application: app}, save_as: x}",
    "save_pdf": "- {save_pdf: {path: sida.pdf, application: app}, save_as: x}",
    "inject_js_script": 'inject_js_script: {script: "return 1", application: app}',
    "get_browser_data": "- {get_browser_data: {name: vy, application: app}, save_as: x}",
    "set_browser_data": "set_browser_data: {name: vy, value: lista, kind: local_storage, application: app}",
}

DOES: dict[str, tuple[str, ...]] = {
    "navigate_browser": ("navigate", "refresh"),
    "use_application": ("open window", "", "lista", "http://app/lista"),
    "attach_window": ("attach window", "", "beslut", "Beslut"),
    "handle_dialog": ("dialog", "", "False", "", "Ta bort"),
    "hover": ("hover", "app.cases.mine"),
    "set_focus": ("focus", "app.cases.open"),
    "drag_and_drop": ("drag", "app.cases.mine", "app.cases.kind"),
    "mouse_scroll": ("scroll", "app.cases.mine", "down", "200", "app.cases.kind"),
    "keyboard_shortcuts": ("press", "app.cases.open", "Control+a"),
    "set_text": ("enter", "app.cases.kind", "Ansökan"),
    "select_multiple_items": ("select", "app.cases.kind", "A", "B"),
    "get_attribute": ("attribute", "app.case.flag", "href"),
    "find_element": ("find", "app.cases.open"),
    "upload_file": ("upload", "app.cases.open", "bilaga.pdf"),
    "download_file": ("download", "app.cases.mine"),
    "take_screenshot": ("picture", "", "False"),
    "save_pdf": ("pdf", ""),
    "inject_js_script": ("script", "", "return 1", ""),
    "get_browser_data": ("get data", "", "cookie", "vy"),
    "set_browser_data": ("set data", "", "local_storage", "vy", "lista"),
}

INSIDE_ONCE = {"inject_js_script", "set_browser_data"}  # they may change anything
UNTIMED = {"close_window", "handle_dialog", "get_dialog_text"}  # nothing is waited for
WHOLE_PAGE = {
    "navigate_browser", "use_application", "attach_window", "handle_dialog", "take_screenshot", "save_pdf",
    "inject_js_script", "get_browser_data", "set_browser_data",
}  # fmt: skip
SHOWS = {"app.cases.mine@file": "%PDF"}


def once(step: str) -> str:
    """A step where writing is allowed; nothing is seen of it afterwards, so that it is held."""
    return f"""
    - once: prov
      key: [job.date]
      writes: note
      content: {{text: a}}
      verify: [assign: {{matches: "[]"}}]
      do: [{step}]
    """
