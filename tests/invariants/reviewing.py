"""What reviewers do at a checkpoint."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis.stateful import rule

from tests.approvals.oracle import Expected, Oracle
from tests.invariants.acting import Acting
from tests.invariants.acts import CLAIM, MARKS, QUOTE, RARELY, REASON, REVIEW, SEEN, WHICH, WHO, Act, Work
from tests.invariants.choices import in_any_order, some
from tests.invariants.house import LEVELS, UNSURE, brief, levels_in, marks


class Reviewing(Acting):
    """Orders, decisions, settlements, claims, due dates and marks."""

    def decision(
        self,
        login: str,
        name: str,
        kind: str,
        *,
        seen: str = "shown",
        reason: str = "",
        levels: dict[str, str] | None = None,
        sloppy: bool = False,
        by_token: bool = False,
        key: str | None = None,
    ) -> Act:
        at = self.oracle.waiting[name]
        body: dict[str, Any] = {"kind": kind, "reason": reason, "review_digest": self.seen(name, seen)}
        body |= self._with(kind, at.kind, levels or {}, sloppy=sloppy)
        return Act(
            login,
            "POST",
            f"/checkpoints/{name}/decisions",
            body,
            lambda oracle: oracle.decide(
                login,
                name,
                kind,
                seen=body["review_digest"],
                reason=reason,
                comments=len(body.get("comments", ())),
                edits=len(body.get("edits", ())),
                fits=not sloppy or kind not in ("request_changes", "approve_with_edits"),
                by_token=by_token,
            ),
            door=REVIEW,
            fresh=True,
            by_token=by_token,
            key=key,
        )

    def _with(self, kind: str, subject: str, levels: dict[str, str], *, sloppy: bool) -> dict[str, Any]:
        number = self.another()
        where = "setting" if subject == "scenario" else "title"
        if kind == "request_changes":
            quote = "words that stand nowhere" if sloppy else QUOTE if subject == "scenario" else ""
            text = f"Say it otherwise, please ({number}). {marks(levels)}"
            return {"comments": [{"field": where, "quote": quote, "text": text}]}
        if kind == "approve_with_edits":
            field_ = "nowhere" if sloppy else "persona.stance" if where == "setting" and number % 3 == 0 else where
            text = f"Monday number {number}. {QUOTE} {marks(levels)}" if field_ == "setting" else f"Another {number}"
            return {"edits": [{"field": field_, "text": text}]}
        return {}

    @rule(login=some(["maria", "jonas", "nils", "sofia"]), levels=MARKS, which=WHICH, by_token=RARELY)
    def order(self, login: str, levels: dict[str, str], which: int, by_token: bool) -> None:
        def expect(oracle: Oracle) -> Expected:
            return Expected(200 if "designer" in oracle.people[login] else 403)

        body = brief(levels, self.another(), failing=which == 13)
        act = Act(login, "POST", f"{self.programme}/scenarios", body, expect, scoped=True, by_token=by_token)
        answer = self.do(replace(act, key=self.key(which)), quietly=True)
        if answer.is_success:
            run = answer.json()["run_id"]
            self.works[run] = Work("scenario", login, set())
            self.look([run])
        else:
            self.look(())

    @rule(
        login=WHO,
        which=WHICH,
        kind=some(["approve", "approve_with_edits", "request_changes", "reject", "withdraw"]),
        seen=SEEN,
        reason=REASON,
        levels=MARKS,
        sloppy=RARELY,
        by_token=RARELY,
    )
    def decide(
        self,
        login: str,
        which: int,
        kind: str,
        seen: str,
        reason: str,
        levels: dict[str, str],
        sloppy: bool,
        by_token: bool,
    ) -> None:
        name = self.somewhere(which)
        key = self.key(which)
        self.do(
            self.decision(
                login, name, kind, seen=seen, reason=reason, levels=levels, sloppy=sloppy, by_token=by_token, key=key
            )
        )

    @rule(people=in_any_order(["maria", "jonas", "nils", "sofia", "ravi"]), which=WHICH, reason=REASON)
    def approve_in_turn(self, people: list[str], which: int, reason: str) -> None:
        if not self.pending():
            return
        name = self.pick(self.pending(), which)
        for login in people[: 2 + which % 3]:
            self.do(self.decision(login, name, "approve", reason=reason))

    @rule(
        login=some(["maria", "jonas", "nils", "maria", "jonas", "nils", "sofia", "amir"]),
        which=WHICH,
        criterion=some(["asks", "plainness"]),
        level=some([*["practised"] * 6, "absent", "named", "superb"]),
        quote=some([*[QUOTE] * 6, "It never stood there at all."]),
        reason=some([*["I read it so."] * 6, "", "  "]),
        seen=SEEN,
    )
    def settle(self, login: str, which: int, criterion: str, level: str, quote: str, reason: str, seen: str) -> None:
        if not any(at.referred and at.state == "pending" for at in self.oracle.waiting.values()):
            return
        referred = [name for name in self.pending() if self.oracle.waiting[name].referred]
        name = self.pick(referred if which % 8 else self.pending(), which)
        at = self.oracle.waiting[name]
        if at.referred and which % 4:
            criterion = sorted(at.referred)[0]
        body = {"criterion_id": criterion, "level": level, "quote": quote, "reason": reason}
        body["review_digest"] = self.seen(name, seen)
        act = Act(
            login,
            "POST",
            f"/checkpoints/{name}/settlements",
            body,
            lambda oracle: oracle.settle(
                login,
                name,
                criterion,
                seen=body["review_digest"],
                reason=reason,
                known_level=level in LEVELS[criterion],
                quote_found=quote == QUOTE,
            ),
            door=REVIEW,
            fresh=True,
            malformed=not reason,
            key=self.key(which),
        )
        answer = self.do(act, quietly=True)
        if answer.is_success:
            row = answer.json()
            work = self.works[self.works_of[name]]
            settled = work.settled.setdefault((at.version, at.under[1]), {})
            settled[criterion] = level
            text = self.strategies[at.version]["setting"]
            outcome, vetoed = self._ruled(text, settled, at.under[1])
            self.shown_before[name].append(at.shown)
            assert row["review_digest"] != at.shown
            self.oracle.judged(name, outcome=outcome, vetoed=vetoed, shown=row["review_digest"])
        self.look(())

    @rule(login=WHO, which=WHICH, criterion=some(["asks", "plainness"]), seen=SEEN)
    def agree(self, login: str, which: int, criterion: str, seen: str) -> None:
        if not self.pending("scenario"):
            return
        name = self.pick(self.pending("scenario"), which)
        at = self.oracle.waiting[name]
        given = levels_in(self.strategies[at.version]["setting"])[criterion] != UNSURE
        shown_there = self.seen(name, seen)
        self.do(
            Act(
                login,
                "PUT",
                f"/checkpoints/{name}/agreements",
                {"criterion_id": criterion, "agrees": which % 2 == 0, "review_digest": shown_there},
                lambda oracle: oracle.act_here(login, name, seen=shown_there, fits=given),
                door=REVIEW,
            )
        )

    @rule(login=WHO, which=WHICH, take_over=RARELY, by_token=RARELY)
    def claim(self, login: str, which: int, take_over: bool, by_token: bool) -> None:
        name = self.somewhere(which)
        self.do(
            Act(
                login,
                "PUT",
                f"/checkpoints/{name}/claim",
                {"take_over": take_over},
                lambda oracle: oracle.claim(login, name, take_over=take_over, by_token=by_token, minutes=CLAIM),
                door=REVIEW,
                by_token=by_token,
            )
        )

    @rule(login=WHO, which=WHICH)
    def release(self, login: str, which: int) -> None:
        if not any(at.claimed_by for at in self.oracle.waiting.values()):
            return
        claimed = [name for name, at in self.oracle.waiting.items() if at.claimed_by]
        name = self.pick(claimed, which)
        who = self.oracle.waiting[name].claimed_by if which % 2 else login
        path = f"/checkpoints/{name}/claim"
        self.do(Act(str(who), "DELETE", path, None, lambda oracle: oracle.release(str(who), name), door=REVIEW))

    @rule(login=WHO, which=WHICH, days=some([1, 30, None, -1, -3000]))
    def due(self, login: str, which: int, days: int | None) -> None:
        name = self.somewhere(which)
        at = None
        if days is not None:
            opened = self.now.checkpoints[name].created_at
            at = (opened + timedelta(minutes=self.oracle.now) + timedelta(days=365 + days)).isoformat()
            if days < 0:
                at = (opened - timedelta(days=365 - days)).isoformat()
        fits = days is None or days > 0
        self.do(
            Act(
                login,
                "PUT",
                f"/checkpoints/{name}/due",
                {"due_at": at},
                lambda oracle: oracle.act_here(login, name, fits=fits),
                door=REVIEW,
            )
        )

    def _was_sent_back(self, name: str) -> bool:
        earlier = self.works[self.works_of[name]].checkpoints
        return any(self.oracle.waiting[each].state == "changes_requested" for each in earlier)

    @rule(login=WHO, which=WHICH, resolved=some([False, True]))
    def mark(self, login: str, which: int, resolved: bool) -> None:
        later = [name for name in self.pending() if self._was_sent_back(name)]
        if not later:
            return
        name = self.pick(later, which)
        self.here("nils")
        shown_there = self.house.run(self.house.send("nils", "GET", f"/checkpoints/{name}"))
        if not shown_there.is_success:
            return  # nils may have lost his roles
        asked = shown_there.json()["asked"]
        chosen = self.pick(asked, which) if asked and which % 5 else {"decision_id": "no such decision", "number": 0}
        body = {"decision_id": chosen["decision_id"], "number": chosen["number"], "resolved": resolved}
        fits = chosen in asked
        answer = self.do(
            Act(
                login,
                "PUT",
                f"/checkpoints/{name}/marks",
                body,
                lambda oracle: oracle.act_here(login, name, fits=fits),
                door=REVIEW,
            )
        )
        if answer.is_success:
            again = self.house.run(self.house.send("nils", "GET", f"/checkpoints/{name}")).json()["asked"]
            found = next(each for each in again if (each["decision_id"], each["number"]) == tuple(body.values())[:2])
            assert (found["resolved"], found["marked_by"]) == (resolved, login.title())
