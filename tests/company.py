"""A small company for tests: its strategy, a scenario, its people, and players that do as they are told."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, cast

from argon2 import PasswordHasher

from agents.alignment import ClaimedQuote, Judgement, JudgeQuestion
from agents.author import Draft, DraftOrder
from agents.ensemble import Ensemble
from agents.persona import Persona, PersonaCue
from agents.provenance import Provenance
from approvals.people import Actor, Role
from graphs.proposing import accept, propose
from practice.brief import Brief, Difficulty
from practice.scenario import (
    Concern,
    Objective,
    ObjectiveLevel,
    RevealCondition,
    RevealOn,
    Scenario,
    ShortVersion,
)
from practice.scenario import Persona as PersonaDeck
from store.purpose import Purpose
from store.unit_of_work import Store
from strategy.charter import Charter, Clause, ClauseKind
from strategy.criteria import CriteriaSet, Criterion, Level

CHARTER = Charter(
    title="How we work",
    company="Harbour & Sons",
    clauses=(
        Clause(
            id="ask-first",
            kind=ClauseKind.SIGNATURE_BEHAVIOUR,
            text="We ask what is behind a problem before we solve it.",
        ),
        Clause(id="plain", kind=ClauseKind.BRAND_VOICE, text="We say hard things plainly and kindly."),
    ),
)

CRITERIA = CriteriaSet(
    title="What we train for",
    pass_threshold=0.6,
    samples=1,
    criteria=(
        Criterion(
            id="asks",
            clause_ids=("ask-first",),
            question="Does the scenario practise asking before solving?",
            levels=(
                Level(key="absent", anchor="It never comes up.", value=0.0, needs_evidence=False),
                Level(key="named", anchor="It is named.", value=0.5),
                Level(key="practised", anchor="It is practised.", value=1.0),
            ),
            min_level="named",
        ),
        Criterion(
            id="plainness",
            clause_ids=("plain",),
            question="Does it practise saying hard things plainly?",
            levels=(
                Level(key="absent", anchor="It never comes up.", value=0.0, needs_evidence=False),
                Level(key="practised", anchor="It is practised.", value=1.0),
            ),
        ),
    ),
)

BRIEF = Brief(
    skill="Addressing a missed deadline",
    audience="Team leads",
    situation="A reliable colleague has missed two deadlines in a row.",
    worry="We solve too early and never hear the cause.",
)

SCENARIO = Scenario(
    title="Two deadlines",
    skill="Addressing a missed deadline",
    audience="Team leads",
    setting="Friday, half past two. Nora sits down in your office; the second release note is a week late.",
    learner_role="You lead the team.",
    learner_goal="Ask what is behind the delay before you agree on anything.",
    difficulty=Difficulty.REALISTIC,
    language="en",
    clause_ids=("ask-first", "plain"),
    objectives=(
        Objective(
            id="ask",
            text="Asks openly what is behind the delay",
            clause_ids=("ask-first",),
            behaviours=("open_question",),
            levels=(
                ObjectiveLevel(key="none", anchor="No open question", value=0.0),
                ObjectiveLevel(key="some", anchor="One open question", value=0.5),
                ObjectiveLevel(key="strong", anchor="Several open questions", value=1.0),
            ),
        ),
    ),
    persona=PersonaDeck(
        name="Nora",
        role="developer",
        relationship="She has worked with you for three years.",
        style="Brief and dry.",
        stance="The plan was tight; that is all.",
        goals=("Get out of this meeting with her standing intact.",),
        concerns=(
            Concern(
                id="review_queue",
                fact="Her work has waited nine days in the review queue because the second reviewer left.",
                topic=("delay", "deadline", "late", "behind", "review"),
                cover="It was just a lot at once.",
                reveal=RevealCondition(on=RevealOn.OPEN_QUESTION),
                voiced="Honestly? My changes sat in review for nine days. Nobody is there since Tom left.",
            ),
        ),
        small_talk=("It is what it is.", "We do what we can.", "That is how this quarter runs."),
        closing=("Fine. Let us leave it there.",),
    ),
    opening_line="You wanted to see me?",
    exemplars=("What has been behind the delay, from where you sit?",),
    safety_notes=("Pause whenever you like.",),
    short_version=ShortVersion(
        setting="Three minutes before stand-up.", opening_line="You wanted to see me?", goal="One open question."
    ),
)

OFFLINE = Provenance(player="offline", model="scripted", prompt_digest="0" * 64)


@dataclass
class Company:
    """Ids of a founded company."""

    programme_id: str
    maria: Actor  # designer
    jonas: Actor  # designer
    sofia: Actor  # strategist
    ravi: Actor  # strategist
    amir: Actor  # learner
    lena: Actor  # learner
    boss: Actor  # admin
    password: str = "correct horse battery"


class ScriptedAuthor:
    """Writes the given scenario; each revision is what ``revise`` makes of the last one."""

    def __init__(self, revise: Callable[[DraftOrder], Scenario] | None = None) -> None:
        self.orders: list[DraftOrder] = []
        self._revise = revise

    async def draft(self, order: DraftOrder) -> Draft:
        self.orders.append(order)
        if order.previous is None:
            return Draft(scenario=SCENARIO, provenance=OFFLINE)
        if self._revise is not None:
            return Draft(scenario=self._revise(order), provenance=OFFLINE)
        asked = " ".join(change.text for change in order.changes)
        changed = order.previous.model_copy(update={"setting": f"{order.previous.setting} {asked}"[:4000]})
        return Draft(scenario=changed, notes=asked, provenance=OFFLINE)


@dataclass
class ScriptedJudge:
    """Answers per criterion with the given levels in turn (the last one stays), quoting a sentence of the text."""

    levels: dict[str, list[str | None]] = field(default_factory=dict)
    quote: str | None = None
    deterministic: bool = True
    asked: list[tuple[str, int]] = field(default_factory=list)
    error: Exception | None = None

    def identity(self) -> dict[str, str]:
        return {"player": "offline", "model": "scripted"}

    async def judge(self, question: JudgeQuestion, sample: int) -> Judgement:
        self.asked.append((question.criterion.id, sample))
        if self.error is not None:
            raise self.error
        wanted = self.levels.get(question.criterion.id, [question.criterion.levels[-1].key])
        level = wanted.pop(0) if len(wanted) > 1 else wanted[0]
        name, text = next(iter(question.fields.items()))
        quote = self.quote or text
        return Judgement(
            level=level,
            quotes=(ClaimedQuote(quote=quote, field=name),),
            rationale="as told",
            change=f"Show more of {question.criterion.id}.",
            provenance=OFFLINE,
        )


class ScriptedPersona:
    """Says the given replies, a word at a time; raises where one is an exception."""

    def __init__(self, replies: Sequence[str | Exception]) -> None:
        self.provenance = OFFLINE
        self.cues: list[PersonaCue] = []
        self._replies = list(replies)

    async def speak(self, cue: PersonaCue) -> AsyncIterator[str]:
        self.cues.append(cue)
        reply = self._replies.pop(0) if len(self._replies) > 1 else self._replies[0]
        if isinstance(reply, Exception):
            yield "Well, "
            raise reply
        for number, word in enumerate(reply.split(" ")):
            yield word if not number else f" {word}"


def ensemble(author: Any = None, judge: Any = None, persona: Persona | None = None, coach: Any = None) -> Ensemble:
    """Scripted author and judge, offline persona and coach, unless told otherwise."""
    from agents.coach.offline import OfflineCoach
    from agents.persona.offline import OfflinePersona

    return Ensemble(
        author=author or ScriptedAuthor(),
        alignment=judge or ScriptedJudge(),
        persona=persona or OfflinePersona(),
        coach=coach or OfflineCoach(),
    )


@cache
def _hash() -> str:
    # Quick to check: people log in hundreds of times here, and each time would take a tenth of a second.
    return PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash(Company.password)


async def known(store: Store) -> Company | None:
    """The company of a database in which it was founded before."""
    async with store.read() as work:
        programmes = await work.strategy.programmes()
        people = {each.login: each for each in await work.people.all(purpose=Purpose.ADMINISTRATION)}
    if not programmes:
        return None
    actors = {login: Actor(person_id=each.id, roles=frozenset(map(Role, each.roles))) for login, each in people.items()}
    return Company(programme_id=programmes[0].id, **cast("dict[str, Any]", actors))


async def found(store: Store) -> Company:
    """Add people and put the strategy in force through the real services."""
    async with store.write() as work:
        programme_id = await work.strategy.add_programme("Team leads", round_budget=2)

    async def person(login: str, role: Role) -> Actor:
        async with store.write() as work:
            person_id = await work.people.add(
                login=login, name=login.title(), password_hash=_hash(), roles=frozenset({role.value})
            )
        return Actor(person_id=person_id, roles=frozenset({role}))

    company = Company(
        programme_id=programme_id,
        maria=await person("maria", Role.DESIGNER),
        jonas=await person("jonas", Role.DESIGNER),
        sofia=await person("sofia", Role.STRATEGIST),
        ravi=await person("ravi", Role.STRATEGIST),
        amir=await person("amir", Role.LEARNER),
        lena=await person("lena", Role.LEARNER),
        boss=await person("boss", Role.ADMIN),
    )
    for document in (CHARTER, CRITERIA):
        version = await propose(store, company.sofia, programme_id, document, reason="the first")
        await accept(store, company.sofia, version.id)
    return company
