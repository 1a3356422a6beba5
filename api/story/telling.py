"""The stations of the story, in order."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.table import Table
from rich.text import Text

from api import terminal
from api.story.stage import Stage

if TYPE_CHECKING:
    from agents.ensemble import Ensemble
    from practice.brief import Brief
    from practice.scenario import Scenario

ON_STAGE = ("maria", "jonas", "ingrid", "amir", "petra", "dana", "samuel")
AT_ELLERBY = ("hannah", "elena")
SHARED_BRIEFS = ("renewal-price-objection.yaml", "missed-promise.yaml")
LIE_ABOUT = "candour"
WORD_PACE = 0.045


async def tell(*, interactive: bool) -> None:
    """Tell the story from the first strategy clause to the manager who is refused.

    Args:
        interactive: whether a person watches, chooses and types; else the story plays itself.
    """
    from api.application import opened
    from api.demo import passphrase, seed
    from api.settings import load_settings
    from api.story import practising, reviewing

    terminal.say("Conductor: a safe place to get it wrong, vouched for by a person.", style="bold")
    terminal.say(
        "Setting up an installation that is thrown away at the end. Every player is offline rules: "
        "no key, no network, nothing canned."
    )
    with tempfile.TemporaryDirectory(prefix="conductor-demo-") as folder:
        settings = load_settings(
            database_url=f"sqlite:///{Path(folder) / 'demo.db'}",
            key_file=Path(folder) / "demo.key",
            models={},
            languages={"en"},
            tracing="",
        )
        ensemble = _ensemble(WORD_PACE if interactive else 0.0)
        async with opened(settings, executor_id="demo", ensemble=ensemble) as app:
            passwords = {login: passphrase() for login in (*ON_STAGE, *AT_ELLERBY)}
            tarrow = await seed(app, passwords, "tarrow")
            ellerby = await seed(app, passwords, "ellerby")
            stage = Stage(app, interactive, tarrow, ellerby, passwords)
            brief = await two_strategies(stage)
            runs = await agents_at_work(stage, brief)
            await three_drafts(stage, brief, runs)
            version_id = await reviewing.review_and_sign(stage, runs["Tarrow"])
            practice_id = await practising.practise(stage, version_id)
            await practising.look_back(stage, practice_id)
            await practising.others_look(stage, practice_id)
    terminal.say("\nThe installation is deleted. Your own:", style="bold")
    terminal.say("  conductor serve --demo    the same company, served on this machine")
    terminal.say("  conductor init            a real installation")
    terminal.say("  conductor doctor          checks it, and the model you connect")


def _ensemble(pace: float) -> Ensemble:
    from agents.alignment.offline import OfflineAlignment
    from agents.author.offline import OfflineAuthor
    from agents.coach.offline import OfflineCoach
    from agents.ensemble import Ensemble
    from agents.persona.offline import OfflinePersona
    from api.story.lying import OneLie

    return Ensemble(
        author=OfflineAuthor(),
        alignment=OneLie(OfflineAlignment(), LIE_ABOUT),
        persona=OfflinePersona(pace=pace),
        coach=OfflineCoach(),
    )


async def two_strategies(stage: Stage) -> Brief:
    """Two companies, two strategies, and the same brief for both."""
    from api.demo import example_brief, example_strategy

    stage.station(
        "Two strategies, one brief",
        "Two invented companies wrote down what they stand for. These are clauses of their charters:",
    )
    made = Table(box=None, pad_edge=False, padding=(0, 3, 1, 0))
    columns = []
    for company in ("tarrow", "ellerby"):
        charter, _ = example_strategy(company)
        kinds = ("mission", "signature_behaviour", "anti_behaviour")
        picked = [next(c for c in charter.clauses if c.kind.value == kind) for kind in kinds]
        columns.append(
            [Text(f"{c.kind.value.replace('_', ' ')}: ", style=terminal.ACCENT) + Text(c.text) for c in picked]
        )
        made.add_column(charter.company, header_style="bold", ratio=1)
    for left, right in zip(*columns, strict=True):
        made.add_row(left, right)
    terminal.out().print(made)
    briefs = [example_brief("tarrow", name) for name in SHARED_BRIEFS]
    terminal.say("Both order practice for the same situation. Which one?")
    brief = briefs[stage.choose("Your choice:", [f"{each.skill}: {each.situation}" for each in briefs])]
    return brief


async def agents_at_work(stage: Stage, brief: Brief) -> dict[str, Any]:
    """Both companies' agents draft, judge and revise, until the work waits for a person."""
    from api.commands.following import follow
    from approvals.people import Role
    from graphs.commissioning import order

    stage.station(
        "Agents at work",
        "An author drafts from brief and charter. A judge answers one question per criterion, with quotes.",
        "Code finds every quote, adds up, and sends a weak draft back. Then everything stops for a person.",
    )
    stage.narrate(
        f"To show what code is for, one answer of the judge about “{LIE_ABOUT}” at Tarrow is a lie we planted."
    )
    languages = frozenset(stage.app.settings.languages)
    runs = {}
    for label, company in (("Tarrow", stage.tarrow), ("Ellerby", stage.ellerby)):
        writer = stage.person("jonas") if company is stage.tarrow else company.first(Role.DESIGNER)
        run_id = await order(stage.app.store, writer, company.programme_id, brief, languages=languages)
        runs[run_id] = label
    terminal.say()
    resting = await follow(stage.app, runs, pace=stage.pace)
    await stage.breathe()
    return {runs[run_id]: run for run_id, run in resting.items()}


async def three_drafts(stage: Stage, brief: Brief, runs: dict[str, Any]) -> None:
    """The same brief without a strategy, and with each of the two."""
    from agents.author import DraftOrder
    from api.story.drafts import side_by_side

    stage.station(
        "One brief, three drafts",
        "The generic draft was written without any strategy. What another draft says too is dimmed and marked ·,",
        "what only one company would say is marked ▸.",
    )
    generic = await stage.app.ensemble.author.draft(DraftOrder(brief=brief, charter=None))
    drafts: dict[str, Scenario] = {"Generic": generic.scenario}
    for label, run in runs.items():
        drafts[label] = await _draft(stage, run.id)
    terminal.out().print(side_by_side(drafts, terminal.out().width))
    stage.narrate("This is the point: the same order, and two companies practise opposite things.")
    await stage.breathe()


async def _draft(stage: Stage, run_id: str) -> Scenario:
    from practice.scenario import Scenario

    async with stage.app.store.read() as work:
        versions = await work.design.versions(run_id)
    return Scenario.model_validate_json(versions[0].content)
