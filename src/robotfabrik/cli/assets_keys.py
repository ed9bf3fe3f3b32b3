"""`robotfabrik assets key` and `rotate`: the key that secrets in the store are encrypted with."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Any

from robotfabrik.cli.person import acting, add_by
from robotfabrik.vault import keys, sealing
from robotfabrik.wiring import Project

APART = "Keep a copy of it apart from the store and its backups: without it nobody can read the secrets."


def add(actions: Any) -> None:
    new = actions.add_parser(
        "key", help="make a key for the secrets in the store; an older one stays behind it"
    )
    where = new.add_mutually_exclusive_group()
    where.add_argument(
        "--file", type=Path, metavar="FILE", help=f"put it in this file; the one of {keys.FILE_VARIABLE}"
    )
    where.add_argument("--keyring", action="store_true", help="put it in this machine's keyring")
    new.set_defaults(run=make)
    again = actions.add_parser("rotate", help="encrypt all secrets in the store anew, with the newest key")
    add_by(again)
    again.set_defaults(run=rotate)


def make(given: argparse.Namespace) -> int:
    """A key in a file or the keyring; without either it is printed, for a safe of the organisation's own."""
    named = os.environ.get(keys.FILE_VARIABLE, "").strip()
    file = given.file or (Path(named) if named and not given.keyring else None)
    key = keys.make()
    if given.keyring:
        older = keys.put_in_keyring(key)
        print("A new key is in this machine's keyring.")
    elif file is not None:
        older = keys.put_in_file(file, key)
        print(f"A new key is in {file}.")
        if str(file) != named:
            print(f"Say {keys.FILE_VARIABLE}={file.resolve()} where robots run.")
    else:
        print(key)
        return 0
    print(APART)
    if older:
        print("The older one behind it still decrypts. Now: robotfabrik assets rotate")
    return 0


def rotate(given: argparse.Namespace) -> int:
    with Project(Path.cwd()).existing_store() as store:
        found = keys.needed(os.environ)
        number = store.rotate_assets(lambda asset: sealing.again(found, asset), acting(given))
    print(
        f"{number} asset{'s are' if number != 1 else ' is'} encrypted with the newest key of {found.source}."
    )
    if len(found.texts) > 1:
        print("The older keys are needed for older backups only; take them out when those are gone.")
    return 0
