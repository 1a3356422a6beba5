"""What is said of a contested line, on pages and in the terminal alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.figures import plain
from api.wording import _

if TYPE_CHECKING:
    from practice.contested import Contested

WHAT_HAPPENS = _(
    "A strategist reads it as data about the judge, and may answer. It changes no score. You can take it back at any "
    "time; then nobody can read it any more."
)
AS_IT_IS = _("Your words are sent as they stand here. If they name somebody, the name goes with them.")
FEW = _(
    "Fewer than ten people have practised this scenario. No name is sent, but whoever knows who practised may guess "
    "whose words these are."
)
TAKEN_BACK = _("Taken back: nobody can read it any more.")
ANSWER_KEPT = _("Your answer was sent to nobody. Your words are kept here, so that you can take them with you.")
NO_ANSWER = _("No answer yet.")
NONE_SENT = _("You have contested nothing. Every line of a debrief has a link to do so.")
NONE_WAITING = _("Nobody contests a line. Learners see on every debrief that they can.")
UNNAMED = _(
    "These are lines that learners sent because they found the judge wrong. Nobody sees who they are, and an answer "
    "reaches them all the same. No score changes by it."
)


def warnings(few: bool) -> list[str]:
    """What to know before sending."""
    return [AS_IT_IS, *([FEW] if few else [])]


def pairs(line: Contested) -> list[tuple[str, str]]:
    """Everything that is sent, as (name, value)."""
    level = _("not scored") if line.level is None else plain(line.level)
    told = [
        (_("Scenario"), line.scenario),
        (_("Objective"), line.objective),
        (_("Level given"), f"{level}: {line.anchor}" if line.anchor else level),
    ]
    if line.reason:
        told.append((_("Reason given"), line.reason))
    if line.quote is not None:
        told.append((_("Words quoted"), f"“{line.quote}”"))
    return [
        *told,
        (_("What is wrong with it"), line.why),
        (_("Debrief by"), line.coach),
        (_("Language"), line.language),
        (_("Day"), line.day),
        (_("Key of the objective"), line.objective_id),
    ]
