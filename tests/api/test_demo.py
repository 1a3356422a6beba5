"""The demo installation, and the story told by itself."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from agents.alignment import ClaimedQuote, Judgement, JudgeQuestion
from agents.provenance import Provenance
from api import identity
from api.application import Application, opened
from api.demo import (
    doors,
    example_brief,
    example_people,
    known_logins,
    make_logins,
    order_first_scenarios,
    passphrase,
    refuse_real_people,
    seed,
)
from api.identity import add_person, log_in
from api.settings import Settings, load_settings
from api.story.drafts import compared
from api.story.lying import INVENTED, OneLie, planted
from api.story.telling import SHARED_BRIEFS
from approvals.people import Role
from evidence.errors import InvalidInput
from strategy.sampling import check_sample
from strategy.verdict import SampleStatus
from tests.company import CRITERIA, SCENARIO

ROOT = Path(__file__).parents[2]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(
        _env_file=None, database_url=f"sqlite:///{tmp_path / 'demo.db'}", key_file=tmp_path / "demo.key"
    )


@pytest.fixture(autouse=True)
def _quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identity, "_hasher", PasswordHasher(time_cost=1, memory_cost=64))


@pytest.fixture
async def app(settings: Settings) -> AsyncIterator[Application]:
    async with opened(settings, bring_forward=False) as application:
        yield application


def test_the_story_plays_itself_on_eighty_columns_without_a_terminal(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CONDUCTOR_")}
    done = subprocess.run(
        [sys.executable, "-c", "from api.cli import main; main()", "demo", "--no-input"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**environment, "PYTHONPATH": str(ROOT), "COLUMNS": "80"},
        stdin=subprocess.DEVNULL,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    told = " ".join(done.stdout.split())
    stations = [int(number) for number in re.findall(r"^(\d) of 7  ", done.stdout, re.MULTILINE)]
    assert stations == [1, 2, 3, 4, 5, 6, 7]
    for sentence in (
        "Tarrow Freight Systems",
        "Ellerby Mutual Care",
        "judged candour: first and plain ×2, set aside ×1",
        "stopped here: it waits for a person",
        "sentences are its own",
        "struck out by code: these words do not stand in the text",
        "a judge that lies on purpose; we planted it",
        "Signed by Maria Okafor",
        "Refused: Maria Okafor has already decided here",
        "This opened because of your words",
        "Altogether: ",
        "What stayed unsaid",
        "Petra Solheim manager of his desk no You have no such practice.",
        "What his manager sees of him: nothing.",
        "one hash chain, unbroken",
    ):
        assert sentence in told, sentence
    assert "YES" not in told
    assert max(len(line) for line in done.stdout.splitlines() if not re.match(r"(Tarrow|Ellerby)\s+\w+ ", line)) <= 80
    assert list(tmp_path.iterdir()) == []


async def test_seeding_makes_a_company_with_its_strategy_in_force(app: Application) -> None:
    logins = make_logins(app.settings)
    seeded = await seed(app, {login: entry.password for login, entry in logins.items()})
    assert set(seeded.people) == {person.login for person in example_people("tarrow")}
    async with app.store.read() as work:
        for kind in ("charter", "criteria"):
            active = await work.strategy.active(seeded.programme_id, kind)
            assert active is not None
            assert active.genesis
    assert await log_in(app.store, "maria", logins["maria"].password, hours=1)
    assert Role.DESIGNER in seeded.people["maria"].roles


async def test_seeding_again_changes_nothing(app: Application) -> None:
    logins = make_logins(app.settings)
    passwords = {login: entry.password for login, entry in logins.items()}
    first = await seed(app, passwords)
    assert await seed(app, passwords) == first
    assert make_logins(app.settings) == logins
    async with app.store.read() as work:
        assert len(await work.strategy.versions(first.programme_id, "charter")) == 1


async def test_first_scenarios_are_ordered_once(settings: Settings) -> None:
    async with opened(settings, executor_id="test") as app:
        seeded = await seed(app, {"maria": "a long password", "ingrid": "a long password"})
        assert len(await order_first_scenarios(app, seeded)) == 2
        assert await order_first_scenarios(app, seeded) == []


def test_pass_phrases_are_random_and_for_the_owner_alone(settings: Settings) -> None:
    made = make_logins(settings)
    path = settings.key_file.with_name("demo-logins.json")
    assert path.stat().st_mode & 0o777 == 0o600
    assert len({entry.password for entry in made.values()}) == len(made)
    assert all(len(passphrase()) >= 10 for _ in range(50))
    path.write_text("{")
    with pytest.raises(InvalidInput, match="damaged"):
        known_logins(settings)


async def test_a_demo_never_enters_a_database_of_real_people(app: Application) -> None:
    logins = make_logins(app.settings)
    await refuse_real_people(app, logins)
    await add_person(app.store, login="ceo", name="C", password="a long password", roles=frozenset({Role.ADMIN}))
    with pytest.raises(InvalidInput, match="'ceo'"):
        await refuse_real_people(app, logins)


def test_both_companies_order_the_same_briefs() -> None:
    for name in SHARED_BRIEFS:
        assert example_brief("tarrow", name) == example_brief("ellerby", name)


def test_shared_sentences_are_told_from_own_ones() -> None:
    other = SCENARIO.model_copy(update={"exemplars": ("New.",)})
    found = compared({"one": SCENARIO, "two": other})

    assert dict(found["two"])["Example lines"] == [("New.", False)]
    assert dict(found["two"])["First words of the other person"] == [("You wanted to see me?", True)]


class Honest:
    deterministic = True

    def identity(self) -> dict[str, str]:
        return {"player": "offline"}

    async def judge(self, question: JudgeQuestion, sample: int) -> Judgement:
        return Judgement(
            level=None,
            quotes=(ClaimedQuote(quote="q"),),
            provenance=Provenance(player="offline", model="rules", prompt_digest="0"),
        )


async def test_the_lie_is_one_sample_of_one_criterion_marked_and_never_credited() -> None:
    judge = OneLie(Honest(), "asks", sample=1)
    criterion = CRITERIA.criteria[0]
    question = JudgeQuestion(criterion=criterion, clauses=(), fields={"setting": SCENARIO.setting})
    lie = await judge.judge(question, 1)
    assert "lies on purpose" in lie.provenance.model
    assert (await judge.judge(question, 0)).level is None
    other = question.model_copy(update={"criterion": CRITERIA.criteria[1]})
    assert (await judge.judge(other, 1)).level is None
    assert judge.identity() != Honest().identity()
    status, evidence, _ = check_sample(criterion, lie.level, [(q.quote, q.field) for q in lie.quotes], question.fields)
    assert status is SampleStatus.INVALID
    assert evidence[0].quote == INVENTED


async def test_where_the_lie_is_the_only_answer_it_is_asked_for_once() -> None:
    judge = OneLie(Honest(), "asks", repeated=False)
    question = JudgeQuestion(criterion=CRITERIA.criteria[0], clauses=(), fields={"setting": SCENARIO.setting})
    assert judge.deterministic
    lie = await judge.judge(question, 0)
    assert lie.quotes[0].quote == INVENTED
    samples = [{"criterion_id": "asks", "player": lie.provenance.player}, {"criterion_id": "b", "player": "offline"}]
    assert planted(samples) == {"asks"}


def test_only_the_demo_has_doors(settings: Settings) -> None:
    made = make_logins(settings)
    assert doors(settings) == ()
    assert doors(settings.model_copy(update={"demo": True})) == tuple(made.values())
