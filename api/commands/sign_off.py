"""``conductor signed``, ``revoke`` and ``again``: what is signed, taking that back, and a second look at it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api import terminal
from api.commands.acting import (
    LEAST_ENDING,
    JsonOption,
    LoginOption,
    ProgrammeOption,
    chosen_programme,
    logged_in,
    needs,
)
from api.commands.command import INTERRUPTED, UNAVAILABLE, asynchronous, settings

if TYPE_CHECKING:
    from api.application import Application
    from api.identity import Identity
    from store.records import Run, SignOff

STANDING, CHANGED, SUSPENDED, REPLACED, REVOKED = "stands", "changed", "suspended", "replaced", "revoked"


def add_to(app: typer.Typer) -> None:
    """Add the three commands."""
    for command in (signed, revoke, again):
        app.command(command.__name__)(command)


@dataclass(frozen=True)
class Signature:
    """A sign-off of a scenario: whose it is, how it stands, and the checkpoint of a second look that waits, or "".

    ``state`` is "stands", "changed" (it stands, and something changed since), "suspended", "replaced" (by a later
    sign-off of the same work) or "revoked"; ``why`` says the others in sentences.
    """

    sign_off: SignOff
    title: str
    number: int
    run: Run
    signed_by: tuple[str, ...]
    state: str
    why: tuple[str, ...]
    waits: str

    @property
    def over(self) -> bool:
        """Whether it was revoked, by a person or by a later sign-off."""
        return self.sign_off.revoked_at is not None

    @property
    def names(self) -> tuple[str, ...]:
        """Every id it goes by: its own, the version's, the checkpoint's, the work's."""
        return self.sign_off.id, self.sign_off.subject_id, self.sign_off.checkpoint_id, self.run.id


@asynchronous
async def signed(
    doubtful: Annotated[bool, typer.Option("--doubtful", help="Only where something changed since.")] = False,
    everything: Annotated[bool, typer.Option("--all", help="Also what was revoked or replaced.")] = False,
    programme: ProgrammeOption = "",
    login: LoginOption = "",
    json: JsonOption = False,
) -> None:
    """List signed scenarios: who signed them and when, whether learners can begin them, and what changed since."""
    from api.application import opened
    from api.terminal.turn import moment
    from approvals.people import Role

    async with opened(settings(), bring_forward=False) as app, logged_in(app, login) as who:
        needs(app, who, Role.DESIGNER, Role.STRATEGIST, Role.ADMIN, to="see what is signed")
        place = (await chosen_programme(app, programme)).id if programme else None
        found = await _signatures(app, place)
    if doubtful:
        found = [each for each in found if each.state in (CHANGED, SUSPENDED)]
    elif not everything:
        found = [each for each in found if not each.over]
    if json:
        terminal.as_json([_data(each) for each in found])
        return
    if not found:
        terminal.say("Nothing signed is doubtful." if doubtful else "Nothing is signed yet.")
        return
    made = terminal.table("Sign-off", "Signed", "By", "State", "Title", keep=("Sign-off", "Signed", "State"))
    lines = [
        (
            terminal.short(each.sign_off.id),
            each.sign_off.created_at.strftime("%Y-%m-%d"),
            ", ".join(each.signed_by),
            each.state,
            f"{each.title} (version {each.number})",
        )
        for each in found
    ]
    terminal.out().print(terminal.rows(made, lines))
    for each in (each for each in found if each.why or each.waits):
        terminal.say(f"\n{terminal.short(each.sign_off.id)} {_told(each)}", style=terminal.WARN)
        for line in each.why:
            terminal.say(f"  {line}")
        if each.waits:
            terminal.say(
                f"  A second look waits for a person: {terminal.program()} review {terminal.short(each.waits)}"
            )
        if each.sign_off.revoked_at:
            terminal.say(f"  On {moment(each.sign_off.revoked_at)}.", style=terminal.QUIET)
    if any(each.state in (CHANGED, SUSPENDED) and each.run.stage == "published" for each in found):
        terminal.say(f"\nHave them judged again: {terminal.program()} again --doubtful", style=terminal.QUIET)


@asynchronous
async def revoke(
    sign_off: Annotated[
        str, typer.Argument(help="The sign-off, the scenario version, or its checkpoint; its id or the end of it.")
    ],
    reason: Annotated[str, typer.Option(help="Why, in a sentence; recorded, and shown to designers.")] = "",
    stop: Annotated[
        bool, typer.Option("--stop", help="Practices under way stop at their next turn, instead of being finished.")
    ] = False,
    login: LoginOption = "",
    json: JsonOption = False,
) -> None:
    """Take a sign-off back: nobody begins on it any more. A text that is fine again needs a new sign-off."""
    from api.application import opened
    from approvals.people import Role
    from graphs import revoking

    async with opened(settings(), bring_forward=False) as app, logged_in(app, login) as who:
        needs(app, who, Role.DESIGNER, Role.STRATEGIST, Role.ADMIN, to="revoke a sign-off")
        found = _chosen(await _signatures(app), sign_off)
        if not reason.strip() and not json and terminal.is_interactive() and not found.over:
            terminal.say(f"“{found.title}” (version {found.number}), signed by {' and '.join(found.signed_by)}.")
            reason = terminal.ask("Why is it revoked?")
        rule = revoking.OpenPractices.STOP if stop else revoking.OpenPractices.FINISH
        done = await revoking.revoke(app.store, who.actor, found.sign_off.id, reason=reason, open_practices=rule)
    if json:
        terminal.as_json(done.model_dump(mode="json"))
        return
    rest = "stop at their next turn" if stop else "may be finished"
    terminal.say(
        f"Revoked: nobody begins “{found.title}” on this sign-off any more; practices under way {rest}.",
        style=terminal.GOOD,
    )


@asynchronous
async def again(
    scenario: Annotated[
        list[str] | None, typer.Argument(help="Signed scenarios: sign-off, version or run; ids or the ends of them.")
    ] = None,
    doubtful: Annotated[bool, typer.Option("--doubtful", help="All about which something changed since.")] = False,
    everything: Annotated[bool, typer.Option("--all", help="All that is signed.")] = False,
    programme: ProgrammeOption = "",
    login: LoginOption = "",
) -> None:
    """Have signed work judged again under the strategy and by the players of today; it stays signed meanwhile.

    What comes out as it was signed is then one list to confirm.
    """
    if bool(scenario) + doubtful + everything != 1:
        raise typer.BadParameter("name scenarios, or --doubtful, or --all")
    import asyncio

    from api.application import opened
    from api.commands.following import follow, last_event
    from approvals.people import Role
    from graphs.batching import confirmable, review_again

    async with opened(settings(), executor_id="command") as app, logged_in(app, login) as who:
        needs(app, who, Role.DESIGNER, to="have signed work judged again")
        place = (await chosen_programme(app, programme)).id if programme else None
        there = [each for each in await _signatures(app, place) if not each.over]
        picked = [_chosen(there, each) for each in scenario or ()]
        if not scenario:
            picked = [each for each in there if everything or each.state != STANDING]
            picked = [each for each in picked if _at_rest(each)]
        runs = {each.run.id: each.title for each in picked}
        if not runs:
            terminal.say("There is nothing to judge again.")
            return
        after = {run_id: await last_event(app, run_id) for run_id in runs}
        await review_again(app.store, who.actor, list(runs))
        labels = {run_id: terminal.short(run_id) for run_id in runs} if len(runs) > 1 else dict.fromkeys(runs, "")
        try:
            resting = await follow(app, labels, after=after, viewer=who.actor)
        except asyncio.CancelledError:
            terminal.say("\nYou left. The work goes on the next time Conductor runs; `conductor runs` shows it.")
            raise typer.Exit(INTERRUPTED) from None
        listed = {each.checkpoint_id for each in await confirmable(app.store, who.actor)}
        failed = await _outcome(app, who, resting, runs, listed)
    raise typer.Exit(UNAVAILABLE if failed else 0)


async def _outcome(
    app: Application, who: Identity, resting: dict[str, Run], titles: dict[str, str], listed: set[str]
) -> int:
    """Say where each piece of work came to rest; gives how many stopped on an error."""
    terminal.say()
    as_before = failed = 0
    for run_id, run in resting.items():
        async with app.store.read() as work:
            waiting = await work.approvals.checkpoints(run_id=run_id, status="pending")
        if run.stage == "errored":
            failed += 1
            said = f"the judgement failed; {terminal.program()} retry {terminal.short(run_id)}"
            terminal.complain(f"{titles[run_id]}:", said)
        elif waiting and waiting[-1].id in listed:
            as_before += 1
            terminal.say(f"{titles[run_id]}: as it was signed", style=terminal.GOOD)
        elif waiting:
            at = terminal.short(waiting[-1].id)
            terminal.say(f"{titles[run_id]}: read it, {terminal.program()} review {at}", style=terminal.WARN)
    if as_before:
        terminal.say(f"\nConfirm what is as it was signed: {terminal.program()} confirm", style=terminal.QUIET)
    return failed


async def _signatures(app: Application, programme_id: str | None = None) -> list[Signature]:
    """Every sign-off of a scenario, newest first."""
    async with app.store.read() as work:
        found = [each for each in await work.approvals.sign_offs() if each.subject_kind == "scenario"]
        made = [await _signature(work, each) for each in reversed(found)]
    return [each for each in made if programme_id in (None, each.run.programme_id)]


async def _signature(work: Any, each: SignOff) -> Signature:
    from store.purpose import Purpose

    version = await work.design.version(each.subject_id)
    run = await work.design.run(version.run_id)
    approvals = [one for one in await work.approvals.decisions(each.checkpoint_id) if one.kind == "approve"]
    people = {one.person_id for one in approvals} | ({str(each.revoked_by)} if each.revoked_by else set())
    names = await work.people.names(frozenset(people), purpose=Purpose.ACCOUNTABILITY)
    why: tuple[str, ...] = tuple(f"{line[:1].upper()}{line[1:]}" for line in each.stale or ())
    state = each.standing
    if each.revoked_at is not None:
        rest = "practices under way stop" if each.open_practices == "stop" else "practices under way may be finished"
        state = REPLACED if each.revoked_because == "replaced" else REVOKED
        by = names.get(str(each.revoked_by), "somebody")
        why = (f"By {by}'s signature ({rest})." if state == REPLACED else f"By {by}: {each.revoked_because} ({rest})",)
    waiting = await work.approvals.checkpoints(run_id=run.id, status="pending") if each.revoked_at is None else []
    return Signature(
        sign_off=each,
        title=version.title,
        number=version.number,
        run=run,
        signed_by=tuple(names.get(one.person_id, "somebody") for one in approvals),
        state=state,
        why=why,
        waits=waiting[-1].id if waiting else "",
    )


def _chosen(there: list[Signature], wanted: str) -> Signature:
    """The sign-off that was meant; a standing one before what was revoked.

    Raises:
        NotFound: none fits, or several do.
    """
    from evidence.errors import NotFound

    given = wanted.strip().lower()
    fits = [each for each in there if given in each.names]
    if not fits and len(given) >= LEAST_ENDING:
        fits = [each for each in there if any(name.endswith(given) for name in each.names)]
    standing = [each for each in fits if not each.over]
    fits = standing or fits[:1]
    if len(fits) != 1:
        raise NotFound(
            f"There is no signed scenario '{wanted}'." if not fits else f"'{wanted}' fits several signed scenarios.",
            todo=f"`{terminal.program()} signed` lists them.",
        )
    return fits[0]


def _at_rest(each: Signature) -> bool:
    return each.run.stage == "published"


def _told(each: Signature) -> str:
    return {
        STANDING: "stands, and was judged again.",
        CHANGED: "stands, but something changed since it was signed:",
        SUSPENDED: "is suspended: nobody begins it until it is signed again.",
        REPLACED: "was replaced by a later sign-off of this work.",
        REVOKED: "was revoked.",
    }[each.state]


def _data(each: Signature) -> dict[str, Any]:
    return each.sign_off.model_dump(mode="json") | {
        "title": each.title,
        "number": each.number,
        "run_id": each.run.id,
        "signed_by": list(each.signed_by),
        "state": each.state,
        "why": list(each.why),
        "waits": each.waits,
    }
