"""The contents of secret assets: encrypted in the store, or in the keyring of the machine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from robotfabrik.model.assets import Asset
from robotfabrik.model.errors import UsageError
from robotfabrik.model.values import Secret
from robotfabrik.vault import keys, os_keyring, sealing
from robotfabrik.vault.accounts import Pool, packed, unpacked


def content(asset: Asset, environment: Mapping[str, str]) -> Pool | Secret:
    """What a secret asset holds; UsageError when it cannot be read here."""
    if not asset.in_keyring:
        return sealing.opened(keys.needed(environment), asset)
    text = os_keyring.read(str(asset.key))
    if text is None:
        message = f"the asset '{asset.key.name}' lies in a keyring, and this machine's does not have it"
        raise UsageError(f"{message}: set it here too, or with --into store")
    try:
        return unpacked(text)
    except (ValueError, TypeError):
        message = f"what the keyring holds for the asset '{asset.key.name}' cannot be read"
        raise UsageError(f"{message}: set it again") from None


def with_content(
    asset: Asset, content: Pool | Secret, environment: Mapping[str, str], *, keyring: bool
) -> Asset:
    """The asset as the store is to have it, with its content put where it shall lie."""
    if keyring:
        os_keyring.write(str(asset.key), packed(content))
        return replace(asset, token=None)
    return replace(asset, token=sealing.sealed(keys.needed(environment), asset.key, content))
