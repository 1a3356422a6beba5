"""The ``conductor`` command. Only Typer and Rich are imported here; each command imports what it needs when it runs."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from api import terminal
from api.commands import (
    audit,
    confirm,
    contests,
    costs,
    demo,
    doctor,
    draft,
    groups,
    init,
    judge,
    messages,
    models,
    passport,
    person,
    pilots,
    portfolio,
    practice,
    review,
    rollout,
    rules,
    runs,
    serve,
    sign_off,
    strategy,
    studies,
    transfer,
    translation,
    version,
    versions,
    worker,
)
from api.commands.command import Choices, current, exit_codes

OURS = ("agents", "api", "approvals", "evidence", "examples", "graphs", "practice", "store", "strategy")

app = typer.Typer(
    name="conductor",
    help="AI drafts and plays workplace practice; a person signs off every scenario against the company's strategy.",
    epilog=f"New here? `conductor demo` tells the whole story in three minutes. Exit codes: {exit_codes()}.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def conductor(
    debug: Annotated[bool, typer.Option("--debug", help="Show the full traceback of an unexpected error.")] = False,
    demo_installation: Annotated[
        bool,
        typer.Option("--demo", help="Work in the demo installation of `conductor serve --demo`; no password is asked."),
    ] = False,
) -> None:
    """AI drafts and plays workplace practice; a person signs off every scenario."""
    current.set(Choices(debug=debug, demo=demo_installation))
    terminal.call_it("conductor --demo" if demo_installation else "conductor")


COMMANDS = (
    demo,
    serve,
    worker,
    init,
    person,
    strategy,
    versions,
    studies,
    portfolio,
    draft,
    runs,
    review,
    translation,
    confirm,
    sign_off,
    practice,
    transfer,
    pilots,
    contests,
    rollout,
    groups,
    rules,
    models,
    judge,
    costs,
    messages,
    doctor,
    audit,
    passport,
    version,
)
for module in COMMANDS:
    module.add_to(app)


def shadowed() -> list[tuple[str, str]]:
    """Our packages that Python would load from somewhere else, as pairs (name, where it would come from)."""
    home = Path(__file__).resolve().parent.parent
    found = []
    for name in OURS:
        spec = find_spec(name)
        places = [Path(place).resolve() for place in (spec.submodule_search_locations or ())] if spec else []
        if spec is not None and spec.origin and spec.origin != "namespace":
            places = [Path(spec.origin).resolve().parent]
        if home / name not in places:
            found.append((name, str(places[0]) if places else "nowhere"))
    return found


def main() -> None:
    """Run the command, once it is certain that the packages it would import are Conductor's own."""
    foreign = shadowed()
    if foreign:
        name, place = foreign[0]
        sys.stderr.write(
            f"The package '{name}' that Python finds is not Conductor's: it comes from {place}.\n"
            "Install Conductor in an environment of its own (make run does), and unset PYTHONPATH.\n"
        )
        raise SystemExit(3)
    app()


if __name__ == "__main__":
    main()
