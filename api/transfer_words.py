"""What pilots, check-ins, plans and counts are called, for pages and terminal alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from api.wording import _

if TYPE_CHECKING:
    from graphs.transfer.mine import MyTransfer
    from practice.drivers.cohorts import CohortReport

MOMENTS: Mapping[str, str] = {"before": _("Before"), "after": _("After"), "later": _("Thirty days later")}
STATES: Mapping[str, str] = {
    "asked": _("you are asked"),
    "taking_part": _("you take part"),
    "withdrawn": _("you said no"),
    "over": _("over"),
    "planned": _("planned"),
    "open": _("open"),
    "answered": _("answered"),
}
MEASURES: Mapping[str, str] = {
    "capability_low": _("Something is missing to be able to do it"),
    "opportunity_low": _("Work or colleagues leave no room for it"),
    "motivation_low": _("There is little reason or habit for it"),
    "needs_low": _("Freedom, progress or company is missing"),
    "goal_reached": _("Got at least as far as they had hoped"),
    "expected": _("Expected it to happen (sum of their chances)"),
    "happened": _("It happened at work"),
    "missed": _("Forecasts that missed (Brier: this number by people)"),
}
ADVISED: Mapping[str, str] = {
    "change_work_and_customs": _(
        "Practising more would not be fair on you: the work leaves no room, and the people around you do not welcome "
        "it. Both are a task for your manager and for how the work is organised."
    ),
    "change_work": _(
        "More practice is not what is missing: time, place or means are. That is a task of how the work is organised; "
        "you could tell whoever plans it."
    ),
    "make_welcome": _(
        "More practice is not what is missing: the people around you make it hard. Making it welcome is a manager’s "
        "task; you could ask for it."
    ),
    "practise": _("Knowing how is what is missing most: practising is worth your time."),
    "talk_about_why": _("The reason for it is not clear yet; a talk about why may help more than practice."),
    "go_on": _("Nothing stands in the way, by what you say. A plan with a day helps most now."),
}
ADVICE: Mapping[str, str] = {
    "cue_short": _("The “if” is short: say what you will see or hear when the moment comes."),
    "cue_vague": _(
        "The “if” can be overlooked: tie it to something that surely happens, such as a meeting or a person."
    ),
    "action_vague": _("The “then” is open: say the one thing that you will do, so that you notice whether you did."),
    "action_negative": _("The “then” says what you will leave: say what you will do in its place."),
    "action_several": _("The “then” is more than one thing: begin with one."),
    "date_far": _("The day is far: a nearer one is easier to keep in mind."),
}
OUTCOMES: Mapping[str, str] = {
    "happened": _("It happened as planned"),
    "otherwise": _("It happened, in another way"),
    "no_occasion": _("The moment never came"),
    "not_yet": _("Not yet"),
}
KINDS: Mapping[str, str] = {
    "practice": _("A practice"),
    "tap": _("Your taps"),
    "check_in": _("A check-in"),
    "debrief": _("A debrief"),
    "plan": _("A plan"),
}
TIERS: Mapping[int, str] = {
    2: _("you did something"),
    3: _("what you think of it"),
    5: _("decisions in a realistic situation"),
    6: _("the same again, days later"),
    7: _("at work, as you tell it"),
}
HIDDEN = _("hidden")
OUTSIDE = _(
    "Look at the work before training more: about a third or more say that work or colleagues leave no room. Time, "
    "place and means are a task of how the work is organised; whether it is welcome is a manager’s. More practice "
    "would not help."
)


def number(value: int | None) -> str:
    """A published count."""
    return HIDDEN if value is None else _("about {n}").format(n=value)


def report_told(report: CohortReport) -> str:
    """What a report says of itself, in a sentence or two."""
    if report.withheld:
        return _("Fewer than {n} people answered, so nothing was counted. It is not tried again.").format(
            n=report.minimum
        )
    from practice.drivers.noise import WITHIN

    said = _("About {n} people answered.").format(n=report.people)
    if report.people is None:
        said = _("So few people answered that nothing can be shown.")
    return (
        said
        + " "
        + _(
            "Chance was added to every number, so each is right to about {within} in nine of ten cases; it is rounded "
            "to {rounded} then. Groups below {n}, and what would give them away, are hidden."
        ).format(within=WITHIN, rounded=report.rounded_to, n=report.minimum)
    )


def forecasts_told(found: MyTransfer) -> str:
    """How good my forecasts were, in a sentence."""
    if found.brier is None:
        return _("None of your forecasts can be compared with what happened yet.")
    return _(
        "Your forecasts so far: {n}. Brier score {score:.2f}; 0 is perfect, 0.25 is always saying “perhaps”."
    ).format(n=found.forecasts, score=found.brier)
