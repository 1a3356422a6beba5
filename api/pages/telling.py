"""The trace in sentences: who did what, and why the work is where it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from api.figures import plain
from api.judging_words import appealed, closer
from api.wording import _

if TYPE_CHECKING:
    from store.records import RunEvent

AGENTS = {"author": _("Author"), "alignment": _("Judge"), "code": _("Code"), "person": _("Person")}


def percent(value: float | None) -> str:
    """A share as people read it."""
    return _("unknown") if value is None else f"{100 * value:.0f} %"


def agent(name: str) -> str:
    """An agent by the name people know."""
    return AGENTS.get(name, plain(name))


def told(event: RunEvent) -> str:
    """What happened, in a sentence."""
    detail: dict[str, Any] = event.detail
    match event.event:
        case "ordered":
            return _("ordered “{skill}”").format(skill=detail["skill"])
        case "drafted":
            said = _("wrote version {version}, “{title}”").format(version=detail["version"], title=detail["title"])
            if asked := int(detail["changes_asked"]):
                said += (
                    _(", in answer to one request") if asked == 1 else _(", in answer to {n} requests").format(n=asked)
                )
            return said
        case "judged":
            return _("read for “{criterion}”: {levels}").format(
                criterion=plain(detail["criterion"]), levels=_counted(detail["levels"])
            )
        case "scored":
            return _("added it up: {outcome}, {score}").format(
                outcome=plain(detail["outcome"]), score=percent(detail["score"])
            )
        case "sent back":
            return _("sent it back to the author. {reasons}").format(reasons=" ".join(detail["reasons"]))
        case "waits for a person":
            return _("stopped here: a person decides")
        case "stopped":
            problem = detail["problem"]
            return _("stopped. {title}. {detail}").format(
                title=problem.get("title", ""), detail=problem.get("detail", "")
            )
        case "judged again" if detail["because"] == "asked for":
            return _("asked to have it judged again")
        case "judged again":
            return _("has it judged again, because of {because}").format(because=detail["because"])
        case "settled":
            return _("settled “{criterion}” at {level}").format(
                criterion=plain(detail["criterion"]), level=plain(detail["level"])
            )
        case "asked the judge twice more":
            return closer(detail)
        case "appealed":
            return appealed(detail)
        case "in force":
            return _("put {kind} {number} in force").format(kind=detail["kind"], number=detail["number"])
        case "approve":
            return _("approved it")
        case "request_changes":
            return _("asked for changes")
        case "reject":
            return _("rejected it")
        case "approve_with_edits":
            return _("changed the wording")
        case "withdraw":
            return _("took it back undecided")
        case "revoked":
            return _("took the sign-off back")
        case "comment marked":
            return (
                _("said that a comment is resolved") if detail["resolved"] else _("said that a comment is not resolved")
            )
        case other:
            return plain(other)


def _counted(levels: list[str]) -> str:
    counts = Counter(_("set aside") if level == "invalid" else plain(level) for level in levels)
    return ", ".join(level if len(levels) == 1 else f"{level} ×{count}" for level, count in counts.items())


def lasted(events: Iterable[RunEvent]) -> list[tuple[RunEvent, str, str]]:
    """Every event with its agent's name and how long after the first it came, such as ``0:04``."""
    found = list(events)
    if not found:
        return []
    begin = found[0].at
    made = []
    for each in found:
        seconds = max(int((each.at - begin).total_seconds()), 0)
        hours, rest = divmod(seconds, 3600)
        clock = f"{hours}:{rest // 60:02d}:{rest % 60:02d}" if hours else f"{rest // 60}:{rest % 60:02d}"
        made.append((each, agent(each.agent), clock))
    return made
