"""Where an account or a secret comes from: the environment first, then what is set among the assets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from robotfabrik.model.assets import Asset, AssetType
from robotfabrik.model.errors import UsageError
from robotfabrik.model.values import Secret
from robotfabrik.model.work import Space
from robotfabrik.vault import kept
from robotfabrik.vault.accounts import Pool, written

CREDENTIAL_VARIABLE: Final = "ROBOTFABRIK_CREDENTIAL_"
SECRET_VARIABLE: Final = "ROBOTFABRIK_SECRET_"


@dataclass(frozen=True, slots=True)
class Source:
    """Where something was found, for people: never what it is."""

    where: str
    accounts: int  # 0 for a secret
    expires: date | None = None


class Vault:
    """Gives a bot's accounts and secrets. `asset` gives what the store has under a name, if anything."""

    def __init__(
        self, environment: Mapping[str, str], space: Space, asset: Callable[[str], Asset | None]
    ) -> None:
        self._environment, self._space, self._asset = environment, space, asset

    def credential(self, name: str) -> Pool:
        """The accounts of a credential; UsageError when there are none, or when they cannot be read."""
        return self._credential(name)[0]

    def secret(self, name: str) -> Secret:
        """A secret; UsageError when there is none, or when it cannot be read."""
        return self._secret(name)[0]

    def source(self, name: str, type: AssetType) -> Source:
        """Where something comes from, which is read to the end; UsageError as above."""
        if type == "secret":
            _, where, expires = self._secret(name)
            return Source(where, 0, expires)
        accounts, where, expires = self._credential(name)
        return Source(where, len(accounts), expires)

    def _credential(self, name: str) -> tuple[Pool, str, date | None]:
        variable = variable_of(name, "credential")
        if text := self._environment.get(variable, "").strip():
            accounts = written(text.split(";"), variable)
            if not accounts:
                raise UsageError(f"no account in {variable}: set it to user:password (several: a:x;b:y)")
            return accounts, variable, None
        asset = self._kept(name, "credential", f"set {variable} to user:password (several: a:x;b:y)")
        content = kept.content(asset, self._environment)
        if isinstance(content, Secret) or not content:
            raise UsageError(f"the asset '{name}' holds no account: set it again")
        return content, _place(asset), asset.expires

    def _secret(self, name: str) -> tuple[Secret, str, date | None]:
        variable = variable_of(name, "secret")
        if text := self._environment.get(variable, ""):
            return Secret(text), variable, None
        asset = self._kept(name, "secret", f"set {variable}")
        content = kept.content(asset, self._environment)
        if not isinstance(content, Secret):
            raise UsageError(f"the asset '{name}' holds no secret: set it again")
        return content, _place(asset), asset.expires

    def _kept(self, name: str, type: AssetType, otherwise: str) -> Asset:
        asset = self._asset(name)
        if asset is None:
            where = f"--environment {self._space.environment} --dataset {self._space.dataset}"
            command = f"robotfabrik assets set {name} --type {type} {where}"
            raise UsageError(f"the {type} '{name}' is missing: {otherwise}, or {command}")
        if asset.type != type:
            raise UsageError(f"the asset '{name}' is of type {asset.type}, not {type}")
        return asset


def variable_of(name: str, type: AssetType) -> str:
    """The environment variable of a credential or a secret."""
    prefix = SECRET_VARIABLE if type == "secret" else CREDENTIAL_VARIABLE
    return prefix + name.upper().replace("-", "_")


def _place(asset: Asset) -> str:
    return f"the {'keyring' if asset.in_keyring else 'store'}{asset.key.owner}"
