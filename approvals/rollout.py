"""How far a signed scenario reaches: which promotion may be asked for, how much it could harm, and what ends a finding.

**May a promotion be asked for?** The first row that fits; everything in the way is told, not only the first.

| scenario signed | waits already | suspended | asked for      | answer                                             |
|-----------------|---------------|-----------|----------------|----------------------------------------------------|
| no              | –             | –         | –              | no: there is nothing to promote                    |
| –               | yes           | –         | –              | no: one promotion waits at a time                  |
| –               | –             | yes       | the next step  | no: the suspension is lifted first                 |
| –               | –             | yes       | the same again | unless a blocking finding is open                  |
| –               | –             | no        | the same again | where its group changed, unless a finding blocks   |
| –               | –             | no        | the next step  | where there is one, no finding blocks, and the     |
|                 |               |           |                | skeptics were heard (next table)                   |

**Were the skeptics heard?** They are asked for each version once, before it reaches anybody.

| invited | still to answer | reason given                  | heard                                    |
|---------|-----------------|-------------------------------|------------------------------------------|
| none    | –               | none                          | no                                       |
| none    | –               | why nobody was asked          | yes, and the risk is high                |
| some    | none            | –                             | yes                                      |
| some    | some            | none                          | no                                       |
| some    | some            | why it is not waited for them | yes, under that name; the risk is high   |

Nothing overrides an open finding that blocks: it is settled, or its author withdraws it.

**How much could it harm?** The highest row that fits.

| what                                                                        | risk     |
|-----------------------------------------------------------------------------|----------|
| it reaches everybody                                                        | high     |
| it reaches more than 100 people more than before                            | high     |
| it lifts a suspension                                                       | high     |
| nobody was asked to break it, or somebody who was asked has not answered    | high     |
| it reaches more than 25 people more than before                             | ordinary |
| a finding that does not block is open                                       | ordinary |
| anything else                                                               | low      |

**Who ends a finding?** Its author withdraws it or opens it again; anybody else with a say settles it, with an answer.

| act      | by its author | by a designer or strategist who is not | from status     | needs     | leads to  |
|----------|---------------|----------------------------------------|-----------------|-----------|-----------|
| settle   | no            | yes                                    | open            | an answer | settled   |
| reopen   | yes           | no                                     | settled         | –         | open      |
| withdraw | yes           | no                                     | open or settled | –         | withdrawn |
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from approvals.checkpoint import RiskClass
from approvals.people import Actor, Role
from approvals.roles import in_person
from evidence.errors import Conflict, InvalidInput, NotAllowed

PLANNED = "planned"  # the stage before the first step: only skeptics practise it
FEW, MANY = 25, 100  # people more than before: up to FEW is low, above MANY is high
LONGEST_NAME = 20  # characters of a step's name
MOST_STEPS = 8
KEEPERS = (Role.DESIGNER, Role.STRATEGIST)
BRAKES = (Role.DESIGNER, Role.STRATEGIST, Role.ADMIN)


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class FindingStatus(StrEnum):
    """Where a finding stands."""

    OPEN = "open"
    SETTLED = "settled"
    WITHDRAWN = "withdrawn"


class FindingAct(StrEnum):
    """What can be done with a finding."""

    SETTLE = "settle"
    REOPEN = "reopen"
    WITHDRAW = "withdraw"


class Finding(_Frozen):
    """A finding as it stands under a signature; who found it is not in it."""

    title: str
    text: str
    blocks: bool
    status: FindingStatus
    answer: str = ""


class Asked(_Frozen):
    """How many were invited to break it and how many said that they have looked; with the reasons where they lack."""

    invited: int
    heard: int
    none_because: str = ""
    unheard_because: str = ""


class Step(_Frozen):
    """What is signed when a scenario is promoted. Of the people it reached there are numbers, never who practised.

    ``members`` is the digest of who is in the group, "" where it is everybody; ``people_before`` and ``people_after``
    count whom it reaches. ``suspended_because`` is set where it lifts a suspension. ``version_id``, ``digest`` and
    ``sign_off`` name exactly the text that goes further, and the sign-off it has.
    """

    scenario: str
    number: int
    version_id: str
    digest: str
    sign_off: str
    from_stage: str
    to_stage: str
    plan: tuple[str, ...]
    group: str
    members: str
    people_before: int
    people_after: int
    days: int
    asked: Asked
    findings: tuple[Finding, ...]
    withdrawn: int
    suspended_because: str = ""
    reason: str

    @property
    def more(self) -> int:
        """How many people it reaches that it did not reach before."""
        return max(0, self.people_after - self.people_before)


class Facts(_Frozen):
    """What a promotion is ruled on; ``changed`` says that the group of the stage in force is not what was signed."""

    signed: bool
    waiting: bool
    suspended: bool
    stage: str
    plan: tuple[str, ...]
    asked: Asked
    blocking: int
    again: bool = False
    changed: bool = False


class Lack(_Frozen):
    """Something that stands in the way of a promotion, and what to do."""

    said: str
    todo: str


class Promotion(_Frozen):
    """Where it would lead, and everything that stands in the way."""

    to: str | None
    lacks: tuple[Lack, ...]


def next_step(stage: str, plan: Sequence[str]) -> str | None:
    """The step after a stage; None after the last."""
    at = -1 if stage == PLANNED else list(plan).index(stage)
    return plan[at + 1] if at + 1 < len(plan) else None


def promotion(facts: Facts) -> Promotion:
    """Whether a promotion may be asked for; see the tables of this module."""
    to = facts.stage if facts.again else next_step(facts.stage, facts.plan)
    lacks: list[Lack] = []

    def lacking(said: str, todo: str) -> None:
        lacks.append(Lack(said=said, todo=todo))

    if not facts.signed:
        lacking("The scenario has no live sign-off.", "Have it reviewed and signed first.")
    if facts.waiting:
        lacking("A promotion already waits for a signature.", "Decide on that one first, or withdraw it.")
    if facts.suspended and not facts.again:
        lacking("The rollout is suspended.", "Ask for the suspension to be lifted first.")
    if facts.again and not facts.suspended and not facts.changed:
        lacking("Nothing is suspended and no group has changed.", "Ask for the next step instead.")
    if to is None:
        lacking("It has reached the last step of its plan.", "There is nothing more to ask for.")
    if facts.blocking:
        many = "A finding that blocks is open." if facts.blocking == 1 else f"{facts.blocking} findings block it."
        lacking(many, "Settle each with an answer; nothing overrides it.")
    if not facts.again:
        asked = facts.asked
        unheard = asked.invited - asked.heard
        if not asked.invited and not asked.none_because.strip():
            lacking("No skeptic was invited to break it.", "Invite one, or say why nobody is asked.")
        if unheard and not asked.unheard_because.strip():
            who = "One skeptic has" if unheard == 1 else f"{unheard} skeptics have"
            lacking(f"{who} not answered yet.", "Wait for them, or say under your name why it goes on without.")
    return Promotion(to=to, lacks=tuple(lacks))


def risk_of(content: Mapping[str, Any]) -> tuple[RiskClass, tuple[str, ...]]:
    """How much a promotion could harm, and why; see the tables of this module. What is no step is high."""
    try:
        step = Step.model_validate(content)
    except ValidationError:
        return RiskClass.HIGH, ("It holds a field that no rule knows.",)
    high = [
        said
        for fits, said in (
            (not step.group and step.to_stage != PLANNED, "It reaches everybody."),
            (step.more > MANY, f"It reaches {step.more} more people: more than {MANY}."),
            (bool(step.suspended_because), "It lifts a suspension."),
            (bool(step.asked.none_because), "Nobody was asked to break it."),
            (bool(step.asked.unheard_because), "It does not wait for every skeptic."),
        )
        if fits
    ]
    if high:
        return RiskClass.HIGH, tuple(high)
    ordinary = [
        said
        for fits, said in (
            (step.more > FEW, f"It reaches {step.more} more people: more than {FEW}."),
            (any(each.status is FindingStatus.OPEN for each in step.findings), "A finding is open."),
        )
        if fits
    ]
    if ordinary:
        return RiskClass.ORDINARY, tuple(ordinary)
    return RiskClass.LOW, (f"It reaches {step.more} more people: {FEW} or fewer.",)


def moved(signed: Step, now: Step) -> str:
    """What is no longer as it stands under a waiting signature, in a sentence; empty where nothing is.

    Days pass and people join the company: neither makes a promotion another one.
    """
    for name, said in (
        ("sign_off", "The scenario's sign-off was replaced."),
        ("digest", "The scenario's text is another one."),
        ("from_stage", "The rollout stands at another step."),
        ("plan", "The plan is another one."),
        ("suspended_because", "The rollout was suspended, or the suspension was lifted."),
        ("group", "The group has another name."),
        ("members", "The people in the group changed."),
        ("asked", "The skeptics changed, or another one answered."),
        ("findings", "The findings changed."),
        ("withdrawn", "A finding was withdrawn."),
    ):
        if getattr(signed, name) != getattr(now, name):
            return said
    return ""


def told(content: Mapping[str, Any]) -> dict[str, Any]:
    """A step's content as people read it, in their order: title, then sentences by field."""
    step = Step.model_validate(content)
    findings = [
        f"{each.title} ({'blocks, ' if each.blocks else ''}{each.status.value}). {each.text}"
        + (f" Answer: {each.answer}" if each.answer else "")
        for each in step.findings
    ]
    lifts = bool(step.suspended_because)
    again = step.from_stage == step.to_stage
    what = "Lift the suspension of" if lifts else "Renew the group of" if again else "Promote"
    whom = f"the group {step.group}" if step.group else "everybody"
    if step.to_stage == PLANNED:
        whom = "its skeptics alone"
    return {
        "title": f"{what} “{step.scenario}”" + ("" if again else f" to {step.to_stage}"),
        "text": f"Version {step.number}, exactly as it is signed.",
        "step": f"From {step.from_stage} to {step.to_stage}; the plan is {' → '.join((PLANNED, *step.plan))}.",
        "reaches": f"{_people(step.people_after)} in all, {step.more} more than now: {whom}.",
        "so_far": f"{_days(step.days)} at this step, reaching {_people(step.people_before)}. "
        f"{len(step.findings)} findings stand, {step.withdrawn} withdrawn. Who practised is nobody's business.",
        "skeptics": _heard(step.asked),
        "findings": findings or ["Nobody found anything."],
        **({"suspended": f"It was suspended: {step.suspended_because}"} if lifts else {}),
        "why": step.reason,
    }


def may_end_finding(
    act: FindingAct, actor: Actor, *, author_id: str, status: FindingStatus, answer: str = ""
) -> FindingStatus:
    """Where an act leads; see the tables of this module.

    Raises:
        NotAllowed: it is not this person's to do, or they act by token.
        Conflict: the finding does not stand where the act begins.
        InvalidInput: settled without an answer.
    """
    in_person(actor, to="end a finding")
    own = actor.person_id == author_id
    if act is FindingAct.SETTLE:
        if own:
            raise NotAllowed("You found this yourself, so somebody else answers it.", todo="You can withdraw it.")
        if not actor.roles & set(KEEPERS):
            raise NotAllowed("Only a designer or a strategist can answer a finding.", todo="Ask one of them.")
    elif not own:
        raise NotAllowed("Only whoever found this can do that.", todo="Answer it instead.")
    begins = {
        FindingAct.SETTLE: (FindingStatus.OPEN,),
        FindingAct.REOPEN: (FindingStatus.SETTLED,),
        FindingAct.WITHDRAW: (FindingStatus.OPEN, FindingStatus.SETTLED),
    }[act]
    if status not in begins:
        raise Conflict(f"This finding is {status.value}.", todo="Load it again to see what became of it.")
    if act is FindingAct.SETTLE and not answer.strip():
        raise InvalidInput("A finding is settled with an answer.", where="answer", todo="Say what was done about it.")
    return {
        FindingAct.SETTLE: FindingStatus.SETTLED,
        FindingAct.REOPEN: FindingStatus.OPEN,
        FindingAct.WITHDRAW: FindingStatus.WITHDRAWN,
    }[act]


def check_plan(steps: Sequence[tuple[str, str | None]]) -> None:
    """Refuse a plan that cannot be followed; each step is a name and the id of a group, None for everybody.

    Raises:
        InvalidInput: no step or too many, a name that is missing, too long, twice there or reserved, a group twice, or
            a step after everybody.
    """
    if not 1 <= len(steps) <= MOST_STEPS:
        raise InvalidInput(f"A plan has 1 to {MOST_STEPS} steps.", where="steps", todo="Begin with a pilot group.")
    names, groups = [name.strip().casefold() for name, _ in steps], [group for _, group in steps]
    for number, (name, group) in enumerate(steps):
        where = f"steps[{number}]"
        if not name.strip() or len(name) > LONGEST_NAME or names[number] == PLANNED:
            raise InvalidInput(
                f"A step's name has 1 to {LONGEST_NAME} characters and is not '{PLANNED}'.",
                where=f"{where}.name",
                todo="Call it 'pilot', for example.",
            )
        if names.index(names[number]) != number:
            raise InvalidInput(f"Two steps are called '{name}'.", where=f"{where}.name", todo="Give each its own name.")
        if groups.index(group) != number:
            raise InvalidInput("Two steps reach the same people.", where=f"{where}.group_id", todo="Leave one out.")
        if group is None and number != len(steps) - 1:
            raise InvalidInput(
                "Nothing comes after everybody.", where=f"{where}.group_id", todo="Make it the last step."
            )


def _people(number: int) -> str:
    return "1 person" if number == 1 else f"{number} people"


def _days(number: int) -> str:
    return "1 day" if number == 1 else f"{number} days"


def _heard(asked: Asked) -> str:
    if not asked.invited:
        return f"Nobody was asked to break it: {asked.none_because}" if asked.none_because else "Nobody was asked."
    said = f"{asked.heard} of {asked.invited} invited have looked."
    return f"{said} It goes on without the others: {asked.unheard_because}" if asked.unheard_because else said
