"""Rollback: an earlier release's files back into the project's folder, with copies of what was there."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

from robotfabrik.deployment.steps import described, in_force, withdrawal
from robotfabrik.model.deployment import Decision, Register, Release, canonical
from robotfabrik.model.errors import UsageError


def chosen(decisions: Sequence[Decision], wanted: str | None) -> Decision:
    """The decision whose release is to be taken back: by its first digits, else that of the one before."""
    now = in_force(decisions)
    if now is None and withdrawal(decisions) is not None:
        raise UsageError("the bot is withdrawn: sign driftsatt to take it into operation again")
    if now is None:
        raise UsageError("nothing has been deployed yet, so there is nothing to take back")
    known: dict[str, Decision] = {}  # in the order of their first deployment, with the latest decision
    for decision in decisions:
        if decision.step == "driftsatt" and not decision.withdrawn:
            known[decision.release] = decision
    if wanted is None:
        earlier = list(known)[: list(known).index(now.release)]
        found = earlier[-1:]
    else:
        found = [hash for hash in known if len(wanted) >= 4 and hash.startswith(wanted.casefold())]
    if len(found) != 1:
        problem = "there is no earlier release" if wanted is None else f"--to {wanted} is none of them"
        there = "\n".join(f"  {described(decision)}" for decision in known.values())
        raise UsageError(f"{problem}: say --to with the first digits of one that has been deployed:\n{there}")
    return known[found[0]]


def changed(root: Path, release: Release) -> list[str]:
    """The files that are not as in the release."""
    return [path for path, text in release.files.items() if read(root / path) != text]


def read(path: Path) -> str | None:
    """A file's text as it counts; none when there is none."""
    try:
        return canonical(path.read_bytes().decode("utf-8-sig"))
    except (FileNotFoundError, UnicodeDecodeError):
        return None


def stopped(register: Register, bot: str, root: Path, paths: Iterable[str]) -> list[str]:
    """Other bots that are deployed with these files as they are now: their live runs would end."""
    decisions = register.decisions()
    there = {path: read(root / path) for path in paths}
    found = []
    for other in sorted({d.bot for d in decisions if d.bot != bot}):
        taken = in_force([d for d in decisions if d.bot == other])
        release = None if taken is None else register.kept_release(taken.release)
        files = {} if release is None else release.files
        if any(path in files and files[path] == text for path, text in there.items()):
            found.append(other)
    return found


def put_back(root: Path, release: Release, paths: Sequence[str], copies: Path) -> None:
    """Write the release's files over those in the folder, which are copied first. All are ready before any
    is replaced, so that a full disk or a folder that is read-only changes nothing."""
    new = {root / path: _beside(root / path) for path in paths}
    try:
        for path in paths:
            there, copy = root / path, copies / path.replace("../", "__/")
            copy.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            there.parent.mkdir(parents=True, exist_ok=True)
            if there.exists():
                shutil.copy2(there, copy)
                shutil.copy2(there, new[there])  # its rights
            new[there].write_bytes(release.files[path].encode())
        for there, beside in new.items():
            os.replace(beside, there)
    finally:
        for beside in new.values():
            beside.unlink(missing_ok=True)


def _beside(path: Path) -> Path:
    return path.with_name(f".{path.name}.{os.getpid()}")
