"""The chain through the command, on a real installation in a folder of its own."""

from __future__ import annotations

import json
import os
import shutil
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from typer.testing import CliRunner, Result

import examples
from api import identity, terminal
from api.cli import app
from api.commands import command

PASSWORD = "correct-horse-battery"
BRIEF = "renewal-price-objection.yaml"


def run(*arguments: str, **environment: str) -> Result:
    """Run the command; what it leaves in the environment of this test goes with it."""
    return CliRunner().invoke(app, list(arguments), env={"COLUMNS": "80", **environment})


def said(result: Result) -> str:
    """All output on one line, and proof that no stack trace is in it."""
    assert "Traceback" not in result.output
    return " ".join(result.output.split())


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installation with people, strategy in force, and one scenario that waits; made by the command itself."""
    folder = tmp_path_factory.mktemp("founded")
    with pytest.MonkeyPatch.context() as patch:
        settle_in(patch, folder)
        patch.setattr(identity, "_hasher", PasswordHasher(time_cost=1, memory_cost=64))  # checks are as cheap as this
        assert run("init", "--login", "dana", "--name", "Dana", "--programme", "Desk").exit_code == 0
        for login, role in (
            ("ingrid", "strategist"),
            ("tomasz", "strategist"),
            ("maria", "designer"),
            ("jonas", "designer"),
            ("amir", "learner"),
        ):
            assert run("person", "add", login, "--role", role, "--login", "dana").exit_code == 0
        for kind in ("charter", "criteria"):
            Path(f"{kind}.yaml").write_text(examples.document("tarrow", f"{kind}.yaml"))
            assert run(kind, "propose", f"{kind}.yaml", "--login", "ingrid").exit_code == 0
            accepted = run(kind, "accept", "1", "--login", "ingrid")
            assert "genesis" in said(accepted)
        Path("brief.yaml").write_text(examples.document("tarrow", f"briefs/{BRIEF}"))
        drafted = run("draft", "brief.yaml", "--login", "maria")
        assert drafted.exit_code == 0, drafted.output
        assert "waits for a person" in said(drafted)
    return folder


def settle_in(patch: pytest.MonkeyPatch, folder: Path) -> None:
    for name in [name for name in os.environ if name.startswith("CONDUCTOR_")]:
        patch.delenv(name)
    patch.chdir(folder)
    patch.setenv("CONDUCTOR_PASSWORD", PASSWORD)
    patch.setenv("CONDUCTOR_NEW_PASSWORD", PASSWORD)


@pytest.fixture
def home(founded: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of that installation, to be changed freely."""
    place = tmp_path / "home"
    shutil.copytree(founded, place)
    settle_in(monkeypatch, place)
    return place


@pytest.fixture
def answering(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """Sit at the terminal and answer; gives back the questions that were asked."""

    def answer(*answers: str) -> list[str]:
        asked: list[str] = []
        left = list(answers)

        def ask(prompt: str, default: str | None = None) -> str:
            asked.append(prompt)
            if not left:
                raise terminal.Left
            return left.pop(0) or (default or "")

        monkeypatch.setattr(terminal, "ask", ask)
        monkeypatch.setattr(terminal, "is_interactive", lambda: True)
        return asked

    return answer


def waiting(login: str = "maria") -> dict[str, Any]:
    listed = json.loads(run("review", "--login", login, "--json").stdout)
    assert len(listed) == 1
    found: dict[str, Any] = listed[0]
    return found


def sign() -> str:
    checkpoint = waiting()
    assert run("review", checkpoint["id"], "--approve", "--login", "maria").exit_code == 0
    return str(checkpoint["id"])


def test_setting_up_twice_is_refused(home: Path) -> None:
    again = run("init", "--login", "eve", "--name", "Eve", "--programme", "X")
    assert again.exit_code == command.REFUSED
    assert "set up already" in said(again)


def test_people_are_listed_and_given_roles_by_an_admin_only(home: Path) -> None:
    assert run("person", "roles", "amir", "--role", "learner", "--role", "designer", "--login", "dana").exit_code == 0
    listed = json.loads(run("person", "list", "--login", "dana", "--json").stdout)
    assert {each["login"]: each["roles"] for each in listed}["amir"] == ["designer", "learner"]
    assert "Only an admin can list people" in said(run("person", "list", "--login", "maria"))
    assert "'boss' is not a role" in said(run("person", "add", "x", "--role", "boss", "--login", "dana"))
    assert "no account 'nobody'" in said(run("person", "roles", "nobody", "--role", "learner", "--login", "dana"))


def test_a_wrong_password_is_refused(home: Path) -> None:
    refused = run("review", "--login", "maria", CONDUCTOR_PASSWORD="wrong-wrong-wrong")
    assert refused.exit_code == command.REFUSED
    assert "Login and password do not go together." in said(refused)


def test_without_a_login_nothing_is_shown(home: Path) -> None:
    refused = run("review")
    assert refused.exit_code == command.REFUSED
    assert "--login" in said(refused)


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        ("skill: [x\n", "brief.yaml:2", "not valid YAML"),
        ("skill: x\naudience: y\nsituatoin: z\n", "brief.yaml:1", "'situation' is missing"),
        ("", "brief.yaml:1", "empty"),
        ("skill: x\naudience: y\nsituation: z\nlanguage: de\n", "language", "not offered here"),
    ],
)
def test_a_broken_brief_says_where(home: Path, text: str, where: str, what: str) -> None:
    Path("brief.yaml").write_text(text)
    refused = run("draft", "brief.yaml", "--login", "maria")
    assert refused.exit_code == command.REFUSED
    assert where in said(refused)
    assert what in said(refused)
    assert len(json.loads(run("runs", "--login", "maria", "--json").stdout)) == 1


def test_criteria_that_cite_an_unknown_clause_are_refused(home: Path) -> None:
    text = Path("criteria.yaml").read_text().replace("A-candour", "A-candor")
    Path("criteria.yaml").write_text(text)
    refused = run("criteria", "propose", "criteria.yaml", "--login", "ingrid")
    assert refused.exit_code == command.REFUSED
    assert "no clause 'A-candor'. Did you mean 'A-candour'?" in said(refused)


def test_an_empty_folder_is_no_strategy(home: Path) -> None:
    Path("empty").mkdir()
    refused = run("charter", "read", "empty", "--title", "T", "--company", "C", "--login", "ingrid")
    assert refused.exit_code == command.REFUSED
    assert "no Markdown page" in said(refused)


def test_pages_become_a_proposal_that_a_person_edits(home: Path) -> None:
    Path("pages").mkdir()
    Path("pages/values.md").write_text(
        "# Our values\n\nWe say hard things plainly.\n\nWe never blame a colleague.\n\n"
        "## How we behave\n\nWe ask before we advise.\n"
    )
    arguments = ("charter", "read", "pages", "--title", "Values", "--company", "Tarrow", "--out", "new.yaml")
    done = run(*arguments, "--login", "ingrid")
    assert done.exit_code == 0, done.output
    assert "values.md" in said(done)
    assert "Stored as charter version 2" in said(done)
    assert "there already" in said(run(*arguments, "--login", "ingrid"))
    Path("new.yaml").write_text(Path("new.yaml").read_text().replace("title: Values", "title: What we value"))
    proposed = run("charter", "propose", "new.yaml", "--parent", "2", "--login", "ingrid")
    assert "Stored as charter version 3" in said(proposed)
    listed = json.loads(run("charter", "list", "--login", "ingrid", "--json").stdout)
    assert [each["number"] for each in listed if each["in_force"]] == [1]
    assert "title: What we value" in run("charter", "show", "3", "--login", "ingrid").stdout


def test_a_later_charter_needs_a_second_strategist(home: Path) -> None:
    Path("charter.yaml").write_text(
        Path("charter.yaml").read_text().replace("We decide in the room.", "We decide there.")
    )
    assert run("charter", "propose", "charter.yaml", "--parent", "1", "--login", "ingrid").exit_code == 0
    asked = run("charter", "accept", "2", "--login", "ingrid")
    assert "A second strategist decides now." in said(asked)
    checkpoint = waiting("tomasz")["id"]
    own = run("review", checkpoint, "--approve", "--login", "ingrid")
    assert own.exit_code == command.REFUSED
    assert "You wrote text that is in this version" in said(own)
    signed = run("review", checkpoint, "--approve", "--login", "tomasz")
    assert signed.exit_code == 0, signed.output
    assert "put charter 2 in force" in said(signed)


def test_a_review_shows_everything_and_signs_once(home: Path) -> None:
    checkpoint = waiting()["id"]
    shown = said(run("review", checkpoint[-8:], "--login", "maria"))
    for part in (
        "The brief",
        "Text under signature",
        "Evidence",
        "[1]",
        "Verdict",
        "what a learner does not see",
        "opens: on",
    ):
        assert part in shown
    done = run("review", checkpoint, "--approve", "--login", "maria")
    assert "Signed: learners can practise exactly this text now." in said(done)
    again = run("review", checkpoint, "--approve", "--login", "jonas")
    assert again.exit_code == command.REFUSED
    assert "Maria has already decided here: approve." in said(again)
    assert "signed" in said(run("runs", "--login", "maria"))
    assert json.loads(run("audit", "verify", "--json").stdout)["holds"] is True


def test_an_unknown_checkpoint_is_said_so(home: Path) -> None:
    refused = run("review", "00000000", "--approve", "--login", "maria")
    assert refused.exit_code == command.REFUSED
    assert "no checkpoint '00000000'" in said(refused)


def test_what_was_not_seen_is_not_signed(home: Path) -> None:
    checkpoint = waiting()
    refused = run("review", checkpoint["id"], "--approve", "--seen", "0" * 64, "--login", "maria")
    assert refused.exit_code == command.REFUSED
    assert "What you saw is not what waits here now." in said(refused)
    seen = checkpoint["review_digest"][:12]
    assert run("review", checkpoint["id"], "--approve", "--seen", seen, "--login", "maria").exit_code == 0


def test_two_decisions_at_once_are_wrong_usage(home: Path) -> None:
    assert run("review", "x", "--approve", "--reject", "--login", "maria").exit_code == command.USAGE
    assert run("review", "--approve", "--login", "maria").exit_code == command.USAGE


def test_a_requested_change_is_answered_and_shown(home: Path) -> None:
    before = waiting()
    done = run(
        "review",
        before["id"],
        "--request-changes",
        "Make the setting shorter.",
        "--field",
        "setting",
        "--login",
        "jonas",
    )
    assert done.exit_code == 0, done.output
    # The judge may have sent it back before a person saw it, so a person's first look is at any version.
    assert f"wrote version {before['number'] + 1}" in said(done)
    shown = said(run("review", waiting()["id"], "--login", "maria"))
    assert f"What changed since version {before['number']}" in shown
    assert "setting:" in shown
    assert "1. Jonas on setting: Make the setting shorter. ? nobody has said whether it is resolved" in shown
    misplaced = run("review", waiting()["id"], "--request-changes", "No.", "--field", "colour", "--login", "jonas")
    assert "no field 'colour'" in said(misplaced)


def test_a_criterion_that_is_not_referred_cannot_be_settled(home: Path) -> None:
    refused = run("review", waiting()["id"], "--settle", "candour=plain", "--reason", "so", "--login", "maria")
    assert refused.exit_code == command.REFUSED
    assert "'candour' is not referred to a person. Referred: none." in said(refused)


def test_a_person_decides_in_a_dialogue(home: Path, answering: Callable[..., list[str]]) -> None:
    asked = answering("x", "a", "Good.")
    done = run("review", waiting()["id"], "--login", "maria")
    assert "Signed" in said(done)
    assert "[a]pprove" in asked[0]


def test_leaving_the_dialogue_decides_nothing(home: Path, answering: Callable[..., list[str]]) -> None:
    answering("q")
    assert "Nothing was decided." in said(run("review", waiting()["id"], "--login", "maria"))
    answering()
    assert run("review", waiting()["id"], "--login", "maria").exit_code == command.INTERRUPTED
    assert waiting()["status"] == "pending"


def test_only_signed_scenarios_are_practised(home: Path) -> None:
    assert "Nothing is signed yet" in said(run("practice", "--login", "amir"))
    sign()
    assert "Signed by" in said(run("practice", "--login", "amir"))
    refused = run("practice", "nonsense", "--login", "amir")
    assert refused.exit_code == command.REFUSED


def test_a_practice_from_the_first_word_to_the_debrief(home: Path, answering: Callable[..., list[str]]) -> None:
    sign()
    listed = json.loads(run("practice", "--login", "amir", "--json").stdout)
    scenario = listed["scenarios"][0]["version_id"]
    answering(
        "/finish",
        "",
        "/nonsense",
        "/help",
        "/hint",
        "You sound worried. What makes the number so difficult for you?",
        "x" * 5000,
        "/pause",
    )
    played = said(run("practice", scenario[-8:], "--login", "amir"))
    for part in (
        "Nothing was said yet",
        "/hint for help, /pause to leave for now, /finish to end",
        "There is no /nonsense",
        "Hint (offline rules",
        "Say it more briefly",
        "Paused.",
    ):
        assert part.casefold() in played.casefold(), part
    practice = json.loads(run("practice", "--login", "amir", "--json").stdout)["practices"][0]
    assert practice["status"] == "paused"
    answering("/finish", "I asked before I answered.", "y")
    ended = said(run("practice", practice["id"], "--login", "amir"))
    assert "You: You sound worried." in ended
    for part in ("I asked before I answered.", "Altogether", "every score by code", "What stayed closed"):
        assert part in ended
    answering("n")
    assert "Altogether" in said(run("practice", practice["id"], "--login", "amir"))
    answering()
    run("person", "roles", "maria", "--role", "designer", "--role", "learner", "--login", "dana")
    assert "no scenario to practise" in said(run("practice", practice["id"], "--login", "maria"))


def test_stopping_keeps_the_debrief_for_later(home: Path, answering: Callable[..., list[str]]) -> None:
    sign()
    scenario = json.loads(run("practice", "--login", "amir", "--json").stdout)["scenarios"][0]["version_id"]
    answering("What worries you most about this?", "/stop")
    assert "Over. Read the debrief" in said(run("practice", scenario, "--login", "amir"))
    practice = json.loads(run("practice", "--login", "amir", "--json").stdout)["practices"][0]
    assert practice["status"] == "finished"
    answering("")
    assert "Whenever you like" in said(run("practice", practice["id"], "--login", "amir"))
    answering("I asked.", "n")
    assert "Altogether" in said(run("practice", practice["id"], "--login", "amir"))


def test_runs_show_their_trace_and_finished_work_is_not_tried_again(home: Path) -> None:
    listed = json.loads(run("runs", "--login", "maria", "--json").stdout)
    trace = said(run("runs", listed[0]["id"][-8:], "--login", "maria"))
    assert "alignment judged candour" in trace
    assert "conductor review" in trace
    refused = run("retry", listed[0]["id"], "--login", "maria")
    assert "has not stopped on an error" in said(refused)


def test_a_changed_audit_log_is_found(home: Path) -> None:
    import sqlite3

    head = json.loads(run("audit", "verify", "--json").stdout)["head"]
    assert run("audit", "verify", "--head", head).exit_code == 0
    with sqlite3.connect("var/conductor.db") as connection:
        connection.execute("UPDATE audit SET actor = 'eve' WHERE seq = 3")
    connection.close()
    broken = run("audit", "verify")
    assert broken.exit_code == command.REFUSED
    assert "broken at row 3" in said(broken)
    assert "This is no head" in said(run("audit", "verify", "--head", "x"))


def test_doctor_finds_what_is_wrong(home: Path) -> None:
    well = run("doctor")
    assert well.exit_code == 0, well.output
    assert "Everything works." in said(well)
    Path("var/conductor.key").chmod(0o644)
    assert "chmod 600" in said(run("doctor"))
    Path("var/conductor.key").write_text("nonsense")
    ill = run("doctor")
    assert ill.exit_code == command.UNAVAILABLE
    assert "64 hex digits" in said(ill)


def test_the_demo_is_for_this_machine_only(home: Path) -> None:
    refused = run("serve", "--demo", "--host", "0.0.0.0")
    assert refused.exit_code == command.REFUSED
    assert "this machine only" in said(refused)


def test_a_port_in_use_is_said_so(home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        refused = run("serve", "--port", str(taken.getsockname()[1]))
    assert refused.exit_code == command.UNAVAILABLE
    assert "cannot listen" in said(refused)


@pytest.mark.parametrize(
    ("url", "what", "code"),
    [
        ("mysql://x/y", "not a database Conductor runs on", command.REFUSED),
        ("sqlite:///brief.yaml", "not a SQLite database", command.REFUSED),
        ("sqlite:////dev/null/x.db", "cannot be made", command.REFUSED),
        ("postgresql://u:hidden@127.0.0.1:1/x", "cannot be reached", command.UNAVAILABLE),
    ],
)
def test_a_database_that_does_not_work(home: Path, url: str, what: str, code: int) -> None:
    Path("brief.yaml").write_text("This is a text file. " * 500)
    refused = run("runs", "--login", "maria", CONDUCTOR_DATABASE_URL=url)
    assert refused.exit_code == code, refused.output
    assert what in said(refused)
    assert "hidden" not in refused.output


@pytest.mark.parametrize(
    ("arguments", "login", "what", "role"),
    [
        (("practice",), "maria", "Only a learner can practise. Maria is a designer.", "designer --role learner"),
        (("practice", "00000000"), "dana", "Only a learner can practise. Dana is an admin.", "admin --role learner"),
        (("review",), "amir", "can review. Amir is a learner.", "learner --role designer"),
        (("draft", "brief.yaml"), "amir", "Only a designer can order a scenario.", "learner --role designer"),
        (("runs",), "amir", "can follow the work.", "learner --role designer"),
        (("confirm",), "amir", "Only a designer can confirm a list.", "learner --role designer"),
        (("signed",), "amir", "can see what is signed.", "learner --role designer"),
        (("revoke", "00000000"), "amir", "can revoke a sign-off.", "learner --role designer"),
        (("again", "--all"), "dana", "Only a designer can have signed work judged again.", "admin --role designer"),
        (("rules", "show"), "maria", "Only an admin can see the rules", "designer --role admin"),
        (("rules", "set", "--due-days", "3"), "maria", "Only an admin can set the rules", "designer --role admin"),
        (("retry", "00000000"), "amir", "can have work tried again.", "learner --role designer"),
        (("charter", "list"), "amir", "can read the strategy.", "learner --role strategist"),
        (("criteria", "propose", "criteria.yaml"), "maria", "Only a strategist can", "designer --role strategist"),
        (("charter", "accept", "1"), "maria", "Only a strategist can put", "designer --role strategist"),
        (("person", "list"), "maria", "Only an admin can list people.", "designer --role admin"),
    ],
)
def test_a_wrong_role_is_told_with_what_helps(
    home: Path, arguments: tuple[str, ...], login: str, what: str, role: str
) -> None:
    refused = run(*arguments, "--login", login)
    assert refused.exit_code == command.REFUSED
    assert what in said(refused)
    assert f"conductor person roles {login} --role {role}" in said(refused)


def test_in_the_demo_a_wrong_role_is_told_with_who_may(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from api.demo import DemoLogin

    known = {
        login: DemoLogin(login=login, name=login.title(), roles=(role,), password=PASSWORD)
        for login, role in (("maria", "designer"), ("amir", "learner"))
    }
    monkeypatch.setattr("api.demo.known_logins", lambda settings: known)
    own = {"CONDUCTOR_DATABASE_URL": "sqlite:///var/conductor.db", "CONDUCTOR_KEY_FILE": "var/conductor.key"}
    refused = run("--demo", "practice", "--login", "maria", **own)
    assert "In the demo these may: amir. Add --login amir." in said(refused)


def test_in_the_story_an_empty_line_says_what_can_be_typed(
    home: Path, answering: Callable[..., list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    import asyncio

    from api.application import opened
    from api.commands.command import settings
    from api.demo import Seeded
    from api.story.practising import practise
    from api.story.stage import Stage
    from approvals.people import Actor, Role
    from store.purpose import Purpose

    sign()
    version = json.loads(run("practice", "--login", "amir", "--json").stdout)["scenarios"][0]["version_id"]

    async def play() -> str:
        async with opened(settings(), bring_forward=False) as app:
            async with app.store.read() as work:
                everybody = await work.people.all(purpose=Purpose.ADMINISTRATION)
            amir = next(
                Actor(person_id=each.id, roles=frozenset({Role.LEARNER})) for each in everybody if each.login == "amir"
            )
            company = Seeded(company="tarrow", programme_id="", people={"amir": amir})
            practice_id = await practise(Stage(app, True, company, company), version)
            async with app.store.read() as work:
                kept = await work.practices.get(practice_id, reader=amir.person_id, purpose=Purpose.OWN_PRACTICE)
        return kept.status

    asked = answering("", "hint", "What worries you most about this?", "pause", "", "What is behind that?", "finish")
    assert asyncio.run(play()) == "finished"
    told = " ".join(capsys.readouterr().out.split())
    for part in ("Nothing was said. Type a sentence to", "hint, pause or finish", "Hint (offline rules"):
        assert part in told
    assert told.count("Nothing was said") == 1
    assert sum(prompt.startswith("Paused.") for prompt in asked) == 1
