"""A mail server on this machine, for tests: it keeps what it takes, and fails where a test tells it to."""

from __future__ import annotations

import asyncio
import base64
import socket
import ssl
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any, Literal, cast

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from graphs.messages.server import MailSettings

Stage = Literal["connect", "ehlo", "starttls", "auth", "mail", "rcpt", "data", "body"]
USER, PASSWORD = "conductor", "not-a-secret-hunter2"


@dataclass
class Taken:
    """An e-mail that the server has taken, or of which it never said whether it did."""

    sender: str
    to: list[str]
    raw: bytes

    @property
    def message(self) -> EmailMessage:
        return message_from_bytes(self.raw, policy=default)

    @property
    def text(self) -> str:
        return str(self.message.get_content()).replace("\r\n", "\n")


@dataclass
class MailServer:
    """Serve in a thread for the length of a ``with``.

    Attributes:
        security: as in the settings of whoever writes.
        folder: where certificate and key are made; needed for TLS.
        faults: what happens at a stage, once each and in turn: ``"450 later"`` is answered, ``"drop"`` hangs up,
            ``"stall"`` says nothing more. A fault of ``body`` comes after the whole e-mail was kept.
        extensions: what is offered besides.
    """

    security: Literal["starttls", "tls", "none"] = "none"
    folder: Path | None = None
    faults: list[tuple[Stage, str]] = field(default_factory=list)
    extensions: tuple[str, ...] = ("8BITMIME", "SMTPUTF8", "AUTH PLAIN LOGIN")
    name: str = "localhost"
    taken: list[Taken] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    connections: int = 0
    port: int = 0

    def settings(self, **changes: Any) -> MailSettings:
        """How to reach it."""
        given: dict[str, Any] = {
            "host": "localhost",
            "port": self.port,
            "security": self.security,
            "sender": "Conductor <conductor@harbour.example>",
            "timeout_seconds": 5,
        }
        if self.security != "none" and self.folder is not None:
            given["ca_file"] = self.folder / "mail.pem"
        return MailSettings(**(given | changes))

    def __enter__(self) -> MailServer:
        self._loop = asyncio.new_event_loop()
        self._context = self._certified() if self.folder is not None else None
        started = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(started,), daemon=True)
        self._thread.start()
        assert started.wait(10)
        return self

    def __exit__(self, *_args: object) -> None:
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join(10)

    def _run(self, started: threading.Event) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._serve(started))
        self._loop.close()

    async def _serve(self, started: threading.Event) -> None:
        self._end = asyncio.Event()
        self._talks: set[asyncio.Task[None]] = set()
        context = self._context if self.security == "tls" else None
        server = await asyncio.start_server(self._greet, "localhost", self.port, ssl=context, family=socket.AF_INET)
        self.port = server.sockets[0].getsockname()[1]
        started.set()
        await self._end.wait()
        server.close()
        for talk in self._talks:
            talk.cancel()
        await asyncio.gather(*self._talks, return_exceptions=True)

    async def _greet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._talks.add(task)
        self.connections += 1
        try:
            await self._talk(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError, EOFError, asyncio.CancelledError):
            pass
        finally:
            self._talks.discard(task)
            writer.transport.abort()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async def say(stage: Stage | None, *lines: str) -> bool:
            fault = self._fault(stage)
            if fault == "drop":
                raise ConnectionError
            if fault == "stall":
                await asyncio.sleep(600)
            told = (fault,) if fault else lines
            writer.write("".join(f"{line}\r\n" for line in told).encode())
            await writer.drain()
            return not fault

        await say("connect", f"220 {self.name} ready")
        sender, to, secured = "", list[str](), self.security == "tls"
        while line := (await reader.readline()).decode().strip():
            verb = line.split(" ")[0].upper()
            self.commands.append(line if verb != "AUTH" else "AUTH")
            if verb in ("EHLO", "HELO"):
                offers = [*self.extensions]
                if self.security == "starttls" and not secured:
                    offers.append("STARTTLS")
                await say("ehlo", *(f"250-{each}" for each in [self.name, *offers[:-1]]), f"250 {offers[-1]}")
            elif verb == "STARTTLS":
                if await say("starttls", "220 go on"):
                    await writer.start_tls(cast("ssl.SSLContext", self._context))
                    secured = True
            elif verb == "AUTH":
                known = base64.b64encode(f"\0{USER}\0{PASSWORD}".encode()).decode()
                right = line.split(" ")[1:] == ["PLAIN", known]
                await say("auth", "235 welcome" if right else f"535 5.7.8 wrong password for {USER}")
            elif verb == "MAIL":
                sender, to = line, []
                await say("mail", "250 fine")
            elif verb == "RCPT":
                if await say("rcpt", "250 fine"):
                    to.append(line.partition("<")[2].partition(">")[0])
            elif verb == "DATA":
                if await say("data", "354 go on"):
                    body = await reader.readuntil(b"\r\n.\r\n")
                    raw = body.removesuffix(b".\r\n").replace(b"\r\n..", b"\r\n.")
                    if not (self._next("body") or "").startswith(("4", "5")):
                        self.taken.append(Taken(sender, to, raw))
                    await say("body", "250 taken")
            elif verb == "QUIT":
                await say(None, "221 good-bye")
                return
            else:
                await say(None, "250 fine")

    def _next(self, stage: Stage) -> str | None:
        return self.faults[0][1] if self.faults and self.faults[0][0] == stage else None

    def _fault(self, stage: Stage | None) -> str | None:
        if stage is None or self._next(stage) is None:
            return None
        return self.faults.pop(0)[1]

    def _certified(self) -> ssl.SSLContext:
        assert self.folder is not None
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, self.name)])
        now = datetime.now(UTC)
        made = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(self.name)]), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(key, SHA256())
        )
        certificate, secret = self.folder / "mail.pem", self.folder / "mail.key"
        certificate.write_bytes(made.public_bytes(Encoding.PEM))
        secret.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, secret)
        return context
