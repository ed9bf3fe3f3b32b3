"""alerts.yaml: what is read from it, and where it is checked. Slips: tests/golden/definitions/alerts.yaml."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from robotfabrik.cli.main import main
from robotfabrik.model.alerts import KINDS, AlertLimits, AlertSettings, MailServer, Recipient, SummaryOrder
from robotfabrik.model.errors import Diagnostic
from robotfabrik.parsing.loader import Loader
from robotfabrik.watching import settings_of
from robotfabrik.wiring import Project
from tests.unit.test_run_command import project

__all__ = ["project"]

WHOLE = """\
alerts: 1
tell:
  - to: drift
  - {to: enhet-1, causes: [held, breaker], bots: small}
limits: {late: 30m, expires: 30d, disk: "1,5 GB", remind: 8h}
mail: {server: "smtp://post.example.org:587", credential: robot-post, sender: robot@example.org}
summaries:
  - {bot: small, to: enhet@example.org}
  - {bot: small, to: [a@example.org, b@example.org], every: month, link: "https://x.example.org/{bot}/{job}"}
"""


def read(text: str) -> tuple[AlertSettings, list[str]]:
    Path("alerts.yaml").write_text(text, encoding="utf-8")
    found: list[Diagnostic] = []
    settings = Loader(found.append).alerts(Path("alerts.yaml"))
    assert settings is not None
    return settings, [f"{one.span.line}: {one.message}" for one in found]


def test_everything_is_read(project: Path) -> None:
    settings, problems = read(WHOLE)
    assert problems == []
    assert settings.recipients == (
        Recipient("drift", frozenset(KINDS), None),
        Recipient("enhet-1", frozenset({"held", "breaker"}), frozenset({"small"})),
    )
    half, month = timedelta(minutes=30), timedelta(days=30)
    assert settings.limits == AlertLimits(half, month, 1_500_000_000, timedelta(hours=8))
    assert settings.mail == MailServer("smtp://post.example.org:587", "robot@example.org", "robot-post")
    assert settings.summaries[0] == SummaryOrder("small", ("enhet@example.org",))
    assert settings.summaries[1].every == "month"


def test_nothing_has_to_be_said(project: Path) -> None:
    settings, problems = read("alerts: 1\n")
    assert problems == []
    assert (settings.recipients, settings.limits, settings.summaries) == ((), AlertLimits(), ())


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("tell: [{to: drift, bots: smal}]", "unknown bot: 'smal'"),
        ("summaries: [{bot: smal, to: a@example.org}]", "unknown bot: 'smal'"),
        ("summaries: [{bot: small, to: a@example.org}]", "summaries need 'mail:'"),
        ("mail: {server: 'smtp://robot:hemligt@host', sender: a@example.org}", "must hold no account"),
        ("tell: [{to: 'tgram://123:hemligt/456'}]", "an address may hold a secret"),
        ("tell: [{to: eva@example.org}]", "an address may hold a secret"),
    ],
)
def test_slips_that_need_the_project(project: Path, text: str, says: str) -> None:
    _, problems = read(f"alerts: 1\n{text}\n")
    assert len([problem for problem in problems if says in problem]) == 1, problems


def test_check_reads_it_by_itself(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "alerts.yaml").write_text("alets: 1\ntell: [{to: drift}]\n", encoding="utf-8")
    assert main(["check"]) == 1
    assert "alerts.yaml:1:1: error: unknown key in alerts: 'alets'" in capsys.readouterr().out


def test_a_project_without_one_tells_nobody(project: Path) -> None:
    assert settings_of(Project(project)) is None
