"""alerts.yaml: who is told what goes wrong, and who gets which bot's figures."""

from __future__ import annotations

import re
from datetime import timedelta

from robotfabrik.model.alerts import (
    EVERY,
    GIGABYTE,
    KINDS,
    AlertLimits,
    AlertSettings,
    MailServer,
    Recipient,
    SummaryOrder,
)
from robotfabrik.model.types import DURATION
from robotfabrik.parsing.addresses import sound, wrong_address, wrong_service
from robotfabrik.parsing.nodes import ListNode, Node, ScalarNode
from robotfabrik.parsing.reader import Reader

ALERTS = ("alerts", "tell", "limits", "mail", "summaries")
TELL = ("to", "causes", "bots")
LIMITS = ("late", "expires", "disk", "remind")
MAIL = ("server", "credential", "sender")
SUMMARY = ("bot", "to", "every", "link")
_NAME = re.compile(r"[A-Za-z0-9][\w-]*", re.ASCII)
_SIZE = re.compile(r"(\d{1,6}(?:[.,]\d+)?)\s*(MB|GB|TB)", re.IGNORECASE)
_UNITS = {"MB": GIGABYTE // 1000, "GB": GIGABYTE, "TB": GIGABYTE * 1000}
_MAIL_ADDRESS = re.compile(r"[^@\s<>,;]+@[^@\s<>,;]+")
_PLACE = re.compile(r"\{([^{}]*)\}")
PLACES = ("job", "bot")
"""What stands in braces in a link."""


class AlertsBuilder:
    """Builds alerts.yaml from its tree. Without names of bots nothing is known of them, and nothing said."""

    def __init__(self, reader: Reader, bots: tuple[str, ...]) -> None:
        self.reader, self.bots = reader, bots

    def build(self, node: Node) -> AlertSettings | None:
        """The settings, of all that could be read."""
        reader = self.reader
        fields = reader.mapping(node, "alerts", ALERTS, ("alerts",))
        if fields is None:
            return None
        reader.version(fields["alerts"], "alerts")
        told = [self._recipient(item) for item in reader.list(fields["tell"], "tell")]
        mail = self._mail(fields["mail"])
        ordered = [self._summary(item) for item in reader.list(fields["summaries"], "summaries")]
        if ordered and "mail" not in fields:
            hint = "write mail: {server: smtps://…, sender: robot@…}"
            reader.error(fields.key("summaries"), "summaries need 'mail:'", "missing-key", hint)
        return AlertSettings(
            fields.span,
            tuple(one for one in told if one is not None),
            self._limits(fields["limits"]),
            mail,
            tuple(one for one in ordered if one is not None),
        )

    # --- who is told

    def _recipient(self, node: Node) -> Recipient | None:
        fields = self.reader.mapping(node, "an entry of tell", TELL, ("to",))
        if fields is None:
            return None
        name = self._name(fields["to"])
        causes = [self.reader.choice(one, "cause", KINDS, "") for one in self._several(fields["causes"])]
        bots = [self._bot(one) for one in self._several(fields["bots"])]
        return Recipient(
            name,
            frozenset(filter(None, causes)) if "causes" in fields else frozenset(KINDS),
            frozenset(bots) if "bots" in fields else None,
        )

    def _name(self, node: Node | None) -> str:
        """A name, never an address: that may hold a secret."""
        text = self.reader.text(node, "to")
        if node is None or not text or _NAME.fullmatch(text):
            return text
        if ":" in text or "@" in text:
            message = "an address may hold a secret, so it stands in the environment; here stands a name"
            hint = "write to: drift, and set ROBOTFABRIK_ALERT_DRIFT to the address"
        else:
            message = f"a name is made of letters a to z, digits, - and _: not '{text}'"
            hint = "write to: drift"
        self.reader.error(node.span, message, "bad-name", hint)
        return ""

    def _bot(self, node: Node | None) -> str:
        name = self.reader.text(node, "bot")
        if isinstance(node, ScalarNode) and name and self.bots and name not in self.bots:
            self.reader.unknown(node, "bot", self.bots, rule="unknown-bot")
        return name

    def _several(self, node: Node | None) -> tuple[Node, ...]:
        """One, or a list."""
        if isinstance(node, ScalarNode) and not node.empty:
            return (node,)
        return node.items if isinstance(node, ListNode) else self.reader.list(node, "this")

    # --- when

    def _limits(self, node: Node | None) -> AlertLimits:
        fields = self.reader.mapping(node, "limits", LIMITS)
        known = AlertLimits()
        if fields is None:
            return known
        return AlertLimits(
            self._time(fields["late"], "late", known.late),
            self._time(fields["expires"], "expires", known.expires),
            self._size(fields["disk"], known.disk),
            self._time(fields["remind"], "remind", known.remind),
        )

    def _time(self, node: Node | None, what: str, default: timedelta) -> timedelta:
        found: timedelta = self.reader.literal(node, DURATION, what, default)
        if node is not None and found < timedelta(minutes=1):
            self.reader.error(node.span, f"{what} is at least 1m", "wrong-value")
            return default
        return found

    def _size(self, node: Node | None, default: int) -> int:
        scalar = self.reader.scalar(node, "disk")
        if scalar is None:
            return default
        if (found := _SIZE.fullmatch(scalar.text.strip())) is None:
            message = f"disk must be a size with its unit, such as 2 GB or 500 MB, not '{scalar.text}'"
            self.reader.error(scalar.span, message, "wrong-type")
            return default
        return int(float(found[1].replace(",", ".")) * _UNITS[found[2].upper()])

    # --- mail

    def _mail(self, node: Node | None) -> MailServer | None:
        fields = self.reader.mapping(node, "mail", MAIL, ("server", "sender"))
        if fields is None:
            return None
        server = sound(self.reader, fields["server"], "server", _wrong_server)
        sender = sound(self.reader, fields["sender"], "sender", _wrong_mail_address)
        return MailServer(server, sender, self.reader.text(fields["credential"], "credential") or None)

    def _summary(self, node: Node) -> SummaryOrder | None:
        fields = self.reader.mapping(node, "a summary", SUMMARY, ("bot", "to"))
        if fields is None:
            return None
        to = [sound(self.reader, one, "to", _wrong_mail_address) for one in self._several(fields["to"])]
        return SummaryOrder(
            self._bot(fields["bot"]),
            tuple(dict.fromkeys(filter(None, to))),
            self.reader.choice(fields["every"], "every", EVERY, "job"),
            sound(self.reader, fields["link"], "link", _wrong_link),
        )


def _wrong_server(url: str) -> tuple[str, str] | None:
    if url.partition(":")[0] not in ("smtp", "smtps"):
        return "must begin with smtp:// or smtps://", "write server: smtps://host"
    if "@" in url:
        return "must hold no account", "write credential: NAME beside it"
    return wrong_service(url)


def _wrong_mail_address(text: str) -> tuple[str, str] | None:
    if _MAIL_ADDRESS.fullmatch(text):
        return None
    return "must be a mail address", "write name@example.org, one in each text"


def _wrong_link(url: str) -> tuple[str, str] | None:
    unknown = [name for name in _PLACE.findall(url) if name not in PLACES]
    if unknown:
        return f"knows no {{{unknown[0]}}}", f"write {' or '.join(f'{{{name}}}' for name in PLACES)}"
    if url.partition(":")[0] not in ("http", "https"):
        return "must begin with https://", "write link: https://…/{job}/report.html"
    if "@" in url.partition("://")[2].partition("/")[0]:
        return "must hold no account: it is mailed", "write the address without it"
    return wrong_address(_PLACE.sub("x", url))
