"""What `run` says when a bot in production is not what was deployed, word for word.

ROBOTFABRIK_UPDATE_GOLDEN=1 writes the texts anew; read what changed before it is committed.
"""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import pytest

from robotfabrik.deployment.gate import NotDeployed, require_deployed
from robotfabrik.model.deployment import Decision, Release
from robotfabrik.parsing.diagnostics import Collector
from robotfabrik.parsing.loader import Loader
from robotfabrik.store import MemoryStore

HERE = Path(__file__).parent / "deployment"
ROOT = Path(__file__).parents[2]
DAY = date(2022, 11, 1)


def refusal(now: Release, deployed: Release | None, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(ROOT)
    loader = Loader(Collector().report)
    found = loader.bot(ROOT / "bots" / "folkbokforing.yaml")
    assert found is not None
    bot, process, _ = found
    store = MemoryStore()
    if deployed is not None:
        taken = Decision(
            bot.id, "driftsatt", "Karin Frank", "enhetschef", DAY, "Beslut", "", deployed.hash, "1.0.0"
        )
        store.record_decision(taken, deployed)
    with pytest.raises(NotDeployed) as refused:
        require_deployed(store, bot, process, now)
    return f"{refused.value}\n"


BOT = "bot: 1\nid: folkbokforing\npdd: ../pdd/folkbokforing.yaml\nworkers: 4\n"
PDD = """\
texts:
  anteckning:
    text:
      -
        - Förändringar i KIR har skett sedan {senast} gällande {ändringar}.
        - Antalet skrivna på adressen är {antal}.
      -
        - Säkerställ att personuppgifter är uppdaterade i personbilden.
"""
DEPLOYED = Release({"bots/folkbokforing.yaml": BOT, "pdd/folkbokforing.yaml": PDD})


@pytest.mark.parametrize("name", ["never", "changed", "options"])
def test_the_refusal(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    changed = {"uppdaterade": "riktiga", "        - Antalet skrivna på adressen är {antal}.\n": ""}
    pdd = PDD
    for old, new in changed.items():
        pdd = pdd.replace(old, new)
    now = {
        "never": DEPLOYED,
        "changed": Release({
            "bots/folkbokforing.yaml": BOT.replace("4", "2"), "pdd/folkbokforing.yaml": pdd,
            "pdd/räkna.py": "def två() -> int:\n    return 2\n",
        }),
        "options": Release(DEPLOYED.files, {"--set first_check": "2022-05-01 → 2022-06-01"}),
    }  # fmt: skip
    said = refusal(now[name], None if name == "never" else DEPLOYED, monkeypatch)
    expected = HERE / f"{name}.txt"
    if os.environ.get("ROBOTFABRIK_UPDATE_GOLDEN") == "1":
        expected.write_text(said, encoding="utf-8")
    assert said == expected.read_text(encoding="utf-8")
