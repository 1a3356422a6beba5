"""``conductor practice``: play a signed scenario in the terminal, reflect, and read the debrief."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from api import terminal
from api.commands.acting import JsonOption, LoginOption, chosen, logged_in, needs
from api.commands.command import asynchronous, settings

if TYPE_CHECKING:
    from api.application import Application
    from api.identity import Identity
    from api.routes.practice import Mine, ScenarioCard

REFLECT = "Before any feedback, your own view. What worked, and what would you try differently?"


NOTHING = (
    "Nothing was said. Type what you would say to {name}, or /hint for help, /pause to leave for now, /finish to end "
    "the scene; /help lists everything."
)


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("practice")(practice)


@asynchronous
async def practice(
    scenario: Annotated[
        str, typer.Argument(help="A signed scenario, or a practice of yours to go on with: its id, or the end of it.")
    ] = "",
    twin: Annotated[int, typer.Option(min=0, help="Play it with other names and numbers; 0 plays it as written.")] = 0,
    short: Annotated[bool, typer.Option("--short", help="Play the three-minute version.")] = False,
    goal: Annotated[str, typer.Option(help="What you want to try, in your own words; no agent reads it.")] = "",
    challenge: Annotated[
        str, typer.Option(help="How hard they make it: gentle, realistic or demanding; left out, as it was signed.")
    ] = "",
    hints: Annotated[str, typer.Option(help="none, when_asked or offered.")] = "",
    words: Annotated[str, typer.Option(help="How the other person speaks: as_written, plain or simple.")] = "",
    language: Annotated[
        str, typer.Option(help="Begin it in this language, such as de, where a translation is signed.")
    ] = "",
    watch: Annotated[
        bool, typer.Option("--watch", help="Watch an example of this scenario, played by software.")
    ] = False,
    again: Annotated[
        bool, typer.Option("--again", help="Try this practice of yours again with other names and numbers.")
    ] = False,
    what_if: Annotated[
        int, typer.Option("--what-if", min=0, help="Try another way from this turn of a practice of yours.")
    ] = 0,
    compare: Annotated[
        bool, typer.Option("--compare", help="Show a practice of yours and its branches side by side.")
    ] = False,
    login: LoginOption = "",
    json: JsonOption = False,
) -> None:
    """List what you can practise, or play it live: every line you type is said to the other person."""
    from api.application import opened
    from api.commands import trying
    from api.languages import silent
    from api.routes.practice import my_practices, scenarios
    from approvals.people import Role
    from graphs import practising
    from practice.preferences import Form

    async with opened(settings(), bring_forward=False) as app, logged_in(app, login) as who:
        needs(app, who, Role.LEARNER, to="practise")
        cards = await scenarios(app, who)
        mine = await my_practices(app, who)
        if not scenario:
            _list(cards, mine, as_json=json)
            if json or not cards or not terminal.is_interactive():
                return
            scenario = terminal.ask("\nWhich one? (Enter to leave)")
            if not scenario:
                return
        signed = {card.version_id for card in cards}
        wanted = chosen(
            scenario,
            [*signed, *(each.id for each in mine)],
            "scenario to practise",
            "`conductor practice` lists those that are signed.",
        )
        wishes = trying.wishes(goal=goal, challenge=challenge, hints=hints, words=words, language=language)
        trying.check_target(
            wanted in signed, begins=short or twin > 0, watch=watch, tries=again or what_if > 0 or compare
        )
        if watch:
            await trying.show_example(app, who, wanted, twin=twin, language=language, as_json=json)
            return
        if compare:
            await trying.show_side_by_side(app, who, wanted, as_json=json)
            return
        if again or what_if:
            wanted = await trying.begin_another(app, who, wanted, what_if=what_if, wishes=wishes)
        elif wanted in signed:
            _good_to_know(next(card for card in cards if card.version_id == wanted))
            wanted = await practising.begin(
                app.store,
                who.actor,
                wanted,
                twin_seed=twin,
                form=Form.SHORT if short else Form.FULL,
                preferences=trying.chosen(wishes),
                speechless=silent(app, language),
                ensemble=app.ensemble,
            )
        elif wishes:
            await trying.change(app, who, wanted, wishes)
        await play(app, who, wanted)


def _good_to_know(card: ScenarioCard) -> None:
    """The signed notes on care, before anything begins."""
    from api.terminal.scene import before

    if card.safety_notes:
        terminal.out().print(before(card.safety_notes))
        terminal.say()


def _list(cards: list[ScenarioCard], mine: list[Mine], *, as_json: bool) -> None:
    if as_json:
        listed = [each.model_dump(mode="json") for each in mine]
        terminal.as_json({"scenarios": [card.model_dump() for card in cards], "practices": listed})
        return
    from api.scene_words import cast

    if not cards:
        terminal.say(
            f"Nothing is signed yet, so there is nothing to practise. A designer decides: {terminal.program()} review"
        )
    else:
        made = terminal.table("Scenario", "Title", "With", "Difficulty", "Signed by", keep=("Scenario",))
        lines = [
            (
                terminal.short(card.version_id),
                _titled(card),
                cast(card.persona, card.others),
                card.difficulty,
                ", ".join(card.signed_by),
            )
            for card in cards
        ]
        terminal.out().print(terminal.rows(made, lines))
    if mine:
        made = terminal.table("Practice", "Title", "Status", "Turns", "Last", title="\nYours", keep=("Practice",))
        # What can be gone on with stands first.
        by_use = sorted(mine, key=lambda each: each.status not in ("open", "paused"))
        terminal.out().print(terminal.rows(made, [_line_of(each) for each in by_use]))


def _titled(card: ScenarioCard) -> str:
    return f"{card.title} (also in {', '.join(card.languages)})" if card.languages else card.title


def _line_of(mine: Mine) -> tuple[str, str, str, str, str]:
    notes = ["three minutes"] if mine.form.value == "short" else []
    notes += [f"what if, from turn {mine.branch_turn}"] if mine.branch_of else []
    title = f"{mine.title} ({', '.join(notes)})" if notes else mine.title
    return terminal.short(mine.id), title, mine.status, str(mine.turns), mine.changed[:16].replace("T", " ")


async def play(app: Application, who: Identity, practice_id: str) -> None:
    """Go on with a practice from wherever it stands, to the debrief."""
    from api.routes.practice import my_practice
    from api.scene_words import cast
    from api.terminal.scene import card
    from graphs import practising

    view = await my_practice(practice_id, app, who)
    status = view.status
    if status in ("open", "paused"):
        if status == "paused":
            await practising.pause(app.store, who.actor, practice_id, resume=True)
        terminal.out().print(
            card(
                title=view.title,
                setting=view.setting,
                role=view.learner_role,
                goal=view.learner_goal,
                persona=cast(view.persona, view.others),
                player=view.player,
            )
        )
        name = view.people[0]
        terminal.say("Say something, or type /hint, /pause, /finish or /help.", style=terminal.QUIET)
        _line(name, view.opening_line)
        for turn in view.turns:
            _line("You", turn.said)
            _line(turn.speaker or name, turn.reply)
        if view.unanswered:
            terminal.say("The reply to your last words broke off. Enter says them again.", style=terminal.WARN)
        status = await _talk(app, who, practice_id, view.people, language=view.language, unanswered=view.unanswered)
    if status == "stopped":
        status = await _after_a_stop(app, who, practice_id, said=bool(view.turns))
        if status == "open":
            return await play(app, who, practice_id)
    if status == "finished" and not await _reflect(app, who, practice_id):
        return
    if status in ("finished", "reflected", "debriefed"):
        await _debrief(app, who, practice_id)


async def _talk(
    app: Application,
    who: Identity,
    practice_id: str,
    people: Sequence[str],
    *,
    language: str,
    unanswered: str | None = None,
) -> str:
    """The scene itself.

    Args:
        app: the opened installation.
        who: practises.
        practice_id: the practice.
        people: the names of everybody whom the learner meets.
        language: of the scene.
        unanswered: the last words, where the reply to them broke off: Enter says them again.

    Returns:
        How to go on: ``finished`` to reflect, or ``left``.
    """
    from api.commands.speaking import speak
    from api.scene_words import together
    from api.terminal.scene import commands
    from evidence.errors import ConductorError
    from graphs import practising
    from practice.preferences import simpler_please

    while True:
        try:
            text = terminal.ask("You:", unanswered)
        except terminal.Left:
            text = "/pause"
        unanswered = None
        if text == "/simpler":
            text = simpler_please(language)
        try:
            match text.lower():
                case "":
                    terminal.say(NOTHING.format(name=together(people)), style=terminal.QUIET)
                case "/help":
                    commands()
                case "/hint":
                    said, left = await practising.hint(app.store, app.ensemble, who.actor, practice_id)
                    terminal.say(f"Hint ({said.provenance.label}, {left} left): {said.text}", style=terminal.WARN)
                    if said.by_rules:
                        terminal.say(said.by_rules, style=terminal.QUIET)
                case "/pause":
                    await practising.pause(app.store, who.actor, practice_id)
                    terminal.say(f"Paused. Go on: {terminal.program()} practice {terminal.short(practice_id)}")
                    return "left"
                case "/stop":
                    await practising.finish(app.store, who.actor, practice_id)
                    terminal.say(f"Over. Read the debrief: {terminal.program()} practice {terminal.short(practice_id)}")
                    return "left"
                case "/finish":
                    await practising.finish(app.store, who.actor, practice_id)
                    return "finished"
                case unknown if unknown.startswith("/"):
                    terminal.say(f"There is no {text}.")
                    commands()
                case _:
                    ending = _told(await speak(app, who.actor.person_id, practice_id, people[0], text), practice_id)
                    if ending:
                        return ending
        except ConductorError as error:
            terminal.problem(error)


def _told(result: dict[str, Any], practice_id: str) -> str:
    """Say what a turn came to besides the reply; how to go on where the scene is over."""
    kind = result.get("kind")
    if kind == "turn":
        if result.get("boundary"):
            terminal.say(str(result["boundary"]), style=terminal.WARN)
        if result.get("ended"):
            terminal.say("The conversation is over.", style=terminal.QUIET)
            return "finished"
        if result.get("help_offered"):
            terminal.say("Stuck? /hint helps.", style=terminal.QUIET)
        return ""
    if "message" in result:
        terminal.say(str(result["message"]), style=terminal.WARN)
        if result.get("status") == "paused":
            terminal.say(f"Go on when you like: {terminal.program()} practice {terminal.short(practice_id)}")
        return "" if result.get("status") == "open" else "left"
    if kind != "stopped":
        terminal.complain(
            f"{result.get('title', 'The reply broke off')}: {result.get('detail', '')}", str(result.get("todo", ""))
        )
    return ""


async def _after_a_stop(app: Application, who: Identity, practice_id: str, *, said: bool) -> str:
    """A scene that stopped, for care or because it was taken back: the human contacts, and how to go on.

    Returns:
        ``open`` where it goes on, ``finished``, or ``left``.
    """
    from graphs import practising

    terminal.say("This scene has stopped. Nobody was told.", style=terminal.WARN)
    terminal.say(app.settings.contacts)
    if not terminal.is_interactive():
        return "left"
    ways = "go on (it belonged to the role), " + ("finish, " if said else "") + "or Enter to leave it"
    try:
        answer = terminal.ask(f"{ways[:1].upper()}{ways[1:]}:").strip().casefold()
    except terminal.Left:
        answer = ""
    if answer in {"go on", "go", "on"}:
        await practising.pause(app.store, who.actor, practice_id, resume=True)
        return "open"
    if said and answer == "finish":
        await practising.finish(app.store, who.actor, practice_id)
        return "finished"
    return "left"


async def _reflect(app: Application, who: Identity, practice_id: str) -> bool:
    from graphs import practising

    later = f"Whenever you like: {terminal.program()} practice {terminal.short(practice_id)}"
    terminal.say(f"\n{REFLECT}", style="bold")
    if not terminal.is_interactive():
        terminal.say(later)
        return False
    try:
        text = terminal.ask("One sentence is enough (Enter to leave it for later):")
    except terminal.Left:
        text = ""
    if not text:
        terminal.say(later)
        return False
    await practising.reflect(app.store, who.actor, practice_id, text)
    return True


async def _debrief(app: Application, who: Identity, practice_id: str) -> None:
    from api.routes.practice import debrief, my_practice
    from api.terminal.scene import debrief_page, unsaid_page
    from graphs import practising
    from graphs.retrying import skill_shown
    from store.purpose import Purpose

    told = await debrief(practice_id, app, who)
    terminal.out().print()
    view = await my_practice(practice_id, app, who)
    async with app.store.read() as work:
        kept = await work.practices.get(practice_id, reader=who.actor.person_id, purpose=Purpose.OWN_PRACTICE)
        skill = await skill_shown(work, kept)
    terminal.out().print(
        debrief_page(
            told.debrief,
            told.player,
            reflection=view.reflection or "",
            goal=view.preferences.goal,
            skill=skill,
            people=view.people,
        )
    )
    terminal.say(f"\nYou see a line differently? {terminal.program()} contests send {terminal.short(practice_id)}")
    if not terminal.is_interactive():
        return
    try:
        wanted = terminal.ask("\nSee what stayed unsaid? It spoils a second try. [y/N]").lower()
    except terminal.Left:
        return
    if wanted.startswith("y"):
        found = await practising.what_stayed_unsaid(app.store, who.actor, practice_id)
        terminal.out().print(unsaid_page(found, view.people))


def _line(speaker: str, text: str) -> None:
    line = Text(f"{speaker}: ", style=f"bold {terminal.ACCENT}") + Text(text)
    terminal.out().print(line)
