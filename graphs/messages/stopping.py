"""The link that ends a person's e-mails without a login: it can do that and nothing else."""

from __future__ import annotations

import base64
import hmac
from hashlib import sha256

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from evidence.errors import NotFound
from store.purpose import Purpose
from store.unit_of_work import Store

_INFO = b"conductor/stop messages/1"


class Stops:
    """Makes and knows the tokens in such links.

    A token names a person by their opaque id and is signed, together with their address, under a key that is derived
    from the installation's: it ends to work when the address changes, and no earlier, because old e-mails are kept.
    """

    def __init__(self, installation_key: bytes) -> None:
        self._key = HKDF(algorithm=SHA256(), length=32, salt=None, info=_INFO).derive(installation_key)

    def token(self, person_id: str, email: str) -> str:
        """The token of a person at an address."""
        signed = hmac.digest(self._key, f"{person_id}|{email}".encode(), sha256)
        return f"{person_id}.{base64.urlsafe_b64encode(signed[:24]).decode()}"

    async def known(self, store: Store, token: str) -> str:
        """Whose token it is.

        Raises:
            NotFound: nobody's, or that of an address they do not have any more.
        """
        person_id = token.partition(".")[0]
        async with store.read() as work:
            found = await work.messages.settings(person_id[:36], purpose=Purpose.MESSAGES)
        email = "" if found is None else found.email
        if not (hmac.compare_digest(self.token(person_id, email).encode(), token.encode()) and email):
            raise NotFound(
                "This link does not belong to an address that we write to.",
                todo="Log in and choose at your notices what you are told by e-mail.",
            )
        return person_id

    async def stop(self, store: Store, token: str) -> None:
        """Send no more e-mails to whoever's token it is; doing it again changes nothing.

        Raises:
            NotFound: see ``known``.
        """
        person_id = await self.known(store, token)
        async with store.write() as work:
            found = await work.messages.settings(person_id, purpose=Purpose.MESSAGES, lock=True)
            if found is not None and found.by_mail != "none":
                await work.messages.keep_settings(found.model_copy(update={"by_mail": "none"}))
