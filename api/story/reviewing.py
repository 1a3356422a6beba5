"""Maria reviews: text and evidence side by side, an invented quote struck out, and a decision that is hers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from api import terminal
from api.story.lying import LABEL
from api.story.stage import Stage

if TYPE_CHECKING:
    from approvals.people import Actor
    from graphs.reviewing import Review
    from store.records import Run

SHOWN = ("learner_goal", "objectives", "exemplars")
USUAL_CHANGE = "Make the setting shorter."
AGAINST = "The demo signs it all the same, with two people and this reason, so that the story can go on."


async def review_and_sign(stage: Stage, run: Run) -> str:
    """Show the checkpoint, let the person decide, and sign in the end.

    Returns:
        The id of the signed version.
    """
    stage.station(
        "A person decides",
        "You are Maria, a designer at Tarrow. Nothing reaches a learner",
        "before somebody like you has signed exactly this text.",
    )
    shown = await _open(stage, run.id)
    _show(shown)
    while True:
        options = ["Sign it", "Ask for a change", "See the whole page", "Sign something else than what you saw"]
        chosen = stage.choose("What do you do?", options) if stage.interactive else 0
        if chosen == 0:
            break
        if chosen == 1:
            shown = await _change(stage, shown)
        elif chosen == 2:
            from api.terminal.review import page

            terminal.out().print(page(shown))
        else:
            await _refused(stage, stage.person("maria"), shown, seen="0" * 64)
    await _sign(stage, shown)
    stage.narrate("Jonas has the same page open, and decides a moment later:")
    await _refused(stage, stage.person("jonas"), shown, seen=shown.review_digest)
    await stage.breathe()
    return shown.checkpoint.subject_id


async def _open(stage: Stage, run_id: str) -> Review:
    from graphs.reviewing import review

    async with stage.app.store.read() as work:
        waiting = await work.approvals.checkpoints(run_id=run_id, status="pending")
    return await review(stage.app.store, stage.person("maria"), waiting[-1].id)


def _show(shown: Review) -> None:
    from api.terminal.review import page

    terminal.out().print(page(shown, only=SHOWN))
    struck = [quote for criterion in shown.criteria for quote in criterion.quotes if quote.struck]
    if struck:
        terminal.say(
            f"That answer came from {LABEL}; we planted it. No prompt caught it: code looked for the words, did not "
            "find them, and gave no credit. The score above does not contain it.",
            style=terminal.WARN,
        )


async def _change(stage: Stage, shown: Review) -> Review:
    """Send it back, watch the author answer, and show what has changed."""
    from api.commands.following import follow, last_event
    from api.terminal.review import differences
    from approvals.checkpoint import Comment, DecisionKind
    from graphs.deciding import decide

    text = terminal.ask("What should change?", USUAL_CHANGE)
    run_id = shown.checkpoint.run_id
    after = {run_id: await last_event(stage.app, run_id)}
    await decide(
        stage.app.store,
        stage.person("maria"),
        shown.checkpoint.id,
        DecisionKind.REQUEST_CHANGES,
        seen=shown.review_digest,
        comments=[Comment(text=text)],
        players=stage.app.players,
    )
    await follow(stage.app, {run_id: ""}, after=after, pace=stage.pace)
    again = await _open(stage, run_id)
    terminal.say(f"\nVersion {again.number}, compared with version {again.previous_number}:", style="bold")
    for line in differences(again.differences) or [Text("Nothing changed.")]:
        terminal.out().print(line)
    for unmet in again.unmet:
        terminal.say(f"The author could not: {unmet}", style=terminal.WARN)
    return again


async def _sign(stage: Stage, shown: Review) -> None:
    from approvals.checkpoint import DecisionKind
    from graphs.deciding import decide

    shown = await _settled(stage, shown)
    against = shown.verdict is not None and (shown.verdict["outcome"] == "revise" or bool(shown.verdict["vetoes"]))
    for login in ("maria", "jonas") if against else ("maria",):
        done = await decide(
            stage.app.store,
            stage.person(login),
            shown.checkpoint.id,
            DecisionKind.APPROVE,
            seen=shown.review_digest,
            reason=AGAINST if against else "",
            players=stage.app.players,
        )
    terminal.say(
        f"\nSigned by Maria Okafor: exactly the text {done.digest[:12]}…. Change one byte, and it is unsigned.",
        style=terminal.GOOD,
    )


async def _settled(stage: Stage, shown: Review) -> Review:
    """What the judge referred is settled by the person, with a level, a quote and a reason of their own."""
    from evidence.errors import InvalidInput
    from evidence.fields import text_fields
    from evidence.sentences import sentences
    from graphs.reviewing import review
    from graphs.settling import settle_criterion

    maria = stage.person("maria")
    while referred := [each for each in shown.criteria if each.outcome == "refer"]:
        each = referred[0]
        terminal.say(f"\nThe judge is not sure about “{each.question}”, so that you settle it.", style="bold")
        goal = text_fields(shown.content, SHOWN)["learner_goal"]
        start, end = sentences(goal)[0]
        quote = goal[start:end]
        level, reason = each.levels[-1], "The goal says so."
        if stage.interactive:
            level = each.levels[stage.choose("Which level is it?", each.levels)]
            quote = terminal.ask("Words of the text that show it:", quote)
            reason = terminal.ask("Why, in a sentence:", reason)
        else:
            terminal.say(f"Settled by itself: {level}, on the words “{quote}”.", style=terminal.QUIET)
        try:
            await settle_criterion(
                stage.app.store,
                maria,
                shown.checkpoint.id,
                each.criterion_id,
                level=level,
                quote=quote,
                reason=reason,
                seen=shown.review_digest,
            )
        except InvalidInput as error:
            if not stage.interactive:
                raise
            terminal.problem(error)
        shown = await review(stage.app.store, maria, shown.checkpoint.id)
    return shown


async def _refused(stage: Stage, actor: Actor, shown: Review, *, seen: str) -> None:
    """Try a decision that must not succeed, and show the refusal."""
    from approvals.checkpoint import DecisionKind
    from evidence.errors import Conflict
    from graphs.deciding import decide

    try:
        await decide(
            stage.app.store, actor, shown.checkpoint.id, DecisionKind.APPROVE, seen=seen, players=stage.app.players
        )
    except Conflict as error:
        terminal.say(f"Refused: {error.detail} {error.todo}", style=terminal.BAD)
