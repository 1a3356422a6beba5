"""The installation's Ed25519 key: signs heads of the audit chain and passports.

The file holds the private key, and after it, where the key was changed, the public keys before it: what they signed
stays verifiable, and the old private keys are not needed for it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from approvals.audit import key_id_of, public_keys
from evidence.errors import InvalidInput
from store.key_files import make_once

_PRIVATE = re.compile(rb"-----BEGIN PRIVATE KEY-----.*?-----END PRIVATE KEY-----", re.DOTALL)
_PUBLIC = b"-----BEGIN PUBLIC KEY-----"


@dataclass(frozen=True)
class SigningKey:
    """The key that signs now, and the public keys that are trusted: its own and those before it."""

    _private: Ed25519PrivateKey
    earlier: dict[str, Ed25519PublicKey]

    @property
    def key_id(self) -> str:
        """SHA-256 of the raw public key, as 64 hex digits."""
        return key_id_of(self._private.public_key())

    @property
    def trusted(self) -> dict[str, Ed25519PublicKey]:
        """Public keys by key id: this one and those before it."""
        return {**self.earlier, self.key_id: self._private.public_key()}

    def public_pem(self) -> str:
        """The public key as PEM, to be given to whoever verifies."""
        return self._private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    def sign(self, message: bytes) -> str:
        """The signature of these bytes, as 128 hex digits."""
        return self._private.sign(message).hex()


def load_or_create_signing_key(path: Path) -> SigningKey:
    """Read the installation's signing key from ``path``, making it with mode 0600 where there is none.

    Raises:
        InvalidInput: others can read the file, it holds no such key, or it cannot be read or made.
    """
    try:
        if not path.exists():
            make_once(path, _new_key())
        return load_signing_key(path)
    except OSError as error:
        raise InvalidInput(
            f"The signing key cannot be read or made: {error.strerror}.",
            where=str(path),
            todo="Check the folder's permissions, or name another file in CONDUCTOR_SIGNING_KEY_FILE.",
        ) from error


def load_signing_key(path: Path) -> SigningKey:
    """Read a signing key that is there.

    Raises:
        InvalidInput: others can read the file, or it holds no such key.
        OSError: it is not there or cannot be read.
    """
    mode = path.stat().st_mode & 0o777
    if mode & 0o077:
        raise InvalidInput(
            f"The signing key can be read by others on this machine (mode {mode:o}), so its signatures prove nothing.",
            where=str(path),
            todo=f"chmod 600 {path}; if somebody may have copied it, make a new key (docs/security.md).",
        )
    text = path.read_bytes()
    blocks = _PRIVATE.findall(text)
    try:
        key = load_pem_private_key(blocks[0], password=None) if len(blocks) == 1 else None
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise InvalidInput(
            "The signing key file does not hold one Ed25519 private key in PEM form.",
            where=str(path),
            todo="Restore it from your backup; without one, move it away and a new key is made (docs/security.md).",
        )
    return SigningKey(key, public_keys(text, str(path)) if _PUBLIC in text else {})


def read_public_keys(path: Path) -> dict[str, Ed25519PublicKey]:
    """The public keys in a PEM file, by key id.

    Raises:
        InvalidInput: it cannot be read or holds none.
    """
    try:
        return public_keys(path.read_bytes(), str(path))
    except OSError as error:
        raise InvalidInput(
            f"The public key cannot be read: {error.strerror}.", where=str(path), todo="Check the name."
        ) from error


def _new_key() -> bytes:
    return Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
