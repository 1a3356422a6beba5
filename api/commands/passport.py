"""``conductor passport``: a signed scenario with its proof in one file, and its verification anywhere."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api import terminal
from api.commands.acting import JsonOption, LoginOption, chosen, logged_in
from api.commands.command import REFUSED, asynchronous, reported, settings

if TYPE_CHECKING:
    from api.application import Application

_ID = 36  # characters of a whole id


def add_to(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="A signed scenario with its proof, in one file.", no_args_is_help=True)
    group.command("export")(export)
    group.command("verify")(verify)
    app.add_typer(group, name="passport")


@asynchronous
async def export(
    scenario: Annotated[str, typer.Argument(help="A signed scenario version, or the checkpoint where it was signed.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Write to this file, which must not be there yet.")],
    login: LoginOption = "",
    json: JsonOption = False,
) -> None:
    """Write the passport of a signed scenario. It holds the charter and the criteria in full."""
    from api.application import opened
    from approvals.passport import written
    from graphs.passports import passport_of
    from store.signing import load_or_create_signing_key

    config = settings()
    async with opened(config, bring_forward=False) as app, logged_in(app, login) as who:
        key = load_or_create_signing_key(config.signing_key)
        document = await passport_of(app.store, key, who.actor, await _whole(app, scenario))
    _write(out, written(document))
    found = {"file": str(out), "title": document["scenario"]["title"], "digest": document["scenario"]["digest"]}
    if json:
        terminal.as_json(found | {"key_id": key.key_id})
        return
    terminal.say(f"The passport of “{found['title']}” is in {out}.", style=terminal.GOOD)
    terminal.say("Whoever gets it verifies it with your public key, which `conductor audit key` prints:")
    terminal.say(f"  conductor passport verify {out.name} --key public.pem")


@reported
def verify(
    file: Annotated[Path, typer.Argument(help="The passport.")],
    key: Annotated[list[Path], typer.Option(metavar="FILE", help="Public key of an installation you trust, as PEM.")],
    json: JsonOption = False,
) -> None:
    """Check a passport and show what it says; needs no database, no settings and no network. Exit 1 where it fails."""
    from approvals.passport import read, verify
    from evidence.errors import InvalidInput
    from store.signing import read_public_keys

    try:
        data = file.read_bytes()
    except OSError as error:
        raise InvalidInput(f"It cannot be read: {error.strerror}.", where=str(file), todo="Check the name.") from error
    document = read(data, str(file))
    keys = {key_id: found for path in key for key_id, found in read_public_keys(path).items()}
    findings = verify(document, keys, texts=as_judged)
    if json:
        scenario = document.get("scenario")
        told = {"holds": not findings, "findings": findings, "key_id": document.get("key_id")}
        if isinstance(scenario, dict):
            told |= {"title": scenario.get("title"), "digest": scenario.get("digest")}
        terminal.as_json(told)
    elif findings:
        for finding in findings:
            terminal.complain(f"✗ {finding}")
        terminal.complain("This passport does not hold.", "Do not rely on it; get it again from whoever issued it.")
    else:
        from api.terminal.passport import summary

        terminal.out().print(summary(document, as_judged(document["scenario"]["content"])))
        terminal.say("\n✓ The passport holds: text, verdict, signatures and log fit together.", style=terminal.GOOD)
    if findings:
        raise typer.Exit(REFUSED)


def as_judged(content: dict[str, Any]) -> dict[str, Any]:
    """The text as people and judges read it: variation slots filled with their first values."""
    from practice.scenario import Scenario
    from practice.variation import render

    return render(Scenario.model_validate(content)).content()


async def _whole(app: Application, wanted: str) -> str:
    """The id that was meant, among what was ever signed; a whole id stands for itself, so that a refusal says why."""
    if len(wanted.strip()) == _ID:
        return wanted.strip().lower()
    async with app.store.read() as work:
        approved = await work.approvals.checkpoints(status="approved")
    scenarios = [each for each in approved if each.subject_kind == "scenario"]
    ids = {each.id for each in scenarios} | {each.subject_id for each in scenarios}
    return chosen(wanted, ids, "signed scenario", "`conductor practice` lists what is signed.")


def _write(path: Path, data: bytes) -> None:
    from evidence.errors import Conflict, InvalidInput

    try:
        with path.open("xb") as file:
            file.write(data)
    except FileExistsError as error:
        raise Conflict("This file is there already.", where=str(path), todo="Choose another name.") from error
    except OSError as error:
        raise InvalidInput(
            f"It cannot be written: {error.strerror}.", where=str(path), todo="Check the name."
        ) from error
