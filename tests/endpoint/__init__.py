"""A scripted, loopback, OpenAI-compatible model endpoint for tests and benchmarks.

    with Endpoint() as endpoint:
        endpoint.queue(Text("Hello."), Status(429, retry_after=1), Stall(after=2))   # then the script plays on
        ModelSettings(base_url=endpoint.url, model="scripted")
        endpoint.requests[0].body["messages"]

Without a queue the script in ``tests.endpoint.roles`` plays all four agents well enough for a whole run.
"""

from tests.endpoint.answers import (
    Answer,
    BadUtf8,
    Body,
    Drip,
    EmptyChoices,
    ErrorEvent,
    Garbage,
    Garbled,
    Huge,
    Json,
    NoDone,
    Page,
    Redirect,
    Reset,
    Stall,
    Status,
    Text,
    Truncated,
    WrongType,
)
from tests.endpoint.server import Endpoint, Request, Script, Wire

__all__ = [
    "Answer",
    "BadUtf8",
    "Body",
    "Drip",
    "EmptyChoices",
    "Endpoint",
    "ErrorEvent",
    "Garbage",
    "Garbled",
    "Huge",
    "Json",
    "NoDone",
    "Page",
    "Redirect",
    "Request",
    "Reset",
    "Script",
    "Stall",
    "Status",
    "Text",
    "Truncated",
    "Wire",
    "WrongType",
]
