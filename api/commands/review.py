"""``conductor review``: what waits for a person, the page they decide on, and the decision."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api import terminal
from api.commands.acting import JsonOption, LoginOption, chosen, logged_in, needs
from api.commands.command import asynchronous, settings
from api.commands.deciding import Order, Settlement, carry_out
from api.commands.edits import in_editor, keep, read_edits

if TYPE_CHECKING:
    from api.application import Application
    from api.commands.deciding import Tell
    from api.identity import Identity
    from graphs.reviewing import Review
    from graphs.turns import Turn
    from store.records import CheckpointRow


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("review")(review)


@asynchronous
async def review(
    checkpoint: Annotated[str, typer.Argument(help="Its id or the end of it; without it, what waits is listed.")] = "",
    approve: Annotated[bool, typer.Option("--approve", help="Sign exactly this text.")] = False,
    approve_with_edits: Annotated[
        str,
        typer.Option(
            "--approve-with-edits",
            metavar="FILE",
            help="Change the wording: YAML `field: text`, or lines `field=text`; - reads standard input.",
        ),
    ] = "",
    edit: Annotated[
        list[str] | None,
        typer.Option(
            "--edit", metavar="FIELD=TEXT", help="Change the wording of one field; may be given several times."
        ),
    ] = None,
    editor: Annotated[
        list[str] | None,
        typer.Option("--editor", metavar="FIELD", help="Change the wording of one field in your EDITOR."),
    ] = None,
    request_changes: Annotated[
        str, typer.Option("--request-changes", metavar="TEXT", help="Send it back to the author: what should change.")
    ] = "",
    reject: Annotated[bool, typer.Option("--reject", help="Reject it; the work is over.")] = False,
    withdraw: Annotated[bool, typer.Option("--withdraw", help="Take it back undecided; needs --reason.")] = False,
    settle: Annotated[
        str, typer.Option(metavar="CRITERION=LEVEL", help="Settle a criterion that the judge referred to a person.")
    ] = "",
    agree: Annotated[
        list[str] | None, typer.Option(metavar="CRITERION", help="The judge's level for it is right.")
    ] = None,
    disagree: Annotated[
        list[str] | None, typer.Option(metavar="CRITERION[=LEVEL]", help="It is wrong, and which level is right.")
    ] = None,
    resolve: Annotated[
        list[int] | None, typer.Option(metavar="N", help="Comment N of an earlier round is resolved.")
    ] = None,
    unresolve: Annotated[
        list[int] | None, typer.Option(metavar="N", help="Comment N of an earlier round is not resolved.")
    ] = None,
    note: Annotated[str, typer.Option(help="A word beside --resolve and --unresolve.")] = "",
    claim: Annotated[bool, typer.Option("--claim", help="Keep colleagues from deciding for half an hour.")] = False,
    take_over: Annotated[bool, typer.Option("--take-over", help="Claim it also where a colleague has.")] = False,
    release: Annotated[bool, typer.Option("--release", help="Give your claim back.")] = False,
    due: Annotated[
        str, typer.Option(metavar="DAY", help="Decide it by the end of this day, such as 2027-01-31; or 'none'.")
    ] = "",
    field: Annotated[str, typer.Option(help="The field a requested change is about, such as opening_line.")] = "",
    quote: Annotated[str, typer.Option(help="Words of the text that the change or the settled level rests on.")] = "",
    reason: Annotated[
        str, typer.Option(help="Why; needed to settle, to withdraw, and to sign against the verdict.")
    ] = "",
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
    wanted = (
        ("approve", approve),
        ("approve_with_edits", bool(approve_with_edits or edit or editor)),
        ("request_changes", bool(request_changes)),
        ("reject", reject),
        ("withdraw", withdraw),
    )
    kinds = [kind for kind, given in wanted if given]
    if len(kinds) > 1:
        raise typer.BadParameter(
            "choose one of --approve, --approve-with-edits (or --edit, --editor), --request-changes, --reject and "
            "--withdraw"
        )
    order = Order(
        kind=kinds[0] if kinds else "",
        reason=reason,
        comments=((field, quote, request_changes),) if request_changes else (),
        edits=read_edits(approve_with_edits, edit or ()),
        settle=_settlements(settle, quote, reason),
        agree=tuple(agree or ()),
        disagree=tuple(disagree or ()),
        resolve=tuple(resolve or ()),
        unresolve=tuple(unresolve or ()),
        note=note,
        claim=claim,
        take_over=take_over,
        release=release,
        due=due,
    )
    if not order.empty and not checkpoint:
        raise typer.BadParameter("name the checkpoint it is about")

    from api.application import opened
    from approvals.people import Role

    async with opened(settings(), bring_forward=False) as app, logged_in(app, login) as who:
        needs(app, who, Role.DESIGNER, Role.STRATEGIST, to="review")
        if not checkpoint:
            await _list(app, who, as_json=json)
            return
        shown, turn = await _load(app, who, await _chosen(app, checkpoint))
        if shown.label_first and order.empty and not json:
            if not await _label_first(app, who, shown):
                return
            shown, turn = await _load(app, who, shown.checkpoint.id)
        if not json:
            _print(shown, turn, who)
        elif order.empty:
            terminal.as_json(shown.model_dump(mode="json"))
            return
        done: list[str] = []
        if order.empty:
            decided = await _dialogue(app, who, shown, turn)
        else:
            tell = done.append if json else lambda said: terminal.say(said, style=terminal.GOOD)
            decided = await _options(app, who, shown, order, tell, editor or (), seen=seen)
    await show_what_follows(decided, who, done, as_json=json)


def _settlements(settle: str, quote: str, reason: str) -> tuple[Settlement, ...]:
    if not settle:
        return ()
    criterion, _, level = settle.partition("=")
    if not criterion.strip() or not level.strip():
        raise typer.BadParameter("write CRITERION=LEVEL", param_hint="--settle")
    return (Settlement(criterion, level, quote, reason),)


async def _list(app: Application, who: Identity, *, as_json: bool) -> None:
    from api.commands.queue import as_data, show
    from approvals.people import Role
    from graphs.batching import confirmable
    from graphs.inbox import waiting_for

    found = await waiting_for(app.store, who.actor)
    if as_json:
        terminal.as_json([as_data(each) for each in found])
        return
    designer = Role.DESIGNER in who.actor.roles
    listed = len(await confirmable(app.store, who.actor)) if designer else 0
    async with app.store.read() as work:
        doubtful = sum(bool(each.stale) for each in await work.approvals.standing_sign_offs()) if designer else 0
    show(found, doubtful, listed)


async def _chosen(app: Application, wanted: str) -> str:
    async with app.store.read() as work:
        there = await work.approvals.checkpoints()
    return chosen(wanted, [each.id for each in there], "checkpoint", "`conductor review` lists those that wait.")


async def _load(app: Application, who: Identity, checkpoint_id: str) -> tuple[Review, Turn]:
    from graphs.reviewing import review
    from graphs.turns import turn_at

    shown = await review(app.store, who.actor, checkpoint_id)
    return shown, await turn_at(app.store, who.actor, shown)


async def _label_first(app: Application, who: Identity, shown: Review) -> bool:
    """Show the text alone and ask for the person's own levels; gives whether they said all of them."""
    from api.terminal.labelling import ask_levels, blind_page, how_to_label
    from graphs.labelling import say_levels

    terminal.out().print(blind_page(shown.content, shown.label_first))
    pending = shown.checkpoint.status == "pending"
    if not terminal.is_interactive() or not pending:
        terminal.say(how_to_label(shown.checkpoint.id, shown.label_first))
        return False
    said = await say_levels(app.store, who.actor, shown.checkpoint.subject_id, ask_levels(shown.label_first))
    return said.left == 0


def _print(shown: Review, turn: Turn, who: Identity) -> None:
    from api.terminal.review import page

    pending = shown.checkpoint.status == "pending"
    terminal.out().print(page(shown, turn=turn if pending else None, me=who.actor.person_id))


async def _options(
    app: Application, who: Identity, shown: Review, order: Order, tell: Tell, in_mine: Iterable[str], *, seen: str
) -> CheckpointRow:
    """Do what the options say; words from an editor are kept in a file where they cannot be sent."""
    from dataclasses import replace

    from api.commands.edits import check_fields
    from evidence.errors import ConductorError, Conflict

    typed: dict[str, str] = {}
    check_fields(dict.fromkeys(in_mine, ""), shown.source)
    try:
        for name in in_mine:
            typed[name] = in_editor(shown.source[name], name)
        return await carry_out(app, who, shown, replace(order, edits={**order.edits, **typed}), tell, seen=seen)
    except ConductorError as error:
        if typed and (path := keep({**order.edits, **typed}, shown.checkpoint.id)):
            error.todo = f"{error.todo} Your edits are in {path}; send them with --approve-with-edits.".strip()
        if isinstance(error, Conflict) and (await _load(app, who, shown.checkpoint.id))[1].claim == "theirs":
            error.todo = f"{error.todo} --take-over takes it over."
        raise


async def _dialogue(app: Application, who: Identity, shown: Review, turn: Turn) -> CheckpointRow | None:
    """Ask the person, where there is something they can decide and somebody to ask."""
    from api.commands.sitting import Sitting

    if shown.checkpoint.status != "pending":
        return None
    if not terminal.is_interactive():
        terminal.say(
            f"\nDecide: {terminal.program()} review {terminal.short(shown.checkpoint.id)} --approve (or --help)"
        )
        return None
    return await Sitting(app, who, shown, turn).hold()


async def show_what_follows(decided: CheckpointRow | None, who: Identity, done: list[str], *, as_json: bool) -> None:
    """Bring the work forward where the decision asks for more, and show where it comes to rest."""
    from api.application import opened
    from api.commands.following import AT_REST, at_rest, follow, last_event, show_rest

    if decided is None:
        return
    code = 0
    async with opened(settings(), bring_forward=False) as app, app.store.read() as work:
        run = await work.design.run(decided.run_id)
    if run.stage not in AT_REST:
        async with opened(settings(), executor_id="command") as app:
            if as_json:
                run = await at_rest(app, run.id)
            else:
                after = {run.id: await last_event(app, run.id)}
                resting = await follow(app, {run.id: ""}, after=after, viewer=who.actor)
                code = await show_rest(app, who.actor, resting[run.id])
    if as_json:
        told: dict[str, Any] = {"checkpoint": decided.model_dump(mode="json"), "done": done, "stage": run.stage}
        terminal.as_json(told)
    if code:
        raise typer.Exit(code)
