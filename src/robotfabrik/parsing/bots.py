"""Bots and the schedule."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

from robotfabrik.model.process import Bot, BotApplication, Process
from robotfabrik.parsing.nodes import MapNode, Node, ScalarNode
from robotfabrik.parsing.process import setting_value
from robotfabrik.parsing.reader import Reader

KEYS = ("bot", "id", "pdd", "mode", "environment", "dataset", "workers", "applications", "config", "limits", "profile")


class BotBuilder:
    """Builds a bot from its tree."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader

    def build(self, node: Node) -> tuple[Bot, Mapping[str, ScalarNode]] | None:
        """The bot, and its `config:` entries as written: their types are the PDD's."""
        reader = self.reader
        fields = reader.mapping(node, "a bot", KEYS, ("bot", "id", "pdd", "applications"))
        if fields is None:
            return None
        bot = Bot(
            id=reader.text(fields["id"], "id", "bot"),
            span=fields.span,
            pdd=reader.text(fields["pdd"], "pdd", ""),
            mode=reader.choice(fields["mode"], "mode", ("rehearsal", "live"), "rehearsal"),
            environment=reader.choice(fields["environment"], "environment", ("test", "production"), "production"),
            workers=reader.integer(fields["workers"], "workers", 1, minimum=1),
            dataset=reader.text(fields["dataset"], "dataset") if "dataset" in fields else "default",
            applications=self._applications(fields["applications"]),
            config={},
            limits=self._limits(fields["limits"]),
        )
        return bot, self._config(fields["config"])

    def _applications(self, node: Node | None) -> dict[str, BotApplication]:
        found = self.reader.map(node, "applications") if node is not None else None
        applications: dict[str, BotApplication] = {}
        for entry in found.entries if found else ():
            keys = ("url", "credential")
            fields = self.reader.mapping(entry.value, f"application {entry.key.text}", keys, keys)
            if fields is not None:
                url, credential = self.reader.text(fields["url"], "url"), self.reader.text(fields["credential"], "credential")
                applications[entry.key.text] = BotApplication(url, credential)
        return applications

    def _config(self, node: Node | None) -> dict[str, ScalarNode]:
        found = self.reader.map(node, "config") if node is not None else None
        return {e.key.text: e.value for e in found.entries if isinstance(e.value, ScalarNode)} if found else {}

    def _limits(self, node: Node | None) -> dict[str, Any]:
        fields = self.reader.mapping(node, "limits", ("flagged_share", "after", "max_consecutive_failures")) if node is not None else None
        return {e.key.text: self.reader.text(e.value, e.key.text) for e in fields.node.entries} if fields else {}


def settings(reader: Reader, process: Process, written: Mapping[str, ScalarNode]) -> dict[str, Any]:
    """The PDD's config with the bot's values over it."""
    values = {setting.name: setting.value for setting in process.config.values()}
    for name, node in written.items():
        setting = process.config.get(name)
        if setting is None:
            reader.error(node.span, f"the PDD has no config '{name}'", "unknown-config",
                         f"Known: {', '.join(process.config)}." if process.config else None)  # fmt: skip
        elif setting.locked:
            reader.error(node.span, f"config '{name}' is locked by the PDD", "locked-config")
        else:
            values[name] = setting_value(reader, node, setting.type, name)
    return values


def schedule(reader: Reader, node: Node | None) -> None:
    """Check schedule.yaml's outline; triggers come with the scheduler."""
    if node is not None and not (isinstance(node, MapNode) and not node.entries):
        fields = reader.mapping(node, "a schedule", ("schedule", "time_zone", "calendars", "triggers"), ("schedule",))
        if fields is not None:
            reader.list(fields["triggers"], "triggers")


def pdd_path(bot_file: str, pdd: str) -> str:
    """Where a bot's PDD lies, beside the bot's file."""
    return str(PurePath(bot_file).parent / pdd)
