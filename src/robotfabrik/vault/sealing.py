"""A secret asset's content, encrypted: only with the key, and only as the asset that it was made for."""

from __future__ import annotations

import json

from robotfabrik.model.assets import Asset, AssetKey
from robotfabrik.model.errors import UsageError
from robotfabrik.model.values import Secret
from robotfabrik.vault.accounts import Pool, packed, unpacked
from robotfabrik.vault.keys import Keys


def sealed(keys: Keys, key: AssetKey, content: Pool | Secret) -> str:
    """A token for the store. Equal contents give different ones."""
    return keys.fernet().encrypt(json.dumps([str(key), packed(content)]).encode()).decode()


def opened(keys: Keys, asset: Asset) -> Pool | Secret:
    """What a token says; UsageError when no key fits, or when it was made for another asset.

    Whoever may write in the store can move a token, but not make one asset's account another's.
    """
    made_for, content = json.loads(_decrypted(keys, asset))
    if made_for != str(asset.key):
        message = f"what the store holds for the asset '{asset.key.name}' was made for another one"
        raise UsageError(f"{message}: set it again")
    return unpacked(content)


def again(keys: Keys, asset: Asset) -> str:
    """The same content, encrypted with the newest key."""
    return sealed(keys, asset.key, opened(keys, asset))


def is_newest(keys: Keys, asset: Asset) -> bool:
    """Is a token made with the first of the keys?"""
    try:
        _decrypted(keys, asset, newest_only=True)
    except UsageError:
        return False
    return True


def _decrypted(keys: Keys, asset: Asset, *, newest_only: bool = False) -> bytes:
    from cryptography.fernet import InvalidToken

    try:
        return keys.fernet(newest_only=newest_only).decrypt((asset.token or "").encode())
    except InvalidToken:
        raise UsageError(
            f"the asset '{asset.key.name}' was encrypted with another key than {keys.source} holds:"
            " bring that key back, or set the asset again"
        ) from None
