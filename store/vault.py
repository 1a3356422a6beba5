"""Encryption of personal text: one data key per person, wrapped by the installation's key.

AES-256-GCM with associated data ``table|column|row|person|key version``, so that a sealed value cannot be moved to
another place and still open. Sealed bytes are 1 byte key version, 12 bytes nonce, and the ciphertext with its tag.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from evidence.errors import InvalidInput, Unavailable
from store.key_files import make_once
from store.types import Sealed

KEY_BYTES = 32
_NONCE = 12


def load_or_create_key(path: Path) -> bytes:
    """Read the installation's key (64 hex digits) from ``path``, making it with mode 0600 where there is none.

    Raises:
        InvalidInput: the file is there and holds no such key.
    """
    if not path.exists():
        make_once(path, f"{secrets.token_hex(KEY_BYTES)}\n".encode())
    try:
        key = bytes.fromhex(path.read_text().strip())
    except (ValueError, UnicodeDecodeError) as error:
        raise InvalidInput(
            "The key file does not hold 64 hex digits.", where=str(path), todo="Restore it from your backup."
        ) from error
    if len(key) != KEY_BYTES:
        raise InvalidInput(
            "The key file does not hold 64 hex digits.", where=str(path), todo="Restore it from your backup."
        )
    return key


class Vault:
    """Wraps data keys, and seals and opens text with them."""

    def __init__(self, master_key: bytes) -> None:
        self._master = AESGCM(master_key)

    def new_data_key(self, person_id: str, version: int = 1) -> Sealed:
        """A fresh data key, wrapped for storing."""
        nonce = os.urandom(_NONCE)
        return Sealed(
            nonce + self._master.encrypt(nonce, AESGCM.generate_key(256), f"data_keys|{person_id}|{version}".encode())
        )

    def unwrap(self, wrapped: bytes, person_id: str, version: int = 1) -> bytes:
        """The data key itself.

        Raises:
            Unavailable: this installation's key is not the one it was wrapped with.
        """
        try:
            return self._master.decrypt(wrapped[:_NONCE], wrapped[_NONCE:], f"data_keys|{person_id}|{version}".encode())
        except InvalidTag as error:
            raise Unavailable(
                "Personal data cannot be opened: the installation's key is not the one it was stored with.",
                todo="Put the right key file back; `conductor doctor` shows which file is read.",
            ) from error

    @staticmethod
    def seal(key: bytes, text: str, *, table: str, column: str, row: str, person_id: str, version: int = 1) -> Sealed:
        """Encrypt ``text`` for exactly this place."""
        nonce = os.urandom(_NONCE)
        place = f"{table}|{column}|{row}|{person_id}|{version}".encode()
        return Sealed(bytes([version]) + nonce + AESGCM(key).encrypt(nonce, text.encode(), place))

    @staticmethod
    def open(key: bytes, sealed: bytes, *, table: str, column: str, row: str, person_id: str) -> str:
        """Decrypt what was sealed for exactly this place.

        Raises:
            Unavailable: it was altered, moved, or sealed with another key.
        """
        version, nonce, body = sealed[0], sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :]
        try:
            return AESGCM(key).decrypt(nonce, body, f"{table}|{column}|{row}|{person_id}|{version}".encode()).decode()
        except InvalidTag as error:
            raise Unavailable(
                "A stored personal text cannot be opened; it was altered or moved.", todo="Restore it from a backup."
            ) from error
