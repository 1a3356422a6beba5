"""Everything people can do at once and in any order, over HTTP, held against the rules written a second time.

After each act the application must have answered as ``tests.approvals.oracle`` says, and what is stored must be what
the oracle holds: the state of every checkpoint, who can practise what, one ending each. Nothing may answer 5xx.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from copy import deepcopy
from dataclasses import replace
from typing import Any

import httpx
from hypothesis.stateful import initialize, rule

from evidence.errors import ConductorError
from tests.approvals.oracle import Expected, Oracle
from tests.company import CHARTER, CRITERIA
from tests.desk import grounded
from tests.invariants.acts import MARKS, MISFITS, NOBODYS, POLICIES, RARELY, REASON, REVIEW, WHICH, WHO, Act, Work
from tests.invariants.choices import in_any_order, some, two_of
from tests.invariants.house import ALIGNED, LOGINS, Source
from tests.invariants.present import alter, present, restore
from tests.invariants.reviewing import Reviewing


class Conducting(Reviewing):
    """See the module."""

    @initialize(levels=MARKS, stale=some(["suspend", "suspend", "flag"]))
    def open_the_house(self, levels: dict[str, str], stale: str) -> None:
        self.oracle = Oracle({login: {r.value for r in self.house.staff.actor(login).roles} for login in LOGINS})
        self.now = self.house.run(present(self.house.store))
        for kind, version in self.now.in_force.items():
            assert self.oracle.propose("sofia", kind, version).status == 200
            assert self.oracle.accept("sofia", version).state == "in force"
            self.strategies[version] = (CHARTER if kind == "charter" else CRITERIA).model_dump(mode="json")
        self.order("maria", ALIGNED, 1, False)
        self.do(self.decision("jonas", self.pending()[0], "approve"))
        self.order("jonas", levels, 1, False)
        self.change_rules("boss", {}, stale, 2, False)
        self.propose("sofia", "criteria", 1, False)
        self.accept("sofia", 2, False)

    def revocation(
        self, login: str, version: str, *, reason: str, practices: str, by_token: bool = False, key: str | None = None
    ) -> Act:
        meant = self.oracle.signed_at[version]

        def expect(oracle: Oracle) -> Expected:
            if version not in oracle.live or oracle.signed_at[version] != meant:  # that very sign-off ended since
                held = oracle.people[login] & {"designer", "strategist", "admin"}
                return Expected(409 if held else 403, also=frozenset({422} if not reason.strip() else ()))
            return oracle.revoke(login, version, reason=reason, practices=practices, by_token=by_token)

        sign_off = next(name for name, (of, _) in self.now.signed.items() if of == version)
        return Act(
            login,
            "POST",
            f"/sign-offs/{sign_off}/revocation",
            {"reason": reason, "open_practices": practices},
            expect,
            door=REVIEW | {"admin"},
            fresh=True,
            malformed=not reason or practices not in ("finish", "stop"),
            by_token=by_token,
            key=key,
        )

    @rule(
        login=WHO,
        which=WHICH,
        reason=REASON,
        practices=some(["finish", "stop", "stop", "whatever"]),
        by_token=RARELY,
    )
    def revoke(self, login: str, which: int, reason: str, practices: str, by_token: bool) -> None:
        if not self.oracle.live:
            return
        version = self.pick(sorted(self.oracle.live), which)
        key = self.key(which)
        self.do(self.revocation(login, version, reason=reason, practices=practices, by_token=by_token, key=key))

    def beginning(self, login: str, version: str) -> Act:
        return Act(
            login,
            "POST",
            f"/scenarios/{version}/practices",
            None,
            lambda oracle: oracle.practise(login, version, f"of {login}, to be named"),
            scoped=True,
        )

    def _named(self, login: str, answer: httpx.Response) -> None:
        begun = self.oracle.practices.pop(f"of {login}, to be named", None)
        if answer.is_success and begun is not None:
            self.oracle.practices[f"{login}/{answer.json()['practice_id']}"] = begun

    @rule(login=some(["amir", "amir", "nils", "maria"]), which=WHICH)
    def practise(self, login: str, which: int) -> None:
        if not (self.pending("scenario") or self.oracle.visible()):
            return
        signed = sorted(self.oracle.visible())
        ever = sorted({at.version for at in self.oracle.waiting.values() if at.kind == "scenario"})
        answer = self.do(self.beginning(login, self.pick(signed if signed and which % 3 else ever, which)))
        self._named(login, answer)

    @rule(which=WHICH)
    def say(self, which: int) -> None:
        if not self.oracle.practices:
            return
        practice = self.pick(sorted(self.oracle.practices), which)
        login, _, practice_id = practice.partition("/")
        path = f"/practices/{practice_id}/turns"
        act = Act(
            login,
            "POST",
            path,
            {"text": "What has been behind the delay, from where you sit?"},
            lambda oracle: Expected(200 if oracle.goes_on(practice) else 409),
            scoped=True,
        )
        if "learner" not in self.oracle.people[login]:
            return
        answer = self.do(act)
        if answer.is_success:
            heard = self.house.run(self.house.send(login, "GET", f"{path}/{answer.json()['turn']}/stream"))
            assert "event: done" in heard.text

    @rule(login=WHO, kind=some(["charter", "criteria", "criteria"]), which=WHICH, by_token=RARELY)
    def propose(self, login: str, kind: str, which: int, by_token: bool) -> None:
        title = f"Strategy number {self.another()}"
        document = (CHARTER if kind == "charter" else CRITERIA).model_dump(mode="json") | {"title": title}
        if kind == "criteria":
            document["pass_threshold"] = self.pick([0.6, 0.5, 0.8, 1], which)
            document["criteria"][0]["veto_below"] = self.pick([None, "named"], which)
        act = Act(
            login,
            "POST",
            f"{self.programme}/strategy/{kind}",
            {"document": document, "reason": "It is time."},
            lambda oracle: Expected(200 if "strategist" in oracle.people[login] else 403),
            scoped=True,
            by_token=by_token,
            key=self.key(which),
        )
        answer = self.do(act)
        if answer.is_success:
            version = answer.json()["id"]
            assert self.oracle.propose(login, kind, version).status == 200
            self.strategies[version] = document

    @rule(login=some(["sofia", "ravi", "nils", "sofia", "maria"]), which=WHICH, by_token=RARELY)
    def accept(self, login: str, which: int, by_token: bool) -> None:
        proposed = list(self.oracle.proposed)
        version = self.pick(proposed[-3:] if which % 4 else proposed, which)
        act = Act(
            login,
            "POST",
            f"/strategy/{version}/accept",
            self.grounds(version),
            lambda oracle: oracle.accept(login, version, by_token=by_token),
            scoped=True,
            by_token=by_token,
            key=self.key(which),
        )
        answer = self.do(act, quietly=True)
        if answer.is_success:
            run, (kind, author) = answer.json()["run_id"], self.oracle.proposed[version]
            self.works[run] = Work(kind, login, self._authors(version, author))
            self.look([run])
        else:
            self.look(())

    def grounds(self, version: str) -> dict[str, Any] | None:
        """What later criteria are asked to be put in force on; a charter needs nothing."""
        kind, _ = self.oracle.proposed[version]
        if kind != "criteria":
            return None
        sofia = self.house.staff.actor("sofia")
        try:
            named = self.house.run(grounded(self.house.store, self.house.ensemble, sofia, version))
        except ConductorError:  # it fits nothing that is in force, and is refused for that
            return None
        return {"preview": named.preview, "override": {"because": named.because}}

    def _authors(self, version: str, author: str) -> set[str]:
        """Of a proposal's own words, and of those it was edited from."""
        edited = [at for at in self.oracle.waiting.values() if at.version == version]
        return set(edited[-1].authors) if edited else {author}

    @rule(by=some(["boss", "boss", "maria"]), who=WHO, which=WHICH, by_token=RARELY)
    def change_roles(self, by: str, who: str, which: int, by_token: bool) -> None:
        if who == "boss":
            return  # somebody has to be able to set it right again
        usual = sorted(role.value for role in self.house.staff.actor(who).roles)
        some = [[*usual, "designer"], [*usual, "strategist"], ["learner"], []]
        roles = usual if which % 2 else self.pick(some, which // 2)
        self.do(
            Act(
                by,
                "PUT",
                f"/people/{self.house.staff.actor(who).person_id}/roles",
                {"roles": sorted(set(roles))},
                lambda oracle: oracle.change_roles(by, who, roles, by_token=by_token),
                by_token=by_token,
            )
        )

    @rule(
        by=some(["boss", "boss", "boss", "sofia"]),
        policies=some(POLICIES),
        stale=some(["keep", "flag", "suspend"]),
        budget=some([0, 2]),
        by_token=RARELY,
    )
    def change_rules(
        self, by: str, policies: dict[str, dict[str, str]], stale: str, budget: int, by_token: bool
    ) -> None:
        self.do(
            Act(
                by,
                "PUT",
                f"{self.programme}/rules",
                {"policies": policies, "stale_rule": stale, "round_budget": budget},
                lambda oracle: oracle.change_rules(
                    by, policies, stale, fits=policies not in MISFITS, by_token=by_token
                ),
                door=frozenset({"admin"}),
                fresh=True,
                by_token=by_token,
            )
        )

    @rule(which=WHICH, other=some([False, True]))
    def send_again(self, which: int, other: bool) -> None:
        if not self.sent:
            return
        act, status, before = self.pick(self.sent, which)
        if other and act.body is not None:
            field_ = "worry" if "worry" in act.body else "reason"
            changed = replace(act, body=act.body | {field_: f"{act.body[field_]} And more."})
            self._again(changed, act, 422, None)
        else:
            self._again(act, act, status, before)

    def _again(self, sent: Act, first: Act, status: int, before: Any) -> None:
        self.here(sent.login)
        barred = self.barred(self.oracle, first)
        needs = {"scenarios": "designer", "accept": "strategist"}.get(first.path.rpartition("/")[2])
        if "/strategy/" in first.path:
            needs = "strategist"
        if needs is not None and needs not in self.oracle.people[first.login]:
            barred |= {403}
        answer = self.house.run(self._send(sent))
        if barred:
            assert answer.status_code in barred, (sent, barred, answer.status_code, answer.text)
        else:
            assert answer.status_code == status, (sent, answer.status_code, answer.text)
            assert before is None or _lasting(answer.json()) == _lasting(before), (sent, before, answer.text)
        self.look(())

    @rule(minutes=some([20, 20, 45, 45, 3000, -45, -3000]))
    def clock(self, minutes: int) -> None:
        self.offset += minutes
        self.house.run(self.house.shift(minutes))
        self.oracle.now = max(self.oracle.now, self.offset) if self.house.is_sqlite else self.offset
        self.look(())

    @rule(login=WHO)
    def log_in_again(self, login: str) -> None:
        self.log_in(login)

    @rule(
        login=WHO,
        which=WHICH,
        kind=some(["approve", "reject", "withdraw", "request_changes", "approve_with_edits"]),
    )
    def decide_at_a_second_look(self, login: str, which: int, kind: str) -> None:
        signed = [run for run in self.works if self.now.stages[run] == "published"]
        if signed and "designer" in self.oracle.people["maria"]:
            run = self.pick(signed, which)
            self.do(self.another_look("maria", run), quietly=True)
            self.look([run])
            name = self.works[run].checkpoints[-1]
            self.do(self.decision(login, name, kind, reason="It serves us."))

    @rule(which=WHICH, kind=some(["charter", "criteria"]))
    def change_the_strategy(self, which: int, kind: str) -> None:
        self.propose("sofia", kind, which, False)
        self.accept("sofia", 2, False)
        for name in self.pending(kind)[-1:]:
            self.do(self.decision("ravi", name, "approve"))

    @rule(login=WHO, which=WHICH, by_token=RARELY)
    def review_again(self, login: str, which: int, by_token: bool) -> None:
        if not any(at.state == "approved" for at in self.oracle.waiting.values()):
            return
        signed = [run for run, work in self.works.items() if work.kind == "scenario" and work.checkpoints]
        published = [run for run in signed if self.now.stages[run] == "published"]
        run = self.pick(published or signed, which)
        act = self.another_look(login, run, by_token=by_token)
        answer = self.do(act, quietly=True)
        self.look([run] if answer.is_success else ())

    def another_look(self, login: str, run: str, *, by_token: bool = False) -> Act:
        published = self.now.stages[run] == "published"
        return Act(
            login,
            "POST",
            "/checkpoints/again",
            {"run_ids": [run]},
            lambda oracle: oracle.review_again(login, published=published, by_token=by_token),
            by_token=by_token,
        )

    @rule(login=WHO, which=WHICH, wrong=RARELY)
    def confirm_the_list(self, login: str, which: int, wrong: bool) -> None:
        if not self.pending("scenario"):
            return
        self.here(login)
        listed = self.house.run(self.house.send(login, "GET", "/checkpoints/batch"))
        if "designer" not in self.oracle.people[login]:
            assert listed.status_code == 403
            return
        lines = {each["checkpoint_id"]: each["review_digest"] for each in listed.json()}
        for name in lines:
            at = self.oracle.waiting[name]
            assert (at.state, at.kind, at.outcome, at.vetoed) == ("pending", "scenario", "aligned", False)
            assert login not in at.authors
        unlisted = [name for name in self.pending("scenario") if name not in lines]
        asked = lines | {name: self.oracle.waiting[name].shown for name in unlisted[: which % 2]}
        if wrong and lines:
            asked[next(iter(lines))] = NOBODYS
        if not asked:
            return
        body = {"checkpoints": [{"checkpoint_id": name, "review_digest": seen} for name, seen in asked.items()]}
        act = Act(
            login, "POST", "/checkpoints/batch", body, lambda oracle: Expected(200), frozenset({"designer"}), True
        )
        answer = self.do(act, quietly=True)
        self.told[f"confirmed from a list of {len(lines)}"] += 1
        for line in answer.json() if answer.is_success else ():
            name = line["checkpoint_id"]
            if name not in lines:
                assert line["problem"], "it was not on the list"
                continue
            reason = "Confirmed from the list"
            told = self.oracle.decide(login, name, "approve", seen=asked[name], reason=reason)
            assert bool(line["problem"]) is (told.status != 200), line
            assert line["status"] == told.state
        self.look(())

    @rule(which=WHICH)
    def try_again(self, which: int) -> None:
        if not self.stopped:
            return
        run = self.pick(sorted(self.stopped), which)
        if "designer" in self.oracle.people["maria"]:
            path = f"/runs/{run}/retry"
            act = Act("maria", "POST", path, None, lambda oracle: Expected(200), scoped=True)
            self.do(act, quietly=True)
            self.look([run])

    @rule(login=WHO, which=WHICH, also_digest=some([False, True]))
    def tamper(self, login: str, which: int, also_digest: bool) -> None:
        """Bytes changed by hand are signed by nobody, met by nobody, and vouched for by nobody."""
        if not any(at.kind == "scenario" for at in self.oracle.waiting.values()):
            return
        waiting = self.oracle.waiting
        scenarios = [name for name, at in waiting.items() if at.kind == "scenario"]
        likely = [n for n in scenarios if waiting[n].state == "pending" or waiting[n].version in self.oracle.live]
        name = self.pick(likely or scenarios, which)
        version = waiting[name].version
        before = self.house.run(alter(self.house.store, version, also_digest=also_digest))
        approval = self.decision(login, name, "approve", reason="It serves us.")
        probes = [
            *((who, approval.method, approval.path, approval.body) for who in (login, "maria", "jonas")),
            ("amir", "POST", f"/scenarios/{version}/practices", None),
            ("maria", "GET", f"/scenarios/{version}/passport", None),
        ]
        for who, method, path, body in probes:
            self.log_in(who)
            answer = self.house.run(self.house.send(who, method, path, body))
            assert answer.status_code in (401, 403, 409, 422), (path, answer.text)
        offered = self.house.run(self.house.send("amir", "GET", "/scenarios"))
        assert not offered.is_success or version not in offered.text
        self.told["tampered"] += 1
        self.house.run(restore(self.house.store, version, before))
        self.look(())

    @rule(
        people=in_any_order(["maria", "jonas", "nils", "sofia", "ravi"]),
        kinds=two_of(["approve", "approve", "reject", "request_changes", "withdraw"]),
        which=WHICH,
        reason=REASON,
    )
    def two_at_once(self, people: list[str], kinds: tuple[str, str], which: int, reason: str) -> None:
        if not self.pending():
            return
        name = self.pick(self.pending(), which)
        self.race(*(self.decision(who, name, kind, reason=reason) for who, kind in zip(people, kinds, strict=False)))

    @rule(login=some(["maria", "jonas", "boss"]), which=WHICH, practices=some(["finish", "stop"]))
    def revoke_while_others_act(self, login: str, which: int, practices: str) -> None:
        if not self.oracle.live:
            return
        version = self.pick(sorted(self.oracle.live), which)
        revocation = self.revocation(login, version, reason="It is public now.", practices=practices)
        run = self.oracle.works[version]
        again = [name for name in self.pending("scenario") if self.works_of[name] == run]
        if again:
            self.race(revocation, self.decision("nils", again[0], "approve", reason="It serves us."))
            return
        self.here("amir")
        self.race(revocation, self.beginning("amir", version))
        self.oracle.practices.pop("of amir, to be named", None)

    @rule(
        people=in_any_order(["sofia", "ravi", "nils"]),
        login=some(["maria", "jonas"]),
        which=WHICH,
        kind=some(["approve", "approve", "approve_with_edits", "request_changes"]),
    )
    def decide_while_strategy_changes(self, people: list[str], login: str, which: int, kind: str) -> None:
        if not (self.pending("scenario") and (self.pending("charter") or self.pending("criteria"))):
            return
        strategy = self.pick(self.pending("charter") + self.pending("criteria"), which)
        for who in people:
            if self.oracle.waiting[strategy].state == "pending":
                self.do(self.decision(who, strategy, "approve"), quietly=True)
        if self.oracle.waiting[strategy].state == "pending":
            self.look(())
            return
        decision = self.decision(login, self.pick(self.pending("scenario"), which), kind, reason="It serves us.")
        self.here(login)

        async def both() -> httpx.Response:
            answer, _ = await asyncio.gather(self._send(decision), self.house.bring_forward())
            return answer

        answer = self.house.run(both())
        first = deepcopy(self.oracle)
        told = self._explains(first, decision, answer)
        if told:
            first.activate(strategy)
        else:
            first = deepcopy(self.oracle)
            first.activate(strategy)
            assert self._explains(first, decision, answer), (decision, answer.status_code, answer.text)
        self.oracle = first
        self.told["decided while the strategy changed"] += 1
        self.known[strategy] = "approved"
        self.look(())


def _lasting(told: dict[str, Any]) -> dict[str, Any]:
    """An answer without what it says of the present: whether a proposed version is in force by now."""
    return {name: value for name, value in told.items() if name != "in_force"}


def conducting(source: Source, told: Counter[str]) -> type[Conducting]:
    """The machine over databases of one kind."""

    class Here(Conducting):
        pass

    Here.source, Here.told = source, told
    return Here
