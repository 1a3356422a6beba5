"""A verified passport for people: who signed what on which verdict, and the text itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from api import terminal
from api.figures import plain
from evidence.fields import text_fields

_UNREAD = ("id", "clause_ids", "behaviours", "barrier", "difficulty", "language", "source_digest", "title")


def summary(document: Mapping[str, Any], content: Mapping[str, Any]) -> Group:
    """Everything a reader needs before they use the text.

    Args:
        document: a passport that was verified.
        content: its text as people and judges read it.
    """
    scenario, approval, verdict = document["scenario"], document["approval"], document["verdict"]["content"]
    parts: list[RenderableType] = [
        Text(str(scenario["title"]), style="bold"),
        Text(f"Version {scenario['number']}, digest {scenario['digest']}", style=terminal.QUIET),
        Text(),
        _title("Signed by"),
        *_signers(approval),
        Text(f"under the policy {approval['policy']}, on {str(approval['signed_at'])[:10]}"),
        *(Text(f"Since then: {each}", style=terminal.WARN) for each in approval["stale"]),
        Text(),
        _title("Verdict"),
        Text(f"{verdict['outcome']}, {terminal.percent(verdict.get('score'))}"),
        *_criteria(document, verdict),
        Text(),
        _title("Played by, as recorded when it was signed"),
        *_players(approval["players"]),
        Text(),
        _title("The text"),
        *_text(content),
        Text(),
        _title("The proof"),
        *_proof(document),
    ]
    return Group(*parts)


def _title(text: str) -> Text:
    return Text(text, style=f"bold {terminal.ACCENT}")


def _signers(approval: Mapping[str, Any]) -> Iterator[Text]:
    for each in approval["decisions"]:
        who = each["name"] or "somebody whose name is no longer kept"
        said = f" — {each['reason']}" if each["reason"] else ""
        kind = plain(each["kind"])
        roles = ", ".join(each["roles"])
        yield Text(f"{who} ({roles}; id {each['person_id']}): {kind}, {str(each['at'])[:16].replace('T', ' ')}{said}")


def _criteria(document: Mapping[str, Any], verdict: Mapping[str, Any]) -> Iterator[Text]:
    asked = {each["id"]: each.get("question", "") for each in document["criteria"]["content"].get("criteria", ())}
    settled = verdict.get("settled") or {}
    for result in verdict.get("results", ()):
        name = result["criterion_id"]
        yield Text(f"{name}: {result.get('level') or result['outcome']}", style="bold") + Text(
            f"  {asked.get(name, '')}"
        )
        samples = [each for each in verdict.get("samples", ()) if each["criterion_id"] == name]
        samples += [settled[name]] if name in settled else []
        quotes = {(each["field"], each["quote"]): each["status"] for s in samples for each in s.get("evidence", ())}
        for (field, quote), status in quotes.items():
            struck = "  (struck out by code: not in the text)" if status == "absent" else ""
            yield Text(f"  {field}: “{quote}”{struck}", style=terminal.QUIET)
        if name in settled:
            yield Text(f"  settled by a person: {settled[name].get('reason', '')}")


def _players(players: Mapping[str, Any]) -> Iterator[Text]:
    for name, each in players.items():
        told = ", ".join(f"{key} {value}" for key, value in each.items()) if isinstance(each, Mapping) else str(each)
        yield Text(f"{name}: {told}")


def _text(content: Mapping[str, Any]) -> Iterator[Text]:
    for name, text in text_fields(dict(content)).items():
        if name.rpartition(".")[2].partition("[")[0] not in _UNREAD:
            yield Text(f"{name}: ", style=terminal.ACCENT) + Text(text)


def _proof(document: Mapping[str, Any]) -> Iterator[Text]:
    head, charter, criteria = document["audit"]["head"], document["charter"], document["criteria"]
    yield Text(f"Charter {charter['number']}: {charter['digest']}")
    yield Text(f"Criteria {criteria['number']}: {criteria['digest']}")
    yield Text(f"Audit log: signed at row {head['seq']} on {str(head['at'])[:16].replace('T', ' ')}, {head['hash']}")
    yield Text(f"Key: {document['key_id']}")
    yield Text(f"Exported: {str(document['exported_at'])[:16].replace('T', ' ')}")
