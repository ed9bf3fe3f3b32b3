"""Accounts and secrets: from the environment, the machine's keyring, or encrypted in the store."""

from robotfabrik.vault.vault import Source, Vault

__all__ = ["Source", "Vault"]
