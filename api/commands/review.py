"""``conductor review``: what waits for a person, the page they decide on, and the decision."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from api import terminal
from api.commands.acting import JsonOption, LoginOption, chosen, logged_in
from api.commands.command import asynchronous, settings

if TYPE_CHECKING:
    from api.application import Application
    from api.identity import Identity
    from graphs.reviewing import Review
    from store.records import CheckpointRow

MENU = "[a]pprove, request [c]hanges, [r]eject, [s]ettle a criterion, or [q]uit?"


@dataclass(frozen=True)
class Order:
    """A decision as it was asked for; ``kind`` is empty where the person is asked instead."""

    kind: str = ""
    text: str = ""
    field: str = ""
    quote: str = ""
    reason: str = ""
    settle: str = ""
    seen: str = ""


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("review")(review)


@asynchronous
async def review(
    checkpoint: Annotated[str, typer.Argument(help="Its id or the end of it; without it, what waits is listed.")] = "",
    approve: Annotated[bool, typer.Option("--approve", help="Sign exactly this text.")] = False,
    request_changes: Annotated[
        str, typer.Option("--request-changes", metavar="TEXT", help="Send it back to the author: what should change.")
    ] = "",
    reject: Annotated[bool, typer.Option("--reject", help="Reject it; the work is over.")] = False,
    settle: Annotated[
        str, typer.Option(metavar="CRITERION=LEVEL", help="Settle a criterion that the judge referred to a person.")
    ] = "",
    field: Annotated[str, typer.Option(help="The field a requested change is about, such as opening_line.")] = "",
    quote: Annotated[str, typer.Option(help="Words of the text that the change or the settled level rests on.")] = "",
    reason: Annotated[str, typer.Option(help="Why; needed to settle, and to sign against the verdict.")] = "",
    seen: Annotated[
        str,
        typer.Option(metavar="DIGEST", help="Decide only if it is still what an earlier look showed (`Seen as …`)."),
    ] = "",
    login: LoginOption = "",
    json: JsonOption = False,
) -> None:
    """List what waits for you; show one checkpoint with text and verdict side by side, and decide on it.

    In a terminal you are asked what to decide. What is sent with the decision is the digest of what was shown.
    """
    kinds = [
        kind
        for kind, given in (("approve", approve), ("request_changes", bool(request_changes)), ("reject", reject))
        if given
    ]
    if len(kinds) > 1:
        raise typer.BadParameter("choose one of --approve, --request-changes and --reject")
    order = Order(kinds[0] if kinds else "", request_changes, field, quote, reason, settle, seen)
    if (order.kind or settle) and not checkpoint:
        raise typer.BadParameter("name the checkpoint to decide on")

    from api.application import opened

    async with opened(settings(), bring_forward=False) as app, logged_in(app, login) as who:
        if not checkpoint:
            await _list(app, who, as_json=json)
            return
        checkpoint_id = await _chosen(app, checkpoint)
        shown = await _show(app, who, checkpoint_id, as_json=json)
        if json and not (order.kind or settle):
            return
        decided = await _flags(app, who, shown, order) if order.kind or settle else await _dialogue(app, who, shown)
    if decided is not None:
        await _afterwards(decided, who)


async def _list(app: Application, who: Identity, *, as_json: bool) -> None:
    from api.terminal.review import plain
    from graphs.reviewing import review, waiting

    found = await waiting(app.store, who.actor)
    if as_json:
        terminal.as_json([each.model_dump(mode="json") for each in found])
        return
    if not found:
        terminal.say("Nothing waits for you.")
        return
    made = terminal.table("Checkpoint", "What", "Verdict", "Since", "Title", keep=("Checkpoint", "Since", "Verdict"))
    lines = []
    for each in found:
        page = await review(app.store, who.actor, each.id)
        lines.append(
            (
                terminal.short(each.id),
                f"{plain(each.subject_kind)} {page.number}",
                page.verdict["outcome"] if page.verdict else "",
                each.created_at.strftime("%m-%d %H:%M"),
                str(page.content.get("title", "")),
            )
        )
    terminal.out().print(terminal.rows(made, lines))
    terminal.say(f"\nRead one: {terminal.program()} review {terminal.short(found[0].id)}", style=terminal.QUIET)


async def _chosen(app: Application, wanted: str) -> str:
    async with app.store.read() as work:
        there = await work.approvals.checkpoints()
    return chosen(wanted, [each.id for each in there], "checkpoint", "`conductor review` lists those that wait.")


async def _show(app: Application, who: Identity, checkpoint_id: str, *, as_json: bool) -> Review:
    from api.terminal.review import page
    from graphs.reviewing import review

    found = await review(app.store, who.actor, checkpoint_id)
    if as_json:
        terminal.as_json(found.model_dump(mode="json"))
    else:
        terminal.out().print(page(found))
    return found


async def _flags(app: Application, who: Identity, shown: Review, order: Order) -> CheckpointRow | None:
    """Decide as the options say."""
    seen = order.seen
    if len(seen) >= 12 and shown.review_digest.startswith(seen):
        seen = shown.review_digest
    if order.settle:
        await _settle(app, who, shown, order, seen or shown.review_digest)
        if not order.kind:
            return None
        shown = await _show(app, who, shown.checkpoint.id, as_json=False)
        seen = ""
    return await _decide(app, who, shown, order, seen or shown.review_digest)


async def _dialogue(app: Application, who: Identity, shown: Review) -> CheckpointRow | None:
    """Ask the person, until they have decided or leave."""
    from evidence.errors import InvalidInput

    if shown.checkpoint.status != "pending":
        return None
    if not terminal.is_interactive():
        terminal.say(
            f"\nDecide: {terminal.program()} review {terminal.short(shown.checkpoint.id)} --approve (or --help)"
        )
        return None
    while True:
        answer = terminal.ask(f"\n{MENU}").lower()[:1]
        if answer in ("q", ""):
            terminal.say("Nothing was decided.")
            return None
        try:
            if answer == "s":
                await _settle(app, who, shown, _settlement(shown), shown.review_digest)
                shown = await _show(app, who, shown.checkpoint.id, as_json=False)
            elif answer in ("a", "c", "r"):
                return await _decide(app, who, shown, _order(shown, answer), shown.review_digest)
        except InvalidInput as error:
            terminal.problem(error)


def _settlement(shown: Review) -> Order:
    from api.terminal.review import plain

    referred = [criterion for criterion in shown.criteria if criterion.outcome == "refer"]
    if not referred:
        terminal.say("No criterion is referred to you.")
    for each in referred:
        terminal.say(f"{each.criterion_id}: {each.question} Levels, lowest first: {', '.join(each.levels)}")
    which = terminal.ask("Criterion:", referred[0].criterion_id if len(referred) == 1 else None)
    level = terminal.ask("Level:")
    quote = terminal.ask(f"Words of the text that show {plain(level) or 'it'}:")
    return Order(settle=f"{which}={level}", quote=quote, reason=terminal.ask("Why, in a sentence:"))


def _order(shown: Review, answer: str) -> Order:
    if answer == "c":
        text = terminal.ask("What should change?")
        field = terminal.ask("Which field is it about? (Enter for the whole)")
        return Order("request_changes", text, field, terminal.ask("Which words of it? (Enter for none)"))
    if answer == "r":
        return Order("reject", reason=terminal.ask("Why?"))
    against = shown.verdict is not None and (shown.verdict["outcome"] == "revise" or shown.verdict["vetoes"])
    return Order(
        "approve",
        reason=terminal.ask("Why should it be used all the same?" if against else "A word on why? (Enter for none)"),
    )


async def _settle(app: Application, who: Identity, shown: Review, order: Order, seen: str) -> None:
    from api.identity import fresh_login
    from graphs.deciding import settle_criterion

    criterion, _, level = order.settle.partition("=")
    if not criterion.strip() or not level.strip():
        raise typer.BadParameter("write CRITERION=LEVEL", param_hint="--settle")
    await fresh_login(app.store, who, minutes=app.settings.signing_minutes)
    await settle_criterion(
        app.store,
        who.actor,
        shown.checkpoint.id,
        criterion.strip(),
        level=level.strip(),
        quote=order.quote,
        reason=order.reason,
        seen=seen,
    )
    terminal.say(
        f"Settled: {criterion.strip()} is {level.strip()}. The verdict was computed anew.", style=terminal.GOOD
    )


async def _decide(app: Application, who: Identity, shown: Review, order: Order, seen: str) -> CheckpointRow:
    from api.identity import fresh_login
    from approvals.checkpoint import Comment, DecisionKind
    from evidence.errors import InvalidInput
    from graphs.deciding import decide

    comments: list[Comment] = []
    if order.kind == "request_changes":
        if not order.text.strip():
            raise InvalidInput("A request for changes needs words.", where="comments", todo="Say what should change.")
        comments.append(Comment(field=order.field, quote=order.quote, text=order.text))
    await fresh_login(app.store, who, minutes=app.settings.signing_minutes)
    decided = await decide(
        app.store,
        who.actor,
        shown.checkpoint.id,
        DecisionKind(order.kind),
        seen=seen,
        reason=order.reason,
        comments=comments,
        players=app.players,
    )
    said = {
        "approved": "Signed: learners can practise exactly this text now."
        if shown.checkpoint.subject_kind == "scenario"
        else "Signed.",
        "changes_requested": "Sent back with your words.",
        "rejected": "Rejected; this work is over.",
        "pending": "Your approval is recorded. The policy wants another person before it counts.",
    }
    terminal.say(said.get(decided.status, decided.status), style=terminal.GOOD)
    return decided


async def _afterwards(decided: CheckpointRow, who: Identity) -> None:
    """Bring the work forward where the decision asks for more, and show where it comes to rest."""
    from api.application import opened
    from api.commands.following import AT_REST, follow, last_event, show_rest

    async with opened(settings(), bring_forward=False) as app, app.store.read() as work:
        run = await work.design.run(decided.run_id)
    if run.stage in AT_REST:
        return
    async with opened(settings(), executor_id="command") as app:
        after = {run.id: await last_event(app, run.id)}
        resting = await follow(app, {run.id: ""}, after=after)
        code = await show_rest(app, who.actor, resting[run.id])
    raise typer.Exit(code)
