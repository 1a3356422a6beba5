"""What the tests of the agents work with: one small company, one brief, one scene."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from pydantic import SecretStr

from agents.alignment import JudgeQuestion
from agents.coach import CoachView, NumberedLine
from agents.endpoints import ModelSettings, Role
from agents.models import RoleModel
from agents.persona import Cover, OpenConcern, PersonaCue, Said
from practice.brief import Brief
from practice.observation import Behaviour, Observation
from practice.scenario import Objective, ObjectiveLevel
from strategy.charter import Charter, Clause, ClauseKind
from strategy.criteria import Criterion, Level
from tests.endpoint import Endpoint

KEY = "sk-secret-key-of-the-tests"
LEARNER_WORDS = "My own sister was dismissed last winter, zebra quartz."

CHARTER = Charter(
    title="How we work",
    company="Halvorsen Marine",
    clauses=(
        Clause(id="SB-1", kind=ClauseKind.SIGNATURE_BEHAVIOUR, text="We ask before we advise."),
        Clause(id="AB-1", kind=ClauseKind.ANTI_BEHAVIOUR, text="We never promise a date we have not checked."),
    ),
)
BRIEF = Brief(
    skill="giving feedback after a missed deadline",
    audience="new team leads",
    situation="A dependable colleague missed two delivery dates in a row and told nobody.",
    worry="Leads jump to solutions, and people hide the next delay.",
)
CRITERION = Criterion(
    id="asks_first",
    clause_ids=("SB-1",),
    question="Does the scenario make the learner ask before advising?",
    levels=(
        Level(key="absent", anchor="Advice is what is practised.", value=0, needs_evidence=False),
        Level(key="partly", anchor="Asking is mentioned.", value=0.5, positive_example="Ask how it went."),
        Level(key="strong", anchor="The goal cannot be reached without asking.", value=1),
    ),
)
QUESTION = JudgeQuestion(
    criterion=CRITERION,
    clauses=CHARTER.clauses[:1],
    fields={
        "setting": "A small room, after lunch.",
        "learner_goal": "Ask what happened before you advise. Then agree.",
    },
)
OBJECTIVES = tuple(
    Objective(
        id=key,
        text=text,
        clause_ids=("SB-1",),
        behaviours=("open_question",),
        levels=(
            ObjectiveLevel(key="low", anchor="Tells.", value=0),
            ObjectiveLevel(key="high", anchor="Asks.", value=1),
        ),
    )
    for key, text in (("asks", "Asks openly."), ("agrees", "Agrees on one step."))
)
CUE = PersonaCue(
    name="Ines",
    role="a planner",
    relationship="Colleagues for two years.",
    style="Dry.",
    language_level="fluent",
    stance="All is well.",
    goals=("Be left in peace.",),
    setting="A small room, after lunch.",
    learner_role="Ines's new team lead",
    language="en",
    difficulty="realistic",
    mood=-1,
    trust=1,
    turn=2,
    objections=("Why does this need a meeting?", "I have no time."),
    covers=(Cover(topic=("evening", "tired"), line="It is busy for everyone."),),
    open_concerns=(),
    all_open=False,
    small_talk=("The coffee is cold again.",),
    closing=("I have to go.",),
    history=(Said(speaker="persona", text="You wanted to see me?"),),
    learner_says=LEARNER_WORDS,
    observations=(),
)
OPEN = OpenConcern(id="c", topic=("lead",), fact="She was passed over.", voiced="I was to lead this.", now=True)
VIEW = CoachView(
    learner_role="team lead",
    learner_goal="Agree on a step.",
    setting="A small room.",
    persona_name="Ines",
    language="en",
    objectives=OBJECTIVES,
    exemplars=("How did the week go?",),
    transcript=(
        NumberedLine(turn=1, speaker="persona", text="You wanted to see me?"),
        NumberedLine(
            turn=2,
            speaker="learner",
            text=f"How did the week go for you? {LEARNER_WORDS}",
            observations=(
                Observation(behaviour=Behaviour.OPEN_QUESTION, quote="How did the week go", start=0, end=19),
            ),
        ),
        NumberedLine(turn=3, speaker="persona", text="Long."),
    ),
    reflection="I talked too much.",
)


def settings(endpoint: Endpoint, **changes: Any) -> ModelSettings:
    """Settings for the endpoint: no retries and short waits unless a test says otherwise."""
    given = {
        "base_url": endpoint.url,
        "model": "scripted-1",
        "api_key": SecretStr(KEY),
        "max_retries": 0,
        "timeout_seconds": 20,
    }
    return ModelSettings.model_validate({**given, **changes})


async def collect(pieces: AsyncIterator[str], into: list[str]) -> None:
    """Take pieces as long as there are any; what was taken before an error stays in ``into``."""
    async for piece in pieces:
        into.append(piece)


def role_model(endpoint: Endpoint, role: Role = "author", **changes: Any) -> RoleModel:
    """A role's model at the endpoint."""
    return RoleModel(settings(endpoint, **changes), role)
