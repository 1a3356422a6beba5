"""A small company served over HTTP, whose judge sometimes invents a quote and sometimes is not sure.

Run as ``python -m tests.pages.deskhouse FOLDER``: it prints its address once everything is there. The text of a draft
tells the judge what to do, so that a test orders the judge's behaviour with the brief.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import uvicorn

from agents.alignment import ClaimedQuote, Judgement, JudgeQuestion
from agents.author import Draft, DraftOrder
from api.app import create_app
from api.application import Application, opened
from api.settings import Settings
from approvals.checkpoint import DecisionKind
from approvals.people import Actor
from graphs.commissioning import order
from graphs.deciding import decide
from graphs.reviewing import review, waiting
from practice.scenario import Scenario
from tests.company import BRIEF, OFFLINE, SCENARIO, ScriptedAuthor, ensemble, found

INVENTED = "Our people always listen twice before they speak once."
# Skill → the levels of "asks" and "plainness". With weights 1 and 1 the scores are 1, .75, .5; .6 is asked.
HISTORY = (
    ("Saying no to a senior", "practised", "practised"),
    ("Handing over a night shift", "named", "practised"),
    ("A first talk with a new colleague", "named", "practised"),
    ("A price that went up", "practised", "practised"),
)


class Author(ScriptedAuthor):
    """Titles the text after the brief's skill."""

    async def draft(self, order: DraftOrder) -> Draft:
        if order.previous is not None:
            return await super().draft(order)
        changes = {"title": order.brief.skill, "skill": order.brief.skill}
        named = next((asks for skill, asks, _ in HISTORY if skill == order.brief.skill), "practised")
        setting = f"{SCENARIO.setting} The scene has {named} asking. {order.brief.situation}"
        made = SCENARIO.content() | changes | {"setting": setting}
        return Draft(
            scenario=Scenario.model_validate(made),
            notes="Written from the brief.",
            unmet=("The second reviewer is named, but never met.",),
            provenance=OFFLINE,
        )


class Judge:
    """Quotes the setting; about plainness it also invents words, and about a doubtful text it abstains."""

    deterministic = True

    def identity(self) -> dict[str, str]:
        return {"player": "offline", "model": "scripted"}

    async def judge(self, question: JudgeQuestion, sample: int) -> Judgement:
        text = question.fields["setting"]
        lies = question.criterion.id == "plainness"
        quotes = [ClaimedQuote(quote=text.split(";")[0], field="setting")]
        if lies:
            quotes.append(ClaimedQuote(quote=INVENTED, field="setting"))
        level: str | None = "practised"
        if not lies and "has named asking" in text:
            level = "named"
        doubtful = lies and "doubtful" in text
        return Judgement(
            level=None if doubtful else level,
            quotes=() if doubtful else tuple(quotes),
            rationale="I cannot tell." if doubtful else "It says so.",
            change="Say it more plainly.",
            provenance=OFFLINE,
        )


async def sign(application: Application, actor: Actor, checkpoint_id: str) -> None:
    """Sign what waits."""
    shown = await review(application.store, actor, checkpoint_id)
    seen, players = shown.review_digest, application.players
    await decide(application.store, actor, checkpoint_id, DecisionKind.APPROVE, seen=seen, players=players)


async def answer(application: Application) -> None:
    """Answer over HTTP on a free port, which is printed, until terminated."""
    app = create_app(application.settings)
    app.state.application = application
    server = uvicorn.Server(uvicorn.Config(app, port=0, lifespan="off", log_level="warning"))
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    print(f"listens on http://127.0.0.1:{port}", flush=True)
    await serving


async def serve(folder: Path) -> None:
    """Found the company, decide its history, and serve it until terminated."""
    settings = Settings(
        database_url=f"sqlite:///{folder / 'desk.db'}",  # type: ignore[arg-type]
        key_file=folder / "desk.key",
        _env_file=None,  # type: ignore[call-arg]
    )
    async with opened(settings, ensemble=ensemble(author=Author(), judge=Judge())) as application:
        store = application.store
        company = await found(store)
        for skill, _, _ in HISTORY:
            brief = BRIEF.model_copy(update={"skill": skill})
            await order(store, company.maria, company.programme_id, brief, languages=frozenset({"en"}))
        while len(await waiting(store, company.maria)) < len(HISTORY):
            await asyncio.sleep(0.05)
        for each in await waiting(store, company.maria):
            await sign(application, company.jonas, each.id)
        await answer(application)


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1])))
