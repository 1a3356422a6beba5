"""``conductor audit``: does the log hold, what stands in it for elsewhere, and does the present follow from it?"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api import terminal
from api.commands.acting import JsonOption
from api.commands.command import REFUSED, asynchronous, reported, settings

if TYPE_CHECKING:
    from api.settings import Settings
    from approvals.audit import Break, Export, Head, Keys


def add_to(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="The audit log: check it, take it elsewhere, replay it.", no_args_is_help=True)
    for command in (verify, export, replay, key):
        group.command(command.__name__)(command)
    app.add_typer(group, name="audit")


@asynchronous
async def verify(
    export: Annotated[
        Path | None, typer.Argument(help="An exported log to check instead of this installation's database.")
    ] = None,
    head: Annotated[
        str,
        typer.Option(
            metavar="FILE", help="A head kept elsewhere: an earlier export, a signed head, or ROW:HASH as once printed."
        ),
    ] = "",
    public_key: Annotated[
        list[Path] | None, typer.Option(metavar="FILE", help="A public key to trust beside this installation's own.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Check every row, every signed head, and what was exported earlier; exit 1 where something is wrong."""
    from approvals.audit import examine

    config = settings()
    known = _known(head)
    keys = _trusted(config, public_key or [])
    if export is None:
        rows, seals, kept = await _stored(config)
        broken = examine(rows, exported=[kept], seals=seals, keys=keys)
        broken = broken or examine(rows, exported=known, seals=seals, keys=keys)
    else:
        read = _read_export(export, keys)
        rows, seals = list(read.rows), [read.head]
        broken = examine(rows, after=read.after, exported=[read.head], keys=keys) or _runs_past(read)
        broken = broken or examine(rows, after=read.after, exported=known, keys=keys)
    end = f"{rows[-1][0]['seq']}:{rows[-1][1]}" if rows else ""
    _tell(broken, len(rows), end, seals, as_json=json)
    if broken is not None:
        raise typer.Exit(REFUSED)


@asynchronous
async def export(
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Write to this file, which must not be there yet.")
    ] = None,
    since: Annotated[int, typer.Option(min=0, metavar="ROW", help="Only rows after this one.")] = 0,
    json: JsonOption = False,
) -> None:
    """Write the log as JSON Lines, one row each, the last line a freshly signed head. It holds opaque ids only."""
    from api.application import opened
    from approvals.audit import GENESIS, examine, export_lines
    from evidence.errors import Conflict, InvalidInput
    from graphs.sealing import chain_of, head_of, seal_head
    from store.signing import load_or_create_signing_key

    config = settings()
    async with opened(config, bring_forward=False) as app:
        head = head_of(await seal_head(app.store, load_or_create_signing_key(config.signing_key)))
        async with app.store.read() as work:
            rows = [each for each in chain_of(await work.approvals.audit_rows()) if each[0]["seq"] <= head.seq]
    broken = examine(rows, exported=[head])
    if broken is not None:
        raise Conflict(f"The log does not hold, so it is not exported. {broken.detail}", todo=broken.todo)
    if since > head.seq:
        raise InvalidInput(f"The log ends at row {head.seq}.", where="--since", todo="Name an earlier row.")
    after = (since, rows[since - 1][1]) if since else (0, GENESIS)
    written = rows[since:]
    if out is not None:
        _write(out, b"".join(export_lines(written, head, after)))
    if json:
        listed = {} if out else {"log": [{**row, "hash": hash_} for row, hash_ in written]}
        terminal.as_json({"rows": len(written), "head": head.model_dump(), "file": str(out or ""), **listed})
    elif out is not None:
        terminal.say(f"{_rows(len(written))} and the head of row {head.seq}, signed, are in {out}.")
        terminal.say("Keep it where nobody who can change the database can change it.", style=terminal.QUIET)
    else:
        sys.stdout.buffer.writelines(export_lines(written, head, after))


@asynchronous
async def replay(json: JsonOption = False) -> None:
    """Work out the present from the log's rows alone, and compare it with the database; exit 1 where they differ."""
    from api.application import opened
    from graphs.replaying import compare

    async with opened(settings(), bring_forward=False) as app:
        found = await compare(app.store)
    if json:
        terminal.as_json(found.model_dump(mode="json") | {"agrees": found.agrees})
    else:
        made = terminal.table("What", "By the log", "In the database", title=f"{_rows(found.rows)} replayed")
        lines = [(what, str(log), str(stored)) for what, log, stored in found.counts]
        terminal.out().print(terminal.rows(made, lines))
        for difference in found.differences:
            terminal.complain(difference)
        for each in found.impossible:
            terminal.complain(f"Row {each.seq} cannot be: {each.why}.")
        if found.agrees:
            terminal.say("\nThe database agrees with its log.", style=terminal.GOOD)
        else:
            terminal.complain("Log and database differ.", "Keep both as they are, and compare them with a backup.")
    if not found.agrees:
        raise typer.Exit(REFUSED)


@reported
def key(json: JsonOption = False) -> None:
    """Print the public key that verifies heads and passports of this installation, as PEM; its id goes to stderr."""
    from store.signing import load_or_create_signing_key

    config = settings()
    found = load_or_create_signing_key(config.signing_key)
    earlier = sorted(found.trusted.keys() - {found.key_id})
    if json:
        terminal.as_json({"key_id": found.key_id, "public_key": found.public_pem(), "earlier": earlier})
        return
    sys.stdout.write(found.public_pem())
    terminal.err().print(f"Key id: {found.key_id}", soft_wrap=True, markup=False)
    for each in earlier:
        terminal.err().print(f"Before it: {each}", soft_wrap=True, markup=False)


async def _stored(config: Settings) -> tuple[list[tuple[dict[str, Any], str]], list[Head], tuple[int, str]]:
    """Rows with their hashes, signed heads, and the head kept beside the log."""
    from api.application import opened
    from graphs.sealing import chain_of, head_of

    async with opened(config, bring_forward=False) as app, app.store.read() as work:
        kept = await work.approvals.audit_head()  # heads before rows: the log may grow between the two
        seals = [head_of(seal) for seal in await work.approvals.seals()]
        return chain_of(await work.approvals.audit_rows()), seals, kept


def _known(text: str) -> list[Head | tuple[int, str]]:
    """The head that was kept elsewhere, if one was named."""
    from approvals.audit import read_head
    from evidence.errors import InvalidInput

    if not text.strip():
        return []
    if Path(text).is_file():
        return [read_head(_read(Path(text), "--head"), text)]
    number, _, hash_ = text.strip().partition(":")
    if not (number.isascii() and number.isdigit() and len(number) < 16) or len(hash_) != 64:
        raise InvalidInput(
            "This is no head, and no file.",
            where="--head",
            todo="Name a file that `conductor audit export` wrote, or ROW:HASH as `conductor audit verify` printed it.",
        )
    return [(int(number), hash_)]


def _trusted(config: Settings, named: list[Path]) -> Keys:
    """The public keys to check signatures with: those named, and this installation's own where it has one."""
    from store.signing import load_or_create_signing_key, read_public_keys

    found = {}
    if config.signing_key.is_file():
        found.update(load_or_create_signing_key(config.signing_key).trusted)
    for path in named:
        found.update(read_public_keys(path))
    return found


def _read_export(path: Path, keys: Keys) -> Export:
    from approvals.audit import read_export
    from evidence.errors import InvalidInput

    if not keys:
        raise InvalidInput(
            "There is no key to check its signature with.",
            where="--public-key",
            todo="Name the file with the public key that `conductor audit key` printed on that installation.",
        )
    return read_export(_read(path, "EXPORT"), str(path))


def _runs_past(read: Export) -> Break | None:
    """An export ends at its head; rows after it are vouched for by nobody."""
    from approvals.audit import Break

    last = read.after[0] + len(read.rows)
    if last == read.head.seq:
        return None
    return Break(read.head.seq + 1, f"Row {read.head.seq + 1} was added after the head was signed.", "Export it again.")


def _tell(broken: Break | None, count: int, end: str, seals: list[Head], *, as_json: bool) -> None:
    if as_json:
        terminal.as_json(
            {
                "holds": broken is None,
                "rows": count,
                "head": end,
                "signed_heads": len(seals),
                "signed_to": seals[-1].seq if seals else None,
                "broken_at": None if broken is None else broken.row,
                "detail": "" if broken is None else broken.detail,
                "todo": "" if broken is None else broken.todo,
            }
        )
        return
    if broken is not None:
        terminal.complain(f"The chain is broken at row {broken.row}. {broken.detail}", broken.todo)
        return
    signed = f"signed up to row {seals[-1].seq}" if seals else "no head of it was signed yet"
    terminal.say(f"The chain holds: {_rows(count)}, {signed}.", style=terminal.GOOD)
    if end:
        terminal.say("Its head, to keep somewhere else and check against later:")
        terminal.out().print(end, soft_wrap=True, markup=False)


def _rows(count: int) -> str:
    return f"{count} {'row' if count == 1 else 'rows'}"


def _read(path: Path, where: str) -> bytes:
    from evidence.errors import InvalidInput

    try:
        return path.read_bytes()
    except OSError as error:
        raise InvalidInput(f"{path} cannot be read: {error.strerror}.", where=where, todo="Check the name.") from error


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
