"""Handing an e-mail to a mail server, and saying plainly what went wrong where it was not taken.

The standard library's client blocks, so it runs in a thread; a socket that is shut down from outside ends it early.
No address and no word of the server's own goes into an error: servers like to quote addresses.
"""

from __future__ import annotations

import asyncio
import contextlib
import smtplib
import socket
import ssl
from collections.abc import Callable
from email.message import EmailMessage
from typing import Literal, TypeVar

from graphs.messages.addresses import domain_of
from graphs.messages.server import MailSettings

T = TypeVar("T")

MOST_PER_CONNECTION = 50  # servers that count close the connection after some number
_WHOLE = 3  # times the patience for one answer is the patience for one e-mail
_FOR_GOOD = range(500, 600)


class NotTaken(Exception):
    """An e-mail was not taken.

    Attributes:
        whose: ``server``: it cannot be reached or used at all, whatever the e-mail. ``later``: it did not take this one
            now. ``never``: it will not take this one.
        said: why, in our own words.
        todo: what whoever runs the installation can do.
    """

    def __init__(self, whose: Literal["server", "later", "never"], said: str, todo: str = "") -> None:
        super().__init__(said)
        self.whose = whose
        self.said = said
        self.todo = todo


class Mailer:
    """One connection to the mail server, opened when it is first needed, for one task at a time."""

    def __init__(self, settings: MailSettings) -> None:
        self.settings = settings
        self._smtp: smtplib.SMTP | None = None
        self._sent = 0

    async def __aenter__(self) -> Mailer:
        return self

    async def __aexit__(self, *_args: object) -> None:
        await self.close()

    async def send(self, message: EmailMessage, to: str) -> None:
        """Hand over one e-mail.

        Raises:
            NotTaken: the server did not take it. After a broken connection it may have: nobody can know.
        """
        if self._sent >= MOST_PER_CONNECTION:
            await self.close()
        await self._in_thread(lambda: self._hand_over(message, to))
        self._sent += 1

    async def check(self) -> str:
        """Connect, greet, secure and log in as for an e-mail, without one; gives what was found, in a sentence.

        Raises:
            NotTaken: it does not work.
        """
        return await self._in_thread(self._look)

    async def close(self) -> None:
        """Say good-bye, if the connection still stands."""
        smtp, self._smtp, self._sent = self._smtp, None, 0
        if smtp is not None:
            with contextlib.suppress(smtplib.SMTPException, OSError, TimeoutError):
                async with asyncio.timeout(self.settings.timeout_seconds):
                    await asyncio.to_thread(smtp.quit)
            smtp.close()

    async def _in_thread(self, work: Callable[[], T]) -> T:
        try:
            async with asyncio.timeout(_WHOLE * self.settings.timeout_seconds):
                return await asyncio.to_thread(work)
        except TimeoutError:
            self._break_off()
            raise NotTaken("later", "The mail server took too long.") from None
        except asyncio.CancelledError:
            self._break_off()
            raise
        except BaseException:
            smtp, self._smtp, self._sent = self._smtp, None, 0
            if smtp is not None:
                smtp.close()
            raise

    def _break_off(self) -> None:
        """Wake the thread that waits for the server: it closes what it has."""
        smtp, self._smtp, self._sent = self._smtp, None, 0
        sock: socket.socket | None = getattr(smtp, "sock", None)
        if sock is not None:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    def _look(self) -> str:
        smtp = self._connected()
        secured = {"starttls": "STARTTLS", "tls": "TLS", "none": "no encryption"}[self.settings.security]
        known = f", logged in as {self.settings.user}" if self.settings.user else ""
        more = " It takes addresses in every script." if smtp.has_extn("smtputf8") else ""
        return f"{self.settings.host}:{self.settings.reached_at} answers, with {secured}{known}.{more}"

    def _hand_over(self, message: EmailMessage, to: str) -> None:
        smtp = self._connected()
        try:
            smtp.send_message(message, self.settings.sender_address, [to])
        except smtplib.SMTPRecipientsRefused as refused:
            code = next(iter(refused.recipients.values()))[0]
            raise _refused(code, "the address") from None
        except smtplib.SMTPSenderRefused as refused:
            raise NotTaken(
                "server",
                f"The mail server takes no mail from our sender ({refused.smtp_code}).",
                "Check CONDUCTOR_MAIL__SENDER, and whether this user may write under it.",
            ) from None
        except smtplib.SMTPDataError as refused:
            raise _refused(refused.smtp_code, "the e-mail") from None
        except smtplib.SMTPNotSupportedError:
            raise NotTaken("never", "The mail server takes no address with such letters.") from None
        except smtplib.SMTPServerDisconnected:
            raise NotTaken("later", "The mail server hung up in the middle.") from None
        except (smtplib.SMTPException, OSError):
            raise NotTaken("later", "The connection to the mail server broke.") from None

    def _connected(self) -> smtplib.SMTP:
        if self._smtp is None:
            self._smtp = self._connect()
        return self._smtp

    def _connect(self) -> smtplib.SMTP:
        place = f"{self.settings.host}:{self.settings.reached_at}"
        check = "Check CONDUCTOR_MAIL__HOST and CONDUCTOR_MAIL__PORT."
        try:
            return self._greeted()
        except ssl.SSLCertVerificationError as error:
            why = f"The certificate of {place} is not to be trusted: {error.verify_message}."
            todo = "Mend it there; for a company's own authority set CONDUCTOR_MAIL__CA_FILE."
            raise NotTaken("server", why, todo) from None
        except ssl.SSLError:
            todo = "Check CONDUCTOR_MAIL__SECURITY: starttls is usual on port 587, tls on 465."
            raise NotTaken("server", f"{place} does not speak TLS as expected.", todo) from None
        except smtplib.SMTPNotSupportedError:
            named = {"starttls": "encryption (STARTTLS)"}.get(self.settings.security, "logging in")
            todo = "Check CONDUCTOR_MAIL__PORT, CONDUCTOR_MAIL__SECURITY and CONDUCTOR_MAIL__USER."
            raise NotTaken("server", f"{place} does not offer {named}.", todo) from None
        except smtplib.SMTPAuthenticationError as error:
            why = f"{place} does not take our user and password ({error.smtp_code})."
            raise NotTaken("server", why, "Check CONDUCTOR_MAIL__USER and its password.") from None
        except smtplib.SMTPResponseException as error:
            raise NotTaken("server", f"{place} sends us away ({error.smtp_code}).", check) from None
        except TimeoutError:
            raise NotTaken("server", f"{place} does not answer in time.", check) from None
        except (smtplib.SMTPException, OSError):
            raise NotTaken("server", f"{place} cannot be reached.", check) from None

    def _greeted(self) -> smtplib.SMTP:
        mine = self.settings
        # By its sender's domain, not by the name of this machine: that would cost a look-up and tell of the inside.
        own_name = domain_of(mine.sender_address)
        made: smtplib.SMTP
        if mine.security == "tls":
            made = smtplib.SMTP_SSL(
                mine.host, mine.reached_at, own_name, timeout=mine.timeout_seconds, context=self._trusting()
            )
        else:
            made = smtplib.SMTP(mine.host, mine.reached_at, own_name, timeout=mine.timeout_seconds)
        try:
            if mine.security == "starttls":
                made.starttls(context=self._trusting())
            made.ehlo_or_helo_if_needed()
            secret = mine.secret()
            if mine.user and secret is not None:
                made.login(mine.user, secret.get_secret_value())
        except BaseException:
            made.close()
            raise
        return made

    def _trusting(self) -> ssl.SSLContext:
        authority = self.settings.ca_file
        context = ssl.create_default_context(cafile=None if authority is None else str(authority))
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        return context


def _refused(code: int, what: str) -> NotTaken:
    if code in _FOR_GOOD:
        return NotTaken("never", f"The mail server does not take {what} ({code}).")
    return NotTaken("later", f"The mail server does not take {what} now ({code}).")
