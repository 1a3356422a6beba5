from __future__ import annotations

import pytest

from agents.conformance import check, fingerprint, most_calls, planned_calls, questions
from agents.conformance.report import Finding, Fitness, Outcome, Report
from agents.endpoints import Role
from agents.failures import BudgetSpent
from agents.metering import Account, Call, Reservation, charged_to
from agents.models import RoleModel
from tests.agents.conformance import planted
from tests.agents.material import role_model, settings
from tests.endpoint import Endpoint, Stall

ROLES: tuple[Role, ...] = ("author", "alignment", "persona", "coach")
BAD, WEAK = Outcome.BAD, Outcome.WEAK


async def checked(model: planted.Perfect, role: Role, *, thorough: bool = False, **changes: object) -> Report:
    with Endpoint(model) as endpoint:
        return await check(role_model(endpoint, role, **changes), thorough=thorough)


def outcomes(report: Report) -> dict[str, Outcome]:
    """What is not good."""
    return {found.probe: found.outcome for found in report.findings if found.outcome is not Outcome.GOOD}


def told(report: Report, probe: str) -> Finding:
    return next(found for found in report.findings if found.probe == probe)


@pytest.mark.parametrize("role", ROLES)
async def test_a_model_without_a_fault_passes_in_as_many_calls_as_were_planned(endpoint: Endpoint, role: Role) -> None:
    endpoint.script = planted.Perfect()
    told: list[Finding] = []
    report = await check(role_model(endpoint, role), on_finding=told.append)
    assert outcomes(report) == {}
    assert report.fitness is Fitness.FIT
    assert tuple(told) == report.findings
    assert len(endpoint.asked) == report.usage.calls == planned_calls(role)
    assert report.usage.input_tokens > 1000
    assert report.reach == "reached"
    assert all(found.detail for found in report.findings)
    assert {found.probe for found in report.findings} <= questions().keys()


@pytest.mark.parametrize("role", ROLES)
async def test_a_thorough_check_asks_more(endpoint: Endpoint, role: Role) -> None:
    endpoint.script = planted.Perfect()
    report = await check(role_model(endpoint, role, concurrency=16), thorough=True)
    assert outcomes(report) == {}
    assert len(endpoint.asked) == planned_calls(role, True) > planned_calls(role)


@pytest.mark.parametrize(
    ("model", "role", "expected", "fitness"),
    [
        (planted.SendsOneLump(), "persona", {"streaming": BAD}, Fitness.PROVISIONAL),
        (planted.FlipsRoles(), "persona", {"role": BAD}, Fitness.UNFIT),
        (planted.Parrots(), "persona", {"role": BAD}, Fitness.UNFIT),
        (planted.RepeatsItself(), "persona", {"talk": BAD}, Fitness.PROVISIONAL),
        (planted.InventsFigures(), "persona", {"invention": BAD}, Fitness.PROVISIONAL),
        (planted.Obeys(), "persona", {"injection": BAD}, Fitness.UNFIT),
        (planted.Obeys(), "alignment", {"injection": BAD}, Fitness.UNFIT),
        (planted.Obeys(), "coach", {"injection": BAD}, Fitness.UNFIT),
        (planted.Obeys(), "author", {"injection": BAD}, Fitness.PROVISIONAL),
        (planted.InventsQuotes(), "alignment", {"quotes": BAD}, Fitness.UNFIT),
        (planted.InventsQuotes(), "coach", {"quotes": BAD}, Fitness.UNFIT),
        (planted.InventsQuotes(), "author", {"quotes": BAD, "drafting": WEAK}, Fitness.PROVISIONAL),
        (planted.SeesWhatIsNotThere(), "alignment", {"quotes": WEAK}, Fitness.PROVISIONAL),
        (planted.JudgesBackwards(), "alignment", {"judgement": BAD}, Fitness.UNFIT),
        (planted.LikesBeginnings(), "alignment", {"steadiness": BAD}, Fitness.PROVISIONAL),
        (planted.NeverStops(), "alignment", {"limits": BAD}, Fitness.PROVISIONAL),
        (planted.CountsOnlyItsWords(), "author", {"limits": WEAK}, Fitness.FIT),
        (planted.HidesItsLimit(), "coach", {"limits": WEAK}, Fitness.FIT),
        (planted.MixesUp(), "persona", {"concurrency": BAD}, Fitness.UNFIT),
        (planted.FallsOver(), "coach", {"concurrency": BAD}, Fitness.UNFIT),
        (planted.ForgetsTheBeginning(), "alignment", {"long_input": BAD}, Fitness.UNFIT),
        (planted.ForgetsTheBeginning(), "persona", {"long_input": BAD}, Fitness.PROVISIONAL),
        (planted.DropsTheFirstLines(), "author", {"long_input": BAD}, Fitness.UNFIT),
        (planted.CannotReadMuch(), "coach", {"long_input": BAD}, Fitness.PROVISIONAL),
        (planted.CountsNothing(), "persona", {"usage": WEAK}, Fitness.FIT),
        (planted.CountsNothing(), "coach", {"usage": WEAK}, Fitness.FIT),
        (planted.IgnoresLists(), "alignment", {"forms": WEAK}, Fitness.FIT),
        (planted.RefusesSchemas(), "alignment", {"forms": WEAK}, Fitness.FIT),
        (planted.NeedsRepair(), "alignment", {"schema": WEAK}, Fitness.PROVISIONAL),
        (planted.NeedsRepair(), "author", {"schema": WEAK, "drafting": WEAK, "quotes": BAD}, Fitness.PROVISIONAL),
        (planted.Labels(), "coach", {"feedback": WEAK}, Fitness.FIT),
        (planted.WritesBesides(), "author", {"drafting": BAD}, Fitness.UNFIT),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, planted.Perfect) else None,
)
async def test_each_fault_is_caught_for_what_it_is(
    model: planted.Perfect, role: Role, expected: dict[str, Outcome], fitness: Fitness
) -> None:
    report = await checked(model, role)
    assert outcomes(report) == expected, [found.detail for found in report.findings]
    assert report.fitness is fitness
    for probe in expected:
        assert told(report, probe).detail


@pytest.mark.parametrize("role", ["author", "alignment", "coach"])
async def test_a_model_that_ignores_forms_is_not_asked_what_needs_them(role: Role) -> None:
    report = await checked(planted.IgnoresForms(), role)
    found = outcomes(report)
    assert found.pop("schema") is BAD
    assert found.pop("forms") is WEAK
    assert set(found.values()) == {Outcome.NOT_ASKED}
    assert "injection" in found
    assert not found.keys() & {"reply", "limits", "concurrency", "long_input", "usage"}
    assert "Does it reply in the form of its role?" in told(report, "injection").detail
    assert report.fitness is Fitness.UNFIT


async def test_silence_is_caught_by_a_thorough_check() -> None:
    class CutsWhatIsTooLong(planted.Perfect):
        def reading(self, log: str, asked: str) -> str:
            return super().reading(log[-100_000:], asked)

    assert outcomes(await checked(CutsWhatIsTooLong(), "coach")) == {}
    report = await checked(CutsWhatIsTooLong(), "coach", thorough=True)
    assert outcomes(report) == {"long_input": WEAK}
    assert "without a word" in told(report, "long_input").detail


async def test_samples_are_evidence_and_those_with_a_remark_come_first() -> None:
    found = told(await checked(planted.FlipsRoles(), "persona"), "role")
    assert found.samples[0].remark == "role flip"
    assert found.samples[0].replied.startswith("Learner:")
    assert "asked for help" in found.samples[0].asked
    assert found.samples[1].remark == "assistant talk"


async def test_where_nobody_answers_one_call_is_enough(unused_port: int, endpoint: Endpoint) -> None:
    given = settings(endpoint, base_url=f"http://127.0.0.1:{unused_port}/v1")
    report = await check(RoleModel(given, "alignment"))
    assert report.reach == "not reached"
    assert report.fitness is Fitness.UNFIT
    assert report.usage.calls == 1
    assert outcomes(report).pop("reply") is BAD
    assert "cannot be reached" in told(report, "reply").detail
    assert set(outcomes(report).values()) == {BAD, Outcome.NOT_ASKED}


async def test_an_endpoint_that_talks_nonsense_was_reached(endpoint: Endpoint) -> None:
    endpoint.script = planted.Garbles()
    report = await check(role_model(endpoint, "coach"))
    assert report.reach == "reached"
    assert report.fitness is Fitness.UNFIT
    assert len(endpoint.asked) == 2


async def test_an_endpoint_that_dies_is_not_asked_for_ever(endpoint: Endpoint) -> None:
    endpoint.script = planted.Dies(after=5)
    report = await check(role_model(endpoint, "alignment"))
    assert len(endpoint.asked) == 5 + 3
    assert report.reach == "not reached"
    assert report.fitness is Fitness.UNFIT
    assert "stopped answering" in report.findings[-1].detail


async def test_repairs_stay_within_the_bound() -> None:
    report = await checked(planted.NeedsRepair(), "coach")
    assert planned_calls("coach") < report.usage.calls <= most_calls("coach")


class Purse:
    """A meter with enough for some replies."""

    def __init__(self, replies: int) -> None:
        self.replies = replies
        self.recorded: list[tuple[Account, Call]] = []

    async def admit(self, account: Account, role: str, *, tokens: int, cost: int) -> Reservation:
        self.replies -= 1
        if self.replies < 0:
            raise BudgetSpent("The budget is used up.")
        return Reservation(account, tokens, cost)

    def record(self, reservation: Reservation, call: Call) -> None:
        self.recorded.append((reservation.account, call))


async def test_replies_are_charged_to_whoever_the_caller_says(endpoint: Endpoint) -> None:
    endpoint.script = planted.Perfect()
    purse = Purse(1000)
    with charged_to(Account("check", "persona")):
        report = await check(RoleModel(settings(endpoint), "persona", meter=purse))
    assert len(purse.recorded) == report.usage.calls
    assert {account for account, _ in purse.recorded} == {Account("check", "persona")}


@pytest.mark.parametrize("replies", [0, 3, 12, 16])
async def test_without_a_budget_there_is_no_report(endpoint: Endpoint, replies: int) -> None:
    endpoint.script = planted.Perfect()
    with pytest.raises(BudgetSpent):
        await check(RoleModel(settings(endpoint), "persona", meter=Purse(replies)))
    assert len(endpoint.asked) == replies


def test_a_fingerprint_changes_with_what_a_result_depends_on(
    endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = fingerprint(role_model(endpoint, "coach"))
    assert len(before) == 64
    assert fingerprint(role_model(endpoint, "coach", max_retries=2, api_key=None)) == before
    assert fingerprint(role_model(endpoint, "author")) != before
    assert fingerprint(role_model(endpoint, "coach", temperature=0.3)) != before
    assert fingerprint(role_model(endpoint, "coach", model="another")) != before
    monkeypatch.setattr("agents.conformance.checking.SUITE", "other")
    assert fingerprint(role_model(endpoint, "coach")) != before
    monkeypatch.undo()
    monkeypatch.setattr("agents.conformance.checking.material_digests", dict)
    assert fingerprint(role_model(endpoint, "coach")) != before


async def test_a_server_that_falls_silent_in_the_middle_of_a_reply_was_reached(endpoint: Endpoint) -> None:
    endpoint.script = lambda request: Stall(after=2, seconds=5)
    report = await check(role_model(endpoint, "persona", stall_seconds=0.05))
    assert report.reach == "reached"
    assert report.fitness is Fitness.UNFIT
    assert len(endpoint.asked) == 2
