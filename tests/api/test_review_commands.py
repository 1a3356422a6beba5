"""``conductor review``: whose turn it is, every decision by options and in a dialogue, and that no word is lost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from agents.author import Draft, DraftOrder
from agents.ensemble import Ensemble
from api import identity, terminal
from api.commands import acting, command
from approvals.checkpoint import Comment, DecisionKind
from evidence.errors import NotAuthenticated
from graphs.claiming import claim
from graphs.settling import settle_criterion
from store.records import CheckpointRow
from tests.api.at_terminal import Office
from tests.company import Company, ScriptedAuthor, ScriptedJudge, ensemble
from tests.desk import Desk

QUOTE = "Ask what is behind the delay"


class AnotherAuthor(ScriptedAuthor):
    """Writes a text that nobody has judged yet: answers about the same text are reused."""

    async def draft(self, order: DraftOrder) -> Draft:
        written = await super().draft(order)
        return written.model_copy(
            update={"scenario": written.scenario.model_copy(update={"setting": "Monday, ten past nine."})}
        )


def unsure() -> Ensemble:
    return ensemble(author=AnotherAuthor(), judge=ScriptedJudge(levels={"asks": [None]}))


def second_round(here: Office) -> CheckpointRow:
    """Jonas asked for a change, and the author's answer waits."""
    first = here.waits()

    async def back(desk: Desk) -> CheckpointRow:
        asked = Comment(field="setting", quote="Friday", text="Name the day of the week only once.")
        await desk.decide(here.company.jonas, first, DecisionKind.REQUEST_CHANGES, comments=(asked,))
        return await desk.pending(first.run_id)

    return here.do(back)


def test_the_list_begins_with_what_is_mine_and_with_what_needs_eyes(here: Office) -> None:
    fine, late, mine, theirs = here.waits(), here.waits(), here.waits(), here.waits()
    doubtful = here.waits(unsure())

    async def claims(desk: Desk) -> None:
        await claim(desk.store, here.company.maria, mine.id)
        await claim(desk.store, here.company.jonas, theirs.id)
        async with desk.store.write() as work:
            await work.approvals.set(late.id, due_at=late.created_at)

    here.do(claims)
    listed = here.data("review", "--login", "maria")
    assert [each["id"] for each in listed] == [mine.id, doubtful.id, late.id, fine.id, theirs.id]
    assert [each["turn"] for each in listed] == ["mine", "free", "free", "free", "theirs"]
    assert [each["outcome"] for each in listed] == ["aligned", "refer", "aligned", "aligned", "aligned"]
    assert [each["overdue"] for each in listed] == [False, False, True, False, False]
    shown = here.told("review", "--login", "maria")
    assert "Jonas till" in shown
    assert "yours till" in shown
    assert "late" in shown


def test_signed_work_that_is_looked_at_again_says_so(here: Office) -> None:
    here.again(here.signed())
    [line] = here.data("review", "--login", "maria")
    assert line["signed"] == "stands"
    assert "1 can be confirmed as one list: conductor confirm" in here.told("review", "--login", "maria")


def test_the_page_says_whose_turn_it_is_and_why(here: Office) -> None:
    checkpoint = here.waits()
    shown = here.told("review", checkpoint.id, "--login", "maria")
    for part in (
        "Needs one designer who wrote none of it. The policy is 'one_reviewer'.",
        "Risk of the change: ordinary. It is new: no earlier version was signed.",
        "Due on ",
    ):
        assert part in shown
    here.do(lambda desk: claim(desk.store, here.company.jonas, checkpoint.id))
    assert "Jonas has claimed it until" in here.told("review", checkpoint.id, "--login", "maria")


def test_small_acts_go_together_and_a_slip_does_none_of_them(here: Office) -> None:
    checkpoint = here.waits()
    acts = ("--claim", "--due", "2031-01-31", "--agree", "asks", "--disagree", "plainness=absent")
    slips = {
        ("--due", "31.1.2031"): "is no day",
        ("--agree", "aks"): "Did you mean 'asks'?",
        ("--disagree", "asks=practise"): "Did you mean 'practised'?",
        ("--resolve", "1"): "Nothing was asked in earlier rounds.",
        ("--agree", "asks=named"): "Leave the level out.",
    }
    for slip, what in slips.items():
        assert what in here.told("review", checkpoint.id, *acts, *slip, "--login", "jonas", code=command.REFUSED)
    assert here.checkpoint(checkpoint.id) == checkpoint
    done = here.told("review", checkpoint.id, *acts, "--login", "jonas")
    assert "Claimed for you until" in done
    assert "Noted: you agree with 'practised' for asks." in done
    assert "Noted: you disagree with 'practised' for plainness and say absent." in done
    now = here.checkpoint(checkpoint.id)
    assert now.claimed_by == here.company.jonas.person_id
    assert now.due_at is not None
    assert now.due_at.isoformat().startswith("2031-01-31T23:59:59")
    shown = here.told("review", checkpoint.id, "--login", "maria")
    assert "asks, practised: A colleague agrees." in shown
    assert "plainness, practised: A colleague disagrees and says absent." in shown
    refused = here.told("review", checkpoint.id, "--approve", "--login", "maria", code=command.REFUSED)
    assert "Jonas has claimed this until" in refused
    assert "--take-over takes it over." in refused
    assert "not your claim" in here.told("review", checkpoint.id, "--release", "--login", "maria", code=command.REFUSED)
    done = here.told("review", checkpoint.id, "--take-over", "--due", "none", "--approve", "--login", "maria")
    assert "It has no due date now." in done
    assert "Signed: learners can practise exactly this text now." in done


def test_comments_are_numbered_and_marked_by_a_person(here: Office) -> None:
    checkpoint = second_round(here)
    shown = here.told("review", checkpoint.id, "--login", "maria")
    assert "1. Jonas on setting “Friday”: Name the day of the week only once." in shown
    assert "? nobody has said whether it is resolved; the author changed the text there" in shown
    wrong = here.told("review", checkpoint.id, "--resolve", "2", "--login", "maria", code=command.REFUSED)
    assert "There is no comment 2. They are numbered 1 to 1." in wrong
    here.told("review", checkpoint.id, "--unresolve", "1", "--note", "Still twice.", "--login", "maria")
    assert "✗ not resolved, says Maria — Still twice." in here.told("review", checkpoint.id, "--login", "jonas")
    here.told("review", checkpoint.id, "--resolve", "1", "--login", "jonas")
    assert "✓ resolved, says Jonas" in here.told("review", checkpoint.id, "--login", "maria")


@pytest.mark.parametrize("way", ["file", "editor"])
def test_a_person_changes_the_wording_and_somebody_else_signs_it(
    here: Office, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    checkpoint = here.waits()
    goal = "Ask openly what is behind the delay."
    if way == "file":
        Path("new.yaml").write_text(f"learner_goal: |-\n  {goal}\nsafety_notes[0]: Stop whenever you like.\n")
        options = ["--approve-with-edits", "new.yaml"]
    else:
        Path("edit.sh").write_text(f"printf '{goal}\\n' > \"$1\"\n")
        monkeypatch.setenv("EDITOR", "sh edit.sh")
        options = ["--editor", "learner_goal", "--edit", "safety_notes[0]=Stop whenever you like."]
    done = here.told("review", checkpoint.id, *options, "--login", "jonas")
    assert "Your wording is a new version. It is looked at again, and somebody else signs it." in done
    assert here.checkpoint(checkpoint.id).status == "edited"
    [again] = here.data("review", "--login", "maria")
    assert here.data("review", again["id"], "--login", "maria")["source"]["learner_goal"] == goal
    own = here.told("review", again["id"], "--approve", "--login", "jonas", code=command.REFUSED)
    assert "You wrote text that is in this version" in own
    assert "so somebody else signs it" in here.told("review", again["id"], "--login", "jonas")


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "There is no edit in it."),
        ("- a\n- b\n", "This is no list of edits."),
        ("learner_goal: 3\n", "put it in quotes"),
        ("learner_goal: [x\n", "not valid YAML"),
        ("learner_gaol: x\n", "Did you mean 'learner_goal'?"),
        ("setting=a\nsetting=b\n", "is edited twice"),
        ("setting=a\nnonsense\n", "This is no edit."),
        ("learner_goal: ' '\n", "With these edits the text breaks a rule"),
    ],
)
def test_edits_that_cannot_be_read_change_nothing(here: Office, text: str, what: str) -> None:
    checkpoint = here.waits()
    Path("new.yaml").write_text(text)
    order = ("review", checkpoint.id, "--approve-with-edits", "new.yaml", "--login", "jonas")
    assert what in here.told(*order, code=command.REFUSED)
    assert here.checkpoint(checkpoint.id) == checkpoint


def test_words_from_an_editor_are_kept_where_they_are_refused(here: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    checkpoint = here.waits()
    here.do(lambda desk: claim(desk.store, here.company.maria, checkpoint.id))
    Path("edit.sh").write_text("printf 'One open question.\\n' > \"$1\"\n")
    monkeypatch.setenv("EDITOR", "sh edit.sh")
    order = ("review", checkpoint.id, "--login", "jonas")
    refused = here.told(*order, "--editor", "learner_goal", code=command.REFUSED)
    kept = f"edits-{terminal.short(checkpoint.id)}.yaml"
    assert f"Your edits are in {kept}" in refused
    assert Path(kept).stat().st_mode & 0o777 == 0o600
    here.told(*order, "--take-over", "--approve-with-edits", kept)
    assert here.checkpoint(checkpoint.id).status == "edited"
    for broken, what in (
        ("sh -c false", "ended with exit code 1"),
        ("/no/such", "cannot be started"),
        ("", "No editor"),
    ):
        monkeypatch.setenv("EDITOR", broken)
        again = here.data("review", "--login", "maria")[0]["id"]
        told = here.told("review", again, "--editor", "learner_goal", "--login", "maria", code=command.REFUSED)
        assert what in told


def test_withdrawing_needs_a_reason_and_ends_the_work(here: Office) -> None:
    checkpoint = here.waits()
    order = ("review", checkpoint.id, "--withdraw", "--login", "maria")
    assert "Withdrawing needs a written reason." in here.told(*order, code=command.REFUSED)
    assert "Withdrawn." in here.told(*order, "--reason", "We do not need it.")
    assert "withdrawn" in here.told("runs", "--login", "maria")


def test_a_decision_can_be_read_by_a_script(here: Office) -> None:
    checkpoint = here.waits()
    done = here.data("review", checkpoint.id, "--request-changes", "Make it shorter.", "--login", "jonas")
    assert done["checkpoint"]["status"] == "changes_requested"
    assert done["done"] == ["Sent back with your words."]
    assert done["stage"] == "awaiting"


def test_two_decisions_and_acts_without_a_checkpoint_are_wrong_usage(here: Office) -> None:
    for order in (
        ("x", "--approve", "--edit", "a=b"),
        ("x", "--withdraw", "--reject"),
        ("--claim",),
        ("--resolve", "1"),
        ("x", "--settle", "asks"),
    ):
        assert here.run("review", *order, "--login", "maria").exit_code == command.USAGE


def test_what_is_claimed_meanwhile_is_taken_over_in_the_dialogue_with_every_word(here: Office) -> None:
    checkpoint = here.waits()

    def meanwhile() -> str:
        here.do(lambda desk: claim(desk.store, here.company.jonas, checkpoint.id))
        return "Shorten the setting."

    here.answers("c", meanwhile, "seting", "setting", "not there", "Friday", "", "y")
    told = here.told("review", checkpoint.id, "--login", "maria")
    for part in ("Did you mean 'setting'?", "These words are not there.", "Sent back with your words."):
        assert part in told
    assert any(each.startswith("Take it over from Jonas") for each in here.asked)
    here.gone()
    [again] = here.data("review", "--login", "maria")
    assert "Maria on setting “Friday”: Shorten the setting." in here.told("review", again["id"], "--login", "jonas")


def test_what_changed_meanwhile_is_shown_before_the_same_words_are_sent(here: Office) -> None:
    checkpoint = here.waits(unsure())

    async def settle(desk: Desk) -> None:
        await settle_criterion(
            desk.store, here.company.jonas, checkpoint.id, "asks",
            level="practised", quote=QUOTE, reason="The goal says so.", seen=checkpoint.review_digest,
        )  # fmt: skip

    def meanwhile() -> str:
        here.do(settle)
        return "The tone is wrong for us."

    here.answers("r", meanwhile, "y")
    told = here.told("review", checkpoint.id, "--login", "maria")
    assert "What you saw is not what waits here now." in told
    assert "The text meets the criteria" in told
    assert "What you typed is kept." in told
    assert "Rejected; this work is over." in told


def test_where_somebody_was_first_the_words_are_kept(here: Office) -> None:
    checkpoint = here.waits()

    def meanwhile() -> str:
        here.do(lambda desk: desk.decide(here.company.jonas, checkpoint, DecisionKind.REJECT))
        return "It reads better so."

    here.answers("e", "?", "learner_goal", "One open question.", "", "y", meanwhile)
    told = here.told("review", checkpoint.id, "--login", "maria", code=command.REFUSED)
    assert "Jonas has already decided here: reject." in told
    assert "Not sent: It reads better so." in told
    kept = Path(f"edits-{terminal.short(checkpoint.id)}.yaml")
    assert kept.read_text() == "learner_goal: One open question.\n"


def test_an_old_login_is_renewed_and_the_words_are_sent(here: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    checkpoint = here.waits()
    before, ages = identity.fresh_login, iter([True, False])

    async def fresh(*arguments: Any, **options: Any) -> None:
        if next(ages):
            raise NotAuthenticated("A decision needs a login of the last 30 minutes.", todo="Log in again.")
        await before(*arguments, **options)

    monkeypatch.setattr(identity, "fresh_login", fresh)
    typed = iter([Company.password, "wrong-wrong-wrong", Company.password])
    monkeypatch.delenv("CONDUCTOR_PASSWORD")
    monkeypatch.setattr(terminal, "ask_secret", lambda prompt: next(typed))
    here.answers("a", "A good text.")
    told = here.told("review", checkpoint.id, "--login", "maria")
    assert "A decision needs a login" in told
    assert "Login and password do not go together." in told
    assert "Signed: learners can practise" in told
    assert next(typed, None) is None


def test_a_password_may_be_mistyped_twice(here: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CONDUCTOR_PASSWORD")
    asked: list[str] = []

    def wrong(prompt: str) -> str:
        asked.append(prompt)
        return "wrong-wrong-wrong"

    monkeypatch.setattr(terminal, "ask_secret", wrong)
    here.answers()
    assert "do not go together" in here.told("review", "--login", "maria", code=command.REFUSED)
    assert len(asked) == acting.PASSWORD_TRIES


def test_every_small_act_has_a_key(here: Office) -> None:
    checkpoint = second_round(here)
    here.answers(
        *("t", "t", "g", "2", "n", "absent", "g", "asks", "y", "m", "", "n", "Still there.", "d", "2031-02-01", "p"),
        *("w", "", "w", "Not needed."),
    )
    told = here.told("review", checkpoint.id, "--login", "maria")
    for part in (
        "Claimed for you until",
        "Given back",
        "you disagree with 'practised' for plainness and say absent",
        "you agree with 'practised' for asks",
        "Comment 1 is marked as not resolved.",
        "It is due on 2031-02-01 now",
        "Withdrawing needs a written reason.",
        "Withdrawn.",
    ):
        assert part in told, part
    assert here.checkpoint(checkpoint.id).status == "withdrawn"


def test_a_referred_criterion_is_settled_in_the_dialogue_and_mistakes_are_typed_again(here: Office) -> None:
    checkpoint = here.waits(unsure())
    here.answers(
        *("a", "", "s", "", "practiced", QUOTE, "The goal says so."),
        *("s", "", "practised", "", "", "a", ""),
    )
    told = here.told("review", checkpoint.id, "--login", "jonas")
    for part in ("it is not settled", "Did you mean 'practised'?", "Settled: asks is practised.", "Signed: learners"):
        assert part in told, part


def test_leaving_in_the_middle_keeps_the_words(here: Office) -> None:
    checkpoint = here.waits()
    here.answers("e", "learner_goal", "One open question.")
    told = here.told("review", checkpoint.id, "--login", "maria", code=command.INTERRUPTED)
    assert "Send them: conductor review" in told
    assert here.checkpoint(checkpoint.id) == checkpoint


def test_who_cannot_sign_is_not_offered_to(here: Office) -> None:
    checkpoint = here.waits()
    here.told("review", checkpoint.id, "--edit", "learner_goal=One open question.", "--login", "jonas")
    [again] = here.data("review", "--login", "jonas")
    assert again["turn"] == "others"
    here.answers("a", "q")
    here.told("review", again["id"], "--login", "jonas")
    assert "[a]pprove" not in here.asked[0]
    assert "request [c]hanges" in here.asked[0]
    assert here.checkpoint(again["id"]).status == "pending"
