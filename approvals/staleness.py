"""What a later change of strategy or of players means for a sign-off that stands."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

_RULED = frozenset({"aligned", "revise"})  # outcomes somebody can sign against; referred and errored ones are none


class StaleRule(StrEnum):
    """What happens to a sign-off when what it recorded is no longer so."""

    KEEP = "keep"  # it stands
    FLAG = "flag"  # it stands, and people are shown what changed
    SUSPEND = "suspend"  # no new practice starts until somebody has looked again


def what_changed(signed_players: Mapping[str, Any], players_now: Mapping[str, Any]) -> tuple[str, ...]:
    """Say who plays otherwise now than when the sign-off was given.

    Args:
        signed_players: as the sign-off recorded them: agent → digest, or agent → {player, model, prompt}.
        players_now: the same, as this installation plays today.

    Returns:
        One sentence per difference, in the order of the record; empty where nothing changed. What was not recorded
        then is unknown, not changed.
    """
    said: list[str] = []
    for agent, signed in signed_players.items():
        now = players_now.get(agent)
        if now is None:
            said.append(f"Nobody plays {agent} here any more.")
        elif isinstance(signed, Mapping) and isinstance(now, Mapping):
            said += [_sentence(agent, part, was, now.get(part)) for part, was in signed.items() if now.get(part) != was]
        elif signed != now:
            said.append(f"{agent.capitalize()} is played otherwise: player, model or prompt changed.")
    return tuple(said)


def unchanged_outcome(before: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """Whether a text, judged again, came out as before: outcome, vetoes and the level of each criterion are the same.

    Args:
        before: content of the verdict that was signed against: ``outcome``, ``vetoes``, ``results`` with
            ``criterion_id`` and ``level``.
        now: content of the verdict today.

    Returns:
        False also where either is referred or errored: there is no outcome to confirm.
    """
    if before.get("outcome") not in _RULED or before.get("outcome") != now.get("outcome"):
        return False
    same_vetoes = sorted(before.get("vetoes", ())) == sorted(now.get("vetoes", ()))
    return same_vetoes and _levels(before) == _levels(now)


def _levels(verdict: Mapping[str, Any]) -> dict[str, str | None]:
    return {str(each["criterion_id"]): each.get("level") for each in verdict.get("results", ())}


def _sentence(agent: str, part: str, was: Any, now: Any) -> str:
    if part == "prompt":  # digests say nothing to a person
        return f"The {agent}'s prompt changed."
    return f"The {agent}'s {part} changed from {was or 'none'} to {now or 'none'}."
