"""Amir practises what Maria signed; he reads his debrief, and nobody else reads anything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.text import Text

from api import terminal
from api.story.stage import Stage

if TYPE_CHECKING:
    from graphs.scenes import Scene

CLUMSY = "You should just accept it, there is really nothing to discuss."
CLOSING = "I will send you what we agreed by four o'clock today. Thank you, goodbye."
REFLECTION = "I pushed first. It went better once I asked what was behind it."
MOST_TURNS = 7
FINISH, HINT = frozenset({"4", "finish", "/finish"}), frozenset({"3", "hint", "/hint"})
TRIES = "Say it in your own words, or type 1 to be clumsy, 2 to ask well, 3 for a hint, 4 to finish."
NOTHING = (
    "Nothing was said. Type a sentence to {name}, or 1, 2, hint, pause or finish. Not sure? 2 asks well for you; you "
    "can watch what it does."
)


async def practise(stage: Stage, version_id: str) -> str:
    """A live scene: the right words open the other person, because code says so.

    Returns:
        The id of the practice.
    """
    from api.terminal.scene import card
    from graphs import practising
    from graphs.scenes import load_scene
    from store.purpose import Purpose

    stage.station(
        "Live practice",
        "You are Amir. The other person holds something back. Software plays it from what it may know now:",
        "what is still locked is not in its hands, so no trick can pull it out. Only your way of talking opens it.",
    )
    amir = stage.person("amir")
    practice_id = await practising.begin(stage.app.store, amir, version_id)
    async with stage.app.store.read() as work:
        scene = await load_scene(work, practice_id, amir.person_id, Purpose.OWN_PRACTICE)
    scenario, persona = scene.scenario, scene.scenario.persona
    terminal.out().print(
        card(
            title=scenario.title,
            setting=scenario.setting,
            role=scenario.learner_role,
            goal=scenario.learner_goal,
            persona="; ".join(f"{each.name}, {each.role}" for each in scenario.people),
            player=stage.app.ensemble.persona.provenance.label,
        )
    )
    terminal.say()
    _line(persona.name, scenario.opening_line)
    if stage.interactive:
        await _by_hand(stage, practice_id, persona.name)
    else:
        await _by_itself(stage, practice_id, persona.name)
    return practice_id


async def _by_hand(stage: Stage, practice_id: str, name: str) -> None:
    from evidence.errors import ConductorError
    from graphs import practising

    amir = stage.person("amir")
    while True:
        terminal.say(f"\n{TRIES}", style=terminal.QUIET)
        typed = terminal.ask("You:")
        try:
            if typed.lower() in FINISH:
                await practising.finish(stage.app.store, amir, practice_id)
                return
            if typed.lower() in HINT:
                said, left = await practising.hint(stage.app.store, stage.app.ensemble, amir, practice_id)
                terminal.say(f"Hint ({said.provenance.label}, {left} left): {said.text}", style=terminal.WARN)
                if said.by_rules:
                    terminal.say(said.by_rules, style=terminal.QUIET)
                continue
            if typed == "":
                terminal.say(NOTHING.format(name=name))
                continue
            text = {"1": CLUMSY, "2": await _good_line(stage, practice_id)}.get(typed, typed)
            if text != typed:
                _line("You", text)
            result = await _say(stage, practice_id, name, text)
            if result.get("status") == "paused":
                terminal.ask("Paused. Nothing goes on without you. Enter goes on:")
                await practising.pause(stage.app.store, amir, practice_id, resume=True)
            if result.get("ended"):
                return
        except ConductorError as error:
            terminal.problem(error)


async def _by_itself(stage: Stage, practice_id: str, name: str) -> None:
    from graphs import practising

    opened, ended, turn = 0, False, 0
    lines = [CLUMSY]
    while lines and not ended:
        text = lines.pop(0)
        terminal.say()
        _line("You", text)
        result = await _say(stage, practice_id, name, text)
        opened += int(result.get("opened", 0))
        ended, turn = bool(result.get("ended")), turn + 1
        if text == CLOSING:
            break
        line = await _good_line(stage, practice_id)
        lines.append(line if line and turn < MOST_TURNS and opened < 2 else CLOSING)
    if not ended:
        await practising.finish(stage.app.store, stage.person("amir"), practice_id)


async def _say(stage: Stage, practice_id: str, name: str, text: str) -> dict[str, Any]:
    from api.commands.speaking import speak

    result = await speak(stage.app, stage.person("amir").person_id, practice_id, name, text)
    scene = await _scene(stage, practice_id)
    if result.get("kind") == "turn" and scene.turns:
        for each in scene.turns[-1].observed.get("opened", ()):
            terminal.say(
                f"▸ This opened because of your words “{each['quote']}” ({each['behaviour'].replace('_', ' ')}).",
                style=terminal.GOOD,
            )
    elif "message" in result:
        terminal.say(str(result["message"]), style=terminal.WARN)
    return result


async def _scene(stage: Stage, practice_id: str) -> Scene:
    from graphs.scenes import load_scene
    from store.purpose import Purpose

    async with stage.app.store.read() as work:
        return await load_scene(work, practice_id, stage.person("amir").person_id, Purpose.OWN_PRACTICE)


async def _good_line(stage: Stage, practice_id: str) -> str:
    """A line that might open the easiest thing that is still locked: what the debrief would suggest afterwards."""
    from practice.detectors import load_pack, observe
    from practice.reveal import RevealReason
    from practice.unsaid import Opened, unsaid

    scene = await _scene(stage, practice_id)
    scenario, state = scene.scenario, scene.state
    pack = load_pack(scenario.language)
    said = {turn.learner_text for turn in scene.turns}
    already = [Opened(0, RevealReason(concern_id, "", "")) for concern_id in state.unlocked]
    found = unsaid(
        scenario.persona,
        already,
        (),
        language=scenario.language,
        exemplars=[line for line in scenario.exemplars if line not in said],
        observe=lambda text: observe(text, pack=pack),
    )
    demands = {concern.id: concern.reveal for concern in scenario.persona.concerns}
    locked = [each for each in found if not each.opened]
    locked.sort(key=lambda each: (demands[each.concern_id].min_trust, demands[each.concern_id].times))
    fresh = [each.might_have_opened for each in locked if each.might_have_opened not in said]
    return (fresh or [each.might_have_opened for each in locked] or [""])[0]


async def look_back(stage: Stage, practice_id: str) -> None:
    """Reflection first, then the debrief, then what stayed unsaid."""
    from api.scene_words import names
    from api.terminal.scene import debrief_page, unsaid_page
    from graphs import practising

    amir, store = stage.person("amir"), stage.app.store
    stage.station("Reflection and debrief", "Your own view comes first. Then feedback, resting on your own words only.")
    text = terminal.ask("What would you try differently?", REFLECTION) if stage.interactive else REFLECTION
    if not stage.interactive:
        _line("Amir reflects", text)
    await practising.reflect(store, amir, practice_id, text)
    told = await practising.debrief(store, stage.app.ensemble, amir, practice_id)
    people = names((await _scene(stage, practice_id)).scenario)
    terminal.out().print(debrief_page(told, "offline rules", reflection=text, people=people))
    terminal.say("\nWhat stayed unsaid:", style="bold")
    found = await practising.what_stayed_unsaid(store, amir, practice_id)
    terminal.out().print(unsaid_page(found, people))
    await stage.breathe()


async def others_look(stage: Stage, practice_id: str) -> None:
    """Everybody else really tries, with a login of their own, and is refused."""
    from api.identity import by_session, log_in
    from evidence.errors import ConductorError
    from graphs.scenes import load_scene
    from store.purpose import Purpose

    stage.station(
        "What my manager sees of me",
        "Petra leads Amir's desk. She, and everybody else with a role, now log in and really ask for his conversation:",
    )
    made = terminal.table("Who", "Role", "Reads it?", "The answer they got", keep=("Who", "Reads it?"))
    for login in ("petra", "maria", "ingrid", "dana", "samuel"):
        who = await by_session(stage.app.store, await log_in(stage.app.store, login, stage.passwords[login], hours=1))
        answers = []
        for attempt in ("transcript", "list"):
            try:
                async with stage.app.store.read() as work:
                    if attempt == "transcript":
                        await load_scene(work, practice_id, who.actor.person_id, Purpose.OWN_PRACTICE)
                    else:
                        await work.practices.mine(
                            stage.person("amir").person_id, reader=who.actor.person_id, purpose=Purpose.OWN_PRACTICE
                        )
                answers.append("")
            except ConductorError as error:
                answers.append(error.detail)
        role = "manager of his desk" if login == "petra" else ", ".join(sorted(r.value for r in who.actor.roles))
        refused = all(answers)
        verdict = Text("no" if refused else "YES", style=terminal.GOOD if refused else terminal.BAD)
        terminal.rows(made, [(who.name, role, verdict, answers[0])])
        if not refused:
            raise AssertionError(f"{login} could read a learner's words")
    terminal.out().print(made)
    terminal.say("Asked for no more than a list of what he practised, they were refused as well.")
    stage.narrate("What his manager sees of him: nothing.")
    from approvals.audit import first_break

    async with stage.app.store.read() as work:
        rows = await work.approvals.audit_rows()
    holds = first_break((row.model_dump(exclude={"hash"}), row.hash) for row in rows) is None
    kept = "unbroken" if holds else "BROKEN"
    terminal.say(f"Who signed what is in the audit log: {len(rows)} rows, one hash chain, {kept}.")


def _line(speaker: str, text: str) -> None:
    terminal.out().print(Text(f"{speaker}: ", style=f"bold {terminal.ACCENT}") + Text(text))
