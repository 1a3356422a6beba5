"""How to reach the mail server, as it is set."""

from __future__ import annotations

from email.headerregistry import Address
from email.utils import parseaddr
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, SecretStr, field_validator, model_validator

from evidence.errors import InvalidInput
from graphs.messages.addresses import checked_address
from graphs.messages.quiet import zones

PORTS = {"starttls": 587, "tls": 465, "none": 25}
LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})
MAX_SECRET_FILE = 10_000


class MailSettings(BaseModel):
    """A mail server (SMTP) and who writes; without a host nothing is sent.

    ``security`` is ``starttls``, ``tls`` (from the first byte) or ``none``; certificates are always checked, against
    ``ca_file`` where the company has its own authority. A port of 0 is the usual one. A password file is read once,
    here. ``zone`` is that of people who have not chosen theirs.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    host: str = Field(default="", max_length=253)
    port: int = Field(default=0, ge=0, le=65535)
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: str = ""
    password: SecretStr | None = None
    password_file: Path | None = None
    sender: str = ""
    ca_file: Path | None = None
    timeout_seconds: float = Field(default=15, gt=0, le=120)
    zone: str = "UTC"
    _password_of_file: SecretStr | None = PrivateAttr(default=None)

    @field_validator("sender")
    @classmethod
    def _is_a_sender(cls, value: str) -> str:
        if value and (not value.isprintable() or not _sender_in(value)[1]):
            raise ValueError("the sender is an address, such as Conductor <conductor@company.example>")
        return value

    @field_validator("zone")
    @classmethod
    def _is_a_zone(cls, value: str) -> str:
        if value not in zones():
            raise ValueError("the zone is a name such as Europe/Vienna")
        return value

    @field_validator("ca_file")
    @classmethod
    def _is_there(cls, value: Path | None) -> Path | None:
        if value is not None and not value.is_file():
            raise ValueError("the file with the certificates is not there")
        return value

    @model_validator(mode="after")
    def _is_whole(self) -> MailSettings:
        if self.password is not None and self.password_file is not None:
            raise ValueError("set password or password_file, not both")
        if self.password_file is not None:
            self._password_of_file = _password_in(self.password_file)
        if bool(self.user) != (self.secret() is not None):
            raise ValueError("a user and a password belong together: set both, or neither")
        if self.host and not self.sender:
            raise ValueError("a mail server needs a sender, such as Conductor <conductor@company.example>")
        if self.user and self.security == "none" and self.host not in LOCAL:
            raise ValueError("a password is sent only over starttls or tls, unless the server is on this machine")
        return self

    @property
    def reached_at(self) -> int:
        """The port."""
        return self.port or PORTS[self.security]

    @property
    def sender_name(self) -> str:
        """The name beside the sender's address; may be empty."""
        return _sender_in(self.sender)[0]

    @property
    def sender_address(self) -> str:
        """The sender's address."""
        return _sender_in(self.sender)[1]

    def secret(self) -> SecretStr | None:
        """The password, as it was set or as it stood in its file when the settings were read."""
        return self._password_of_file or self.password


def _sender_in(text: str) -> tuple[str, str]:
    """(name, address) of a sender; an empty address where there is none."""
    name, address = parseaddr(text)
    try:
        address = checked_address(address)
        Address(display_name=name, addr_spec=address)
    except (InvalidInput, ValueError, IndexError):
        return "", ""
    return name, address


def _password_in(path: Path) -> SecretStr:
    try:
        text = path.read_text(encoding="utf-8")[:MAX_SECRET_FILE].strip()
    except (OSError, UnicodeDecodeError):
        raise ValueError(f"the password file {path} cannot be read") from None
    if not text:
        raise ValueError(f"the password file {path} is empty")
    return SecretStr(text)
