"""A step with each activity that reaches beyond the application: code, the store, services, mail."""

from __future__ import annotations

from pathlib import Path

INBOX = (
    "- once: ordna\n  key: [item.reference]\n  writes: note\n  content: {message_id: <1@example.org>}\n"
    "  verify: [{assign: {matches: \"[record(id='1', message_id='<1@example.org>')]\"}}]\n  do: [{DO}]"
)

EXAMPLES: dict[str, str] = {
    "invoke_code": "- {invoke_code: kalkyl.py:dubbelt, with: {antal: 2}, save_as: x}",
    "raise_alert": "- raise_alert: Registret är stängt.",
    "set_asset": "- set_asset: {asset: a, value: 1}",
    "get_asset": "- try: [{get_asset: a, save_as: x}]\n  catch: {system: [log_message: saknas]}",
    "get_credential": "- {get_credential: robot-x, save_as: x}",
    "get_secret": "- {get_secret: register-x, save_as: x}",
    "bulk_add_queue_items": "- {bulk_add_queue_items: \"[record(number='1')]\", save_as: x}",
    "http_request": "- try: [{http_request: {service: register, path: a}, save_as: x}]\n"
                    "  catch: {system: [log_message: ingen där]}",
    "send_email": (
        "- once: skicka\n  key: [item.reference]\n  writes: note\n  content: {text: hej}\n"
        "  verify: [{assign: {matches: \"[record(id='1', text='hej')]\"}}]\n"
        "  do: [{send_email: {service: post, sender: a@example.org, to: b@example.org, subject: x,"
        " body: hej}}]"
    ),
    "get_email_list": "- try: [{get_email_list: post, save_as: x}]\n"
                      "  catch: {system: [log_message: ingen där]}",
    "move_email": INBOX.replace("DO", 'move_email: {service: post, id: "1.1", to_folder: Klara}'),
    "mark_email": INBOX.replace("DO", 'mark_email: {service: post, id: "1.1"}'),
    "get_queue_items": "- {get_queue_items: {status: new}, save_as: x}",
    "set_transaction_progress": "- set_transaction_progress: halvvägs",
    "postpone": "- try: [{postpone: {delay: 5s, at_most: 0}}]\n  catch: {system: [log_message: nog nu]}",
}  # fmt: skip


def prepare(folder: Path) -> None:
    """What the examples need around them."""
    code = "def dubbelt(antal: int) -> int:\n    return 2 * antal\n"
    (folder / "kalkyl.py").write_text(code, encoding="utf-8")
