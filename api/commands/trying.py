"""``conductor practice`` beyond one try: choices, a twin, what if, side by side, and an example to watch."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from rich.text import Text

from api import terminal
from api.figures import plain

if TYPE_CHECKING:
    from rich.console import RenderableType

    from api.application import Application
    from api.identity import Identity
    from graphs.branching import Fork, SideTurn
    from graphs.showing import Line
    from practice.preferences import Preferences

MOST_GOAL = 300  # characters; ``practice.preferences`` holds the same


def wishes(
    *, goal: str = "", challenge: str = "", hints: str = "", words: str = "", language: str = ""
) -> dict[str, str]:
    """What was chosen on the command line, by the name of the preference; what was left out is not in it.

    Raises:
        InvalidInput: a choice is none of those there are.
    """
    from evidence.errors import InvalidInput
    from practice.brief import Difficulty
    from practice.preferences import HintLevel, LanguageLevel
    from practice.translation import LANGUAGE

    for option, value, kinds in (
        ("--challenge", challenge, [each.value for each in Difficulty]),
        ("--hints", hints, [each.value for each in HintLevel]),
        ("--words", words, [each.value for each in LanguageLevel]),
    ):
        if value and value not in kinds:
            raise InvalidInput(f"{option} is not '{value}'.", where=option, todo=f"Choose one of: {', '.join(kinds)}.")
    if len(goal) > MOST_GOAL:
        raise InvalidInput(
            f"A goal has at most {MOST_GOAL} characters.", where="--goal", todo="One sentence is enough."
        )
    if language and not LANGUAGE.fullmatch(language):
        raise InvalidInput(f"'{language}' is no language.", where="--language", todo="Write it like de, or de-AT.")
    given = {
        "goal": goal.strip(), "challenge": challenge, "hints": hints, "language_level": words, "language": language
    }  # fmt: skip
    return {name: value for name, value in given.items() if value}


def chosen(given: dict[str, str], before: Preferences | None = None) -> Preferences:
    """Preferences with what was chosen put in place of what stood before."""
    from practice.preferences import Preferences

    known: dict[str, Any] = {} if before is None else before.model_dump()
    return Preferences.model_validate(known | given)


def check_target(is_scenario: bool, *, begins: bool, watch: bool, tries: bool) -> None:
    """See that the options go with what was named.

    Raises:
        InvalidInput: they do not.
    """
    from evidence.errors import InvalidInput

    listed = f"{terminal.program()} practice lists both."
    if is_scenario and tries:
        raise InvalidInput("--again, --what-if and --compare are for a practice of yours.", todo=listed)
    if not is_scenario and (watch or begins):
        raise InvalidInput("--watch, --short and --twin are for a scenario.", todo=listed)


async def change(app: Application, who: Identity, practice_id: str, given: dict[str, str]) -> None:
    """Change how a practice goes on."""
    from api.routes.practice import my_practice
    from graphs import practising

    view = await my_practice(practice_id, app, who)
    await practising.prefer(app.store, who.actor, practice_id, chosen(given, view.preferences))


async def begin_another(
    app: Application, who: Identity, practice_id: str, *, what_if: int, wishes: dict[str, str]
) -> str:
    """Begin a branch from a turn, or a twin where no turn is named; gives its id."""
    from api.routes.practice import my_practice
    from api.routes.trying import begin_again
    from graphs import branching

    view = await my_practice(practice_id, app, who)
    preferences = chosen(wishes, view.preferences)
    if not what_if:
        return await begin_again(practice_id, app, who, preferences=preferences)
    return await branching.branch(
        app.store, who.actor, practice_id, what_if, preferences=preferences, ensemble=app.ensemble
    )


async def show_side_by_side(app: Application, who: Identity, practice_id: str, *, as_json: bool) -> None:
    """Print a practice and what hangs together with it by branching, fork by fork."""
    from graphs.branching import compare

    found = await compare(app.store, who.actor, practice_id)
    if as_json:
        terminal.as_json(found.model_dump(mode="json"))
        return
    if not found.forks:
        this = f"{terminal.program()} practice {terminal.short(practice_id)} --what-if TURN"
        terminal.say(f"There is one way so far. Try another one from any turn: {this}")
    for fork in found.forks:
        terminal.out().print(_fork(fork))


async def show_example(
    app: Application, who: Identity, version_id: str, *, twin: int, language: str = "", as_json: bool
) -> None:
    """Print an example line by line as it is played."""
    from api.routes.trying import LABEL, view_of
    from api.scene_words import names, together
    from graphs.showing import example

    shown = await example(app.store, app.ensemble, who.actor, version_id, twin_seed=twin)
    lines = []
    if not as_json:
        scenario = shown.scenario
        plays = "is" if not scenario.others else "are"
        played = f"{together(names(scenario))} {plays} played by {shown.player}."
        terminal.say(f"{LABEL} {played} Nothing of it is kept.", style="bold")
        terminal.say(f"\n{scenario.title}\n{scenario.setting}\n")
        terminal.out().print(_said(scenario.persona.name, scenario.opening_line))
    async with aclosing(shown.lines()) as told:
        async for line in told:
            lines.append(line)
            if not as_json:
                _print(line)
    if as_json:
        terminal.as_json(view_of(shown, lines).model_dump(mode="json"))


def _print(line: Line) -> None:
    terminal.out().print(_said("Signed line", line.said))
    if line.did:
        did = dict.fromkeys(plain(each.behaviour) for each in line.did)
        terminal.say(f"  What it does: {', '.join(did)}.", style=terminal.QUIET)
    for each in line.opened:
        whose = f"{each.person}: " if each.person else ""
        terminal.say(f"  {whose}This opened ({plain(each.behaviour)}): {each.fact}", style=terminal.GOOD)
    terminal.out().print(_said(line.speaker, line.reply))


def _said(speaker: str, text: str) -> Text:
    return Text(f"{speaker}: ", style=f"bold {terminal.ACCENT}") + Text(text)


def _fork(fork: Fork) -> RenderableType:
    names = ["First way" if side.original else f"What if {number}" for number, side in enumerate(fork.sides)]
    heads = [f"{name} ({terminal.short(side.practice_id)})" for name, side in zip(names, fork.sides, strict=True)]
    made = terminal.table("Turn", *heads, title=f"\nFrom turn {fork.turn}")
    for number in fork.numbers:
        cells = [
            next((_cell(turn) for turn in side.turns if turn.number == number), Text("–", style=terminal.QUIET))
            for side in fork.sides
        ]
        made.add_row(Text(str(number)), *cells)
    return made


def _cell(turn: SideTurn) -> Text:
    whose = Text(f"{turn.speaker}: " if turn.speaker else "")
    cell = Text(f"You: {turn.said}\n") + whose + Text(turn.reply, style="italic")
    for each in turn.opened or ():
        cell.append(
            f"\n{f'{each.person}: ' if each.person else ''}Opened ({plain(each.behaviour)}): {each.fact}",
            style=terminal.GOOD,
        )
    for stands in turn.standing or ():
        cell.append(f"\n{stands.name}: {plain(stands.mood)}, {plain(stands.trust)}", style=terminal.QUIET)
    return cell
