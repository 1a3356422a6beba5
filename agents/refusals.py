"""What a server does not take: read from its complaint, so that a request can be made without it.

The text of a complaint may quote what was sent. It is looked at here, for a decision, and goes no further.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agents.failures import Asked

_SAID = 600  # characters that are looked at: the reason stands first, an echo of what was sent after it
_STATUSES = frozenset({400, 422, 500, 501})  # grammar compilers of some servers fail as a fault of the server's own

_FORM = re.compile(
    r"response[ _]?format|json[ _-]?(?:schema|object)|guided[ _-]?(?:json|decoding|grammar)|structured[ _-]?output"
    r"|\bjson mode\b|initiali[sz]e samplers"
    r"|\b(?:pars\w+|compil\w+|initiali[sz]\w+|convert\w*|conversion|invalid|unsupported|generat\w+)\W+(?:\w+\W+){0,4}?"
    r"(?:grammar|schema)\b"
    r"|\b(?:grammar|schema)\W+(?:\w+\W+){0,4}?(?:error|fail\w*|invalid|unsupported"
    r"|not supported|too (?:large|complex))",
    re.IGNORECASE,
)

_TOO_MUCH = re.compile(r"context length|too (?:large|long|many)", re.IGNORECASE)  # not of another name, but of less

# Request parameter → the setting that changes it, and how.
_SETTINGS = {
    "max_completion_tokens": ("max_tokens_as", "set {} to 'max_tokens'"),
    "max_tokens": ("max_tokens_as", "set {} to 'max_completion_tokens'"),
    "stream_options": ("without", "set {} to '[\"stream_options\"]'"),
    "seed": ("without", "set {} to '[\"seed\"]'"),
    "temperature": ("temperature", "leave {} empty"),
}


@dataclass(frozen=True)
class Complaint:
    """A refused request: HTTP status, the parameter that the server names (or nothing), and what it says."""

    status: int
    parameter: str
    said: str = field(repr=False)

    def is_about_form(self) -> bool:
        """Whether the server does not take the way in which JSON was asked for."""
        return self.parameter.startswith("response_format") or _FORM.search(self.said) is not None

    def is_about(self, parameter: str) -> bool:
        """Whether the server does not take this request parameter."""
        return self.place_of(parameter) is not None

    def place_of(self, parameter: str) -> int | None:
        """Where it names a request parameter, -1 where it says so outright; None where it does not."""
        if self.parameter == parameter:
            return -1
        named = re.search(rf"(?<![\w.-]){re.escape(parameter)}(?![\w-])", self.said)
        return named.start() if named and self.status in (400, 422) else None


def complaint_of(error: BaseException | None) -> Complaint | None:
    """What the server complained of, if this error, or one that it was made of, is such a complaint."""
    import openai

    while error is not None and not isinstance(error, openai.APIStatusError):
        error = error.__context__
    if error is None or error.status_code not in _STATUSES:
        return None
    said = error.message if isinstance(error.body, dict) or not error.body else f"{error.message} {error.body}"
    return Complaint(error.status_code, str(error.param or ""), said[:_SAID])


def advice(error: object, asked: Asked) -> str:
    """What an operator can set where a server refuses a parameter; empty where it names none that can be set."""
    complaint = complaint_of(error) if isinstance(error, BaseException) else None
    if complaint is None or _TOO_MUCH.search(complaint.said):
        return ""
    # The first one named is the one refused; a second one may be named as what to send instead.
    places = {parameter: complaint.place_of(parameter) for parameter in _SETTINGS}
    named = [(place, parameter) for parameter, place in places.items() if place is not None]
    if not named:
        return ""
    _, refused = min(named)
    setting, how = _SETTINGS[refused]
    return f"The server does not take '{refused}' as it was sent: {how.format(asked.setting(setting))}."
