"""Bots."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any

from robotfabrik.model.errors import Diagnostic
from robotfabrik.model.process import (
    EVIDENCE_DAYS,
    Bot,
    BotApplication,
    BotService,
    Process,
    Retention,
)
from robotfabrik.model.source import Word
from robotfabrik.model.statistics import CostModel
from robotfabrik.model.types import DATE, MONEY, NUMBER, PERCENT, Type
from robotfabrik.model.work import DEFAULT_POOL
from robotfabrik.parsing.addresses import application, service, sound
from robotfabrik.parsing.nodes import Entry, Node
from robotfabrik.parsing.process import setting_value
from robotfabrik.parsing.reader import Reader

KEYS = (
    "bot",
    "id",
    "pdd",
    "mode",
    "environment",
    "date",
    "dataset",
    "workers",
    "pool",
    "requires",
    "applications",
    "services",
    "config",
    "credentials",
    "secrets",
    "folders",
    "limits",
    "retention",
    "statistics",
    "profile",
)

RETENTION = ("evidence", "runs", "items", "audit")
LIMITS = ("flagged_share", "after", "max_consecutive_failures")
STATISTICS = ("manual_minutes", "hourly_cost", "robot_cost_month")


class BotBuilder:
    """Builds a bot from its tree."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader

    def build(self, node: Node) -> tuple[Bot, tuple[Entry, ...]] | None:
        """The bot, and its `config:` entries as written: their types are the PDD's."""
        reader = self.reader
        fields = reader.mapping(node, "a bot", KEYS, ("bot", "id", "pdd", "applications"))
        if fields is None:
            return None
        reader.version(fields["bot"], "bot")
        if "profile" in fields:
            message = "profile: is not in force yet: nothing reads it"
            reader.report(Diagnostic(fields.key("profile"), message, "not-in-force", severity="warning"))
        bot = Bot(
            id=reader.text(fields["id"], "id", "bot"),
            span=fields.span,
            pdd=reader.text(fields["pdd"], "pdd", ""),
            mode=reader.choice(fields["mode"], "mode", ("rehearsal", "live"), "rehearsal"),
            environment=reader.choice(
                fields["environment"], "environment", ("test", "production"), "production"
            ),
            workers=reader.integer(fields["workers"], "workers", 1, minimum=1),
            dataset=sound(reader, fields["dataset"], "dataset", wrong_dataset, "default"),
            applications=self._applications(fields["applications"]),
            config={},
            limits=self._limits(fields["limits"]),
            services=self._services(fields["services"]),
            credentials=self._names(fields["credentials"], "a credential"),
            secrets=self._names(fields["secrets"], "a secret"),
            folders=self._folders(fields["folders"]),
            retention=self._retention(fields["retention"]),
            pool=sound(reader, fields["pool"], "pool", wrong_pool, DEFAULT_POOL),
            requires=self._requires(fields["requires"]),
            statistics=self._statistics(fields["statistics"]),
            day=reader.literal(fields["date"], DATE, "date") if "date" in fields else None,
        )
        if bot.day is not None and bot.environment == "production":
            message = "in production the day is today: only what robots are tried on has one of its own"
            reader.error(fields.key("date"), message, "wrong-value", "leave date: out")
        return bot, self._config(fields["config"])

    def _applications(self, node: Node | None) -> dict[str, BotApplication]:
        found = self.reader.map(node, "applications")
        applications: dict[str, BotApplication] = {}
        for entry in found.entries if found else ():
            key = entry.key
            applications[Word(key.text, key.span)] = application(self.reader, entry.value, key.text)
        return applications

    def _services(self, node: Node | None) -> dict[str, BotService]:
        found = self.reader.map(node, "services")
        services: dict[str, BotService] = {}
        for entry in found.entries if found else ():
            key = entry.key
            if (built := service(self.reader, entry.value, key.text)) is not None:
                services[Word(key.text, key.span)] = built
        return services

    def _config(self, node: Node | None) -> tuple[Entry, ...]:
        found = self.reader.map(node, "config")
        return found.entries if found else ()

    def _names(self, node: Node | None, what: str) -> tuple[str, ...]:
        items = self.reader.list(node, f"{what.removeprefix('a ')}s")
        return tuple(name for item in items if (name := self.reader.text(item, what)))

    def _requires(self, node: Node | None) -> tuple[str, ...]:
        items = self.reader.list(node, "requires")
        return tuple(sorted({str(sound(self.reader, one, "what it requires", wrong_pool)) for one in items}))

    def _folders(self, node: Node | None) -> tuple[str, ...]:
        """Whole paths: what a bot grants must not depend on where it is started."""
        found = []
        for item in self.reader.list(node, "folders"):
            text = self.reader.text(item, "a folder")
            kinds = (PurePosixPath(text), PureWindowsPath(text))
            whole = [path for path in kinds if path.is_absolute()]
            if text and not whole and text.partition("/")[0] != "~":
                message = f"a granted folder is a whole path, not '{text}'"
                hint = "write /path/of/the/folder, or ~/folder; the job's own folder needs no grant"
                self.reader.error(item.span, message, "wrong-value", hint)
            elif any(path == path.parent for path in whole):
                self.reader.error(item.span, "this grants every file of the machine", "wrong-value")
            elif text:
                found.append(text)
        return tuple(found)

    def _limits(self, node: Node | None) -> dict[str, Any]:
        fields = self.reader.mapping(node, "limits", LIMITS)
        if fields is None:
            return {}
        reader = self.reader
        limits: dict[str, Any] = {
            name: reader.integer(fields[name], name, 1, minimum=1)
            for name in ("after", "max_consecutive_failures")
            if name in fields
        }
        node = fields["flagged_share"]
        share = reader.literal(node, PERCENT, "flagged_share")
        if share is not None and 0 < share < 1:
            limits["flagged_share"] = share
        elif share is not None and node is not None:
            reader.error(node.span, "flagged_share must lie between 0 % and 100 %", "wrong-value")
        if node is None and "after" in fields:
            message = "after: says nothing without flagged_share:"
            reader.error(fields.key("after"), message, "missing-key", "write flagged_share: 20 %")
        return limits

    def _retention(self, node: Node | None) -> Retention:
        fields = self.reader.mapping(node, "retention", RETENTION)
        if fields is None:
            return Retention()
        days = {name: self._days(fields[name], name) for name in RETENTION if name in fields}
        kept = Retention(**{name: number for name, number in days.items() if number is not None})
        evidence = fields["evidence"]
        if evidence is not None and kept.evidence > EVIDENCE_DAYS:
            message = f"evidence is kept for {EVIDENCE_DAYS} days at most"
            self.reader.error(evidence.span, message, "wrong-value", f"write evidence: {EVIDENCE_DAYS}d")
        return kept

    def _statistics(self, node: Node | None) -> CostModel | None:
        fields = self.reader.mapping(node, "statistics", STATISTICS, ("manual_minutes",))
        if fields is None or "manual_minutes" not in fields:
            return None
        if "robot_cost_month" in fields and "hourly_cost" not in fields:
            message = "robot_cost_month: is compared with nothing without hourly_cost:"
            hint = "write hourly_cost: 450 kr"
            self.reader.error(fields.key("robot_cost_month"), message, "missing-key", hint)
        minutes = self._amount(fields["manual_minutes"], NUMBER, "manual_minutes")
        hourly = self._amount(fields["hourly_cost"], MONEY, "hourly_cost")
        monthly = self._amount(fields["robot_cost_month"], MONEY, "robot_cost_month")
        return None if minutes is None else CostModel(minutes, hourly, monthly)

    def _amount(self, node: Node | None, type_: Type, name: str) -> Decimal | None:
        amount = self.reader.literal(node, type_, name)
        if amount is None or node is None:
            return None
        if amount <= 0:
            self.reader.error(node.span, f"{name} must be more than 0", "wrong-value")
            return None
        return Decimal(amount)

    def _days(self, node: Node | None, name: str) -> int | None:
        scalar = self.reader.scalar(node, name)
        if scalar is None:
            return None
        found = re.fullmatch(r"([1-9]\d{0,4})\s*d", scalar.text)
        if found is None:
            number = re.fullmatch(r"([1-9]\d{0,4})\s*(d\w*)?", scalar.text)  # 90, 90 days, 90 dagar
            hint = f"write {name}: {number[1] if number else 30}d"
            self.reader.error(scalar.span, f"{name} is kept for whole days, such as 30d", "wrong-value", hint)
            return None
        return int(found[1])


def wrong_pool(name: str) -> tuple[str, str] | None:
    """Pools and requirements are named on the command line of the machines that serve them."""
    if re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,39}", name):
        return None
    plain = re.sub(r"[^a-z0-9_-]+", "-", name.strip().lower()).strip("-_")[:40]
    hint = f"write {plain}" if plain else "write a name such as procapita"
    return f"must be a name of small letters a to z, digits, - and _, not '{name}'", hint


def wrong_dataset(name: str) -> tuple[str, str] | None:
    """A data set's name is a part of every reference and effect key, whose parts stand between slashes."""
    if not name.strip():
        return "is empty", "write dataset: default"
    parts = [part for part in re.split(r"[/\\]", name) if part]
    if parts != [name]:
        return "is a name, not a path", f"write dataset: {parts[-1]}" if parts else "write dataset: default"
    return None


def settings(reader: Reader, process: Process, written: tuple[Entry, ...]) -> dict[str, Any]:
    """The PDD's config with the bot's values over it."""
    values = {setting.name: setting.value for setting in process.config.values()}
    return {**values, **given_settings(reader, process, written)}


def given_settings(reader: Reader, process: Process, written: tuple[Entry, ...]) -> dict[str, Any]:
    """The values that are given for the PDD's config, each of its type."""
    values = {}
    for entry in written:
        name = entry.key.text
        setting = process.config.get(name)
        if setting is None:
            reader.unknown(entry.key, "config of the PDD", process.config, rule="unknown-config")
        elif setting.locked:
            message = f"config '{name}' is locked by the PDD"
            reader.error(entry.key.span, message, "locked-config", "remove it; the PDD's value holds")
        else:
            values[name] = setting_value(reader, entry.value, setting.type, name)
    return values
