"""``conductor serve``: the application on an address, with a demo company where asked for."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Annotated

import typer

from api import terminal
from api.commands.command import current, end_at_once, log_to_terminal, reported, settings

if TYPE_CHECKING:
    import socket
    from types import FrameType

    from api.demo import DemoLogin
    from api.settings import Settings


NO_HISTORY = (
    "This demo has no history: nothing is decided yet, so the what-if page has nothing to try. The ten weeks are made "
    "for Tarrow, in a new SQLite file: to see them, start `conductor serve --demo` without --no-history, without "
    "CONDUCTOR_DATABASE_URL, and where there is no var/demo.db yet."
)


# An idle connection outlives what proxies and clients keep (nginx: 60 s): whoever closes first must not be the server,
# or a request that is on its way meets a connection that has just gone.
KEEP_ALIVE_SECONDS = 75


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("serve")(serve)


@reported
def serve(
    demo: Annotated[
        bool,
        typer.Option(
            "--demo", help="Serve a demo company in var/demo.db, made on the first start, on this machine only."
        ),
    ] = False,
    no_history: Annotated[
        bool,
        typer.Option("--no-history", help="With --demo: make the company without its ten weeks of history; quicker."),
    ] = False,
    host: Annotated[str | None, typer.Option(help="Address to listen on; CONDUCTOR_HOST where it is missing.")] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Port; CONDUCTOR_PORT where it is missing, 0 takes a free one.")
    ] = None,
    no_worker: Annotated[
        bool,
        typer.Option("--no-worker", help="Bring no work forward here: `conductor worker` does (PostgreSQL only)."),
    ] = False,
) -> None:
    """Serve the application until Ctrl-C or SIGTERM; a second one ends it at once."""
    import asyncio
    import signal

    import uvicorn

    from api.app import create_app

    demo = demo or current.get().demo
    chosen = settings(demo=demo, host=host, port=port, workers=0 if no_worker else None)
    _somebody_works(chosen)
    if demo:
        _only_here(chosen.host)
    listening = _listen(chosen.host, chosen.port)
    with contextlib.closing(listening):
        logins, people, past = asyncio.run(_prepare(chosen, demo=demo, history=not no_history))
        address = f"http://{_shown(chosen.host)}:{listening.getsockname()[1]}"
        config = uvicorn.Config(
            create_app(chosen),
            log_level="warning",
            timeout_graceful_shutdown=3,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            server_header=False,
        )

        class Announced(uvicorn.Server):
            def handle_exit(self, sig: int, frame: FrameType | None) -> None:
                if self.should_exit:
                    end_at_once(sig)
                super().handle_exit(sig, frame)

            async def startup(self, sockets: list[socket.socket] | None = None) -> None:
                await super().startup(sockets)
                if self.started:
                    _announce(chosen, address, logins, people, demo=demo, past=past)

        log_to_terminal()
        server = Announced(config)
        signal.signal(
            signal.SIGTERM, lambda *_: None
        )  # uvicorn raises it again once all is in order: that is no failure
        with contextlib.suppress(KeyboardInterrupt):
            server.run(sockets=[listening])
    if not server.started:
        raise typer.Exit(3)
    terminal.say("Stopped.", style=terminal.QUIET)


def _somebody_works(chosen: Settings) -> None:
    """Refuse to leave the work to others where there can be no others."""
    from evidence.errors import InvalidInput
    from store.database import parse_url

    if not chosen.workers and parse_url(chosen.database_url.get_secret_value()).get_backend_name() == "sqlite":
        raise InvalidInput(
            "On SQLite the process that serves also brings work forward; nobody else would.",
            where="--no-worker",
            todo="Leave it out (and CONDUCTOR_WORKERS above 0), or use PostgreSQL.",
        )


def _only_here(host: str) -> None:
    """Refuse to show a demo, whose pass-phrases lie in a file, to other machines."""
    import ipaddress

    from evidence.errors import InvalidInput

    with contextlib.suppress(ValueError):
        if ipaddress.ip_address(host).is_loopback:
            return
    if host == "localhost":
        return
    raise InvalidInput(
        f"The demo is for this machine only, and {host} can be reached from others.",
        where="--host",
        todo="Use 127.0.0.1; or serve without --demo.",
    )


def _listen(host: str, port: int) -> socket.socket:
    """Take the port before anything else, so that a taken one is said at once.

    Raises:
        Unavailable: somebody else has it, or it may not be used.
    """
    import socket

    from evidence.errors import Unavailable

    listening = None
    try:
        family, kind, _, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        listening = socket.socket(family, kind)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(place)
        listening.listen(128)
    except OSError as error:
        if listening is not None:
            listening.close()
        why = error.strerror or str(error)
        raise Unavailable(
            f"Conductor cannot listen on {host}, port {port}: {why[:1].lower()}{why[1:]}.",
            todo="Choose another one with --port, or stop the program that uses it.",
        ) from error
    return listening


async def _history(chosen: Settings, logins: dict[str, DemoLogin]) -> None:
    """Make the demo's past where there is no demo yet, and say how far it is."""
    from api.history import make_history

    with terminal.out().status("") as line:

        def told(week: int, of: int) -> None:
            if week == 1:
                terminal.say(f"Making the demo company and {of} weeks of its history. This happens once.")
            line.update(f"Week {week} of {of}: agents draft and judge, people decide and practise.")

        await make_history(chosen, {login: entry.password for login, entry in logins.items()}, told=told)


async def _prepare(chosen: Settings, *, demo: bool, history: bool) -> tuple[dict[str, DemoLogin], int, bool]:
    """Open everything once, so that what is wrong is said in plain words; seed the demo.

    Returns:
        The demo's logins, how many accounts there are, and whether the demo has decisions behind it.
    """
    from api.application import opened
    from api.demo import make_logins, order_first_scenarios, refuse_real_people, seed
    from store.purpose import Purpose

    logins: dict[str, DemoLogin] = {}
    past = False
    if demo and history:
        logins = make_logins(chosen)
        await _history(chosen, logins)
    # Ordering work needs the runtime's tables, which only a process that brings work forward makes.
    async with opened(chosen, bring_forward=demo) as app:
        if demo:
            logins = make_logins(chosen)
            await refuse_real_people(app, logins)
            seeded = await seed(app, {login: entry.password for login, entry in logins.items()})
            await order_first_scenarios(app, seeded)
            async with app.store.read() as work:
                past = bool(await work.approvals.decided_scenarios(seeded.programme_id))
        async with app.store.read() as work:
            people = await work.people.all(purpose=Purpose.ADMINISTRATION)
    return logins, len(people), past


def _announce(
    chosen: Settings, address: str, logins: dict[str, DemoLogin], people: int, *, demo: bool, past: bool
) -> None:
    terminal.say(f"Conductor listens on {chosen.public_url or address}  (Ctrl-C ends it)", style="bold")
    if demo:
        made = terminal.table(
            "Log in as", "Pass-phrase", "Name", "Role", title="The demo company", keep=("Pass-phrase",)
        )
        lines = [(each.login, each.password, each.name, ", ".join(each.roles)) for each in logins.values()]
        terminal.out().print(terminal.rows(made, lines))
        if not past:
            terminal.say(NO_HISTORY, style=terminal.WARN)
        terminal.say(
            "Open the address in a browser. Or, in another terminal: .venv/bin/conductor --demo --help",
            style=terminal.QUIET,
        )
    elif people:
        terminal.say("Log in with your name and password; an admin adds people: conductor person add")
    else:
        terminal.say("Nobody has an account yet. In another terminal: conductor init", style=terminal.WARN)


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else {"0.0.0.0": "127.0.0.1", "": "127.0.0.1"}.get(host, host)  # noqa: S104
