"""The review desk without a browser: rewording, claims, due dates, agreement, earlier comments, withdrawing."""

from __future__ import annotations

from datetime import timedelta

from approvals.checkpoint import Comment, DecisionKind
from graphs.governing import Rules, set_rules
from tests.api.room import Room, room, sent, words

__all__ = ["room"]

REWORDED = "Monday, nine o'clock. Nora sits down in your office; the release note is late."


async def test_rewording_makes_a_version_that_somebody_else_signs(room: Room) -> None:
    checkpoint = await room.ordered(room.company.jonas)
    at = f"/design/review/{checkpoint.id}"
    maria, jonas = await room.at("maria"), await room.at("jonas")
    desk = await maria.get(at)
    editing = await maria.post(at, data=sent(desk.text, act="edit"))
    assert "somebody else has to sign it" in words(editing.text)
    form = sent(editing.text)
    assert form["edit.setting"].startswith("Friday, half past two.")
    assert form["edit.persona.concerns[0].cover"] == "It was just a lot at once."
    assert "edit.persona.concerns[0].id" not in form
    done = await maria.post(
        at, data=form | {"edit.setting": REWORDED, "reason": "Monday", "kind": "approve_with_edits"}
    )
    assert "Maria changed the wording. The new version is judged again" in words(done.text)
    await room.runtime.bring_forward(checkpoint.run_id)
    second = await room.pending(checkpoint.run_id)
    async with room.store.read() as work:
        first, now = await work.design.version(checkpoint.subject_id), await work.design.version(second.subject_id)
    assert now.content == first.content.replace(
        "Friday, half past two. Nora sits down in your office; the second release note is a week late.", REWORDED
    )

    again = f"/design/review/{second.id}"
    mine = await maria.get(again)
    assert "You wrote text that is in this version, so somebody else signs it." in words(mine.text)
    assert 'value="approve"' not in mine.text
    theirs = await jonas.get(again)
    assert "What was changed by hand since version 1" in words(theirs.text)
    assert "The wording was changed by hand." in words(theirs.text)
    signed = await jonas.post(again, data=sent(theirs.text, kind="approve"))
    assert "Signed by Jonas. Learners can practise this now." in words(signed.text)


async def test_an_edit_that_breaks_a_rule_comes_back_beside_its_field(room: Room) -> None:
    checkpoint = await room.ordered(room.company.jonas)
    at = f"/design/review/{checkpoint.id}"
    maria = await room.at("maria")
    form = sent((await maria.post(at, data=sent((await maria.get(at)).text, act="edit"))).text)
    form |= {"edit.setting": REWORDED, "edit.persona.concerns[0].cover": "x" * 1300, "kind": "approve_with_edits"}
    refused = await maria.post(at, data=form | {"comment.text.opening_line": "Warmer."})
    assert refused.status_code == 422
    cover = refused.text.partition('<label for="edit-persona.concerns[0].cover">')[2].partition("</textarea>")[0]
    assert "It has 1,300 characters; at most 1,200 fit." in cover
    assert 'aria-invalid="true"' in cover
    kept = sent(refused.text)
    assert kept["edit.setting"] == REWORDED
    assert kept["comment.text.opening_line"] == "Warmer."
    slot = await maria.post(
        at, data=kept | {"edit.persona.concerns[0].cover": "A {word}.", "kind": "approve_with_edits"}
    )
    assert "names a slot" in slot.text
    assert (await room.pending(checkpoint.run_id)).id == checkpoint.id

    desk = await maria.post(at, data=kept | {"act": "read"})
    assert "You changed 2 texts yourself. They are not sent yet." in words(desk.text)
    sign = await maria.post(at, data=sent(desk.text, kind="approve"))
    assert "Edits go with an approval with edits only" in words(sign.text)
    assert "You changed 2 texts yourself." in words(sign.text)
    dropped = await maria.post(at, data=sent(sign.text, act="drop"))
    assert "yourself. They are" not in words(dropped.text)
    assert sent(dropped.text)["comment.text.opening_line"] == "Warmer."


async def test_words_typed_over_a_decision_of_somebody_else_are_kept(room: Room) -> None:
    checkpoint = await room.ordered(room.company.jonas)
    at = f"/design/review/{checkpoint.id}"
    maria = await room.at("maria")
    form = sent((await maria.post(at, data=sent((await maria.get(at)).text, act="edit"))).text)
    await room.decide(room.company.jonas, checkpoint)
    late = await maria.post(at, data=form | {"edit.setting": REWORDED, "kind": "approve_with_edits"})
    assert late.status_code == 409
    assert "Jonas has already decided here" in words(late.text)
    assert sent(late.text)["edit.setting"] == REWORDED


async def test_a_claim_in_plain_words_for_both(room: Room) -> None:
    checkpoint = await room.ordered(room.company.maria)
    at = f"/design/review/{checkpoint.id}"
    maria, jonas = await room.at("maria"), await room.at("jonas")
    open_page = await jonas.get(at)
    assert "Nobody has claimed it." in words(open_page.text)
    mine = await maria.post(at, data=sent((await maria.get(at)).text, act="claim"))
    assert "You have this until" in words(mine.text)
    refused = await jonas.post(at, data=sent(open_page.text, kind="approve", reason="Good."))
    assert refused.status_code == 409
    assert "Maria has claimed this until" in words(refused.text)
    assert sent(refused.text)["reason"] == "Good."
    assert 'value="approve"' not in refused.text
    taken = await jonas.post(at, data=sent(refused.text, act="take_over"))
    assert "You have this until" in words(taken.text)
    assert sent(taken.text)["reason"] == "Good."
    other = await maria.get(at)
    assert "Jonas has this until" in words(other.text)
    back = await jonas.post(at, data=sent((await jonas.get(at)).text, act="release"))
    assert "Nobody has claimed it." in words(back.text)


async def test_a_due_date_is_set_taken_away_and_overdue(room: Room) -> None:
    checkpoint = await room.ordered(room.company.maria)
    at = f"/design/review/{checkpoint.id}"
    maria = await room.at("maria")
    form = sent((await maria.get(at)).text)
    for wrong, told in (("2001-01-01", "The due date has passed."), ("soon", "This is no day.")):
        refused = await maria.post(at, data=form | {"due": wrong, "act": "due"})
        assert refused.status_code == 422
        assert told in refused.text.partition('id="due-error"')[2].partition("</p>")[0]
    day = (checkpoint.created_at + timedelta(days=1)).strftime("%Y-%m-%d")
    await maria.post(at, data=form | {"due": day, "act": "due"})
    due = (await room.again(checkpoint.id)).due_at
    assert due is not None
    assert due.strftime("%Y-%m-%d %H:%M") == f"{day} 23:59"
    room.store.clock.offset = timedelta(days=3)
    assert "overdue" in words((await (await room.at("maria")).get(at)).text)
    await (await room.at("maria")).post(at, data=form | {"act": "undue"})
    assert (await room.again(checkpoint.id)).due_at is None


async def test_agreement_with_a_level_is_one_tap_and_can_be_taken_back(room: Room) -> None:
    checkpoint = await room.ordered(room.company.maria)
    at = f"/design/review/{checkpoint.id}"
    maria = await room.at("maria")
    said = await maria.post(at, data=sent((await maria.get(at)).text, agree="asks"))
    assert "You say yes." in words(said.text)
    no = await maria.post(at, data=sent(said.text, disagree="asks"))
    assert "You say no." in words(no.text)
    own = await maria.post(at, data=sent(no.text, disagree="asks") | {"agree.level.asks": "named"})
    assert "You say: named." in words(own.text)
    assert "You say" not in words((await (await room.at("jonas")).get(at)).text)
    assert (await room.again(checkpoint.id)).review_digest == checkpoint.review_digest


async def test_earlier_comments_show_the_authors_word_and_a_persons(room: Room) -> None:
    first = await room.ordered(room.company.maria)
    comments = (
        Comment(field="setting", quote="Friday", text="Make it Monday."),
        Comment(field="opening_line", text="Warmer."),
    )
    await room.decide(room.company.jonas, first, DecisionKind.REQUEST_CHANGES, comments=comments)
    second = await room.pending(first.run_id)
    at = f"/design/review/{second.id}"
    maria = await room.at("maria")
    text = (await maria.get(at)).text
    decision = text.partition('name="mark" value="yes:')[2].partition('.0"')[0]
    assert "this part reads differently now" in words(text)
    marked = await maria.post(at, data=sent(text, mark=f"no:{decision}.1") | {f"mark.note.{decision}.1": "Still cold."})
    assert "not resolved says Maria: Still cold." in words(marked.text)
    marked = await maria.post(at, data=sent(marked.text, mark=f"yes:{decision}.0"))
    assert "resolved says Maria." in words(marked.text)
    for forged in ("yes:", "maybe:x.1", f"yes:{decision}.7", "yes:unknown.0"):
        assert (await maria.post(at, data=sent(text, mark=forged))).status_code in (404, 422), forged


async def test_the_policy_is_said_in_plain_words_with_its_reason(room: Room) -> None:
    checkpoint = await room.ordered(room.company.maria)
    maria = await room.at("maria")
    said = words((await maria.get(f"/design/review/{checkpoint.id}")).text)
    assert "Needs one designer who wrote none of it. It is new: no earlier version was signed." in said
    two = Rules(policies={"scenario": {"ordinary": "two_person"}})
    await set_rules(room.store, room.company.boss, room.company.programme_id, two)
    strict = await room.ordered(room.company.maria)
    page = (await maria.get(f"/design/review/{strict.id}")).text
    assert "Needs two designers who wrote none of it and did not order it." in words(page)
    assert "You ordered this, so two others sign it." in words(page)
    assert 'value="approve"' not in page


async def test_taking_it_back_needs_a_reason(room: Room) -> None:
    checkpoint = await room.ordered(room.company.maria)
    at = f"/design/review/{checkpoint.id}"
    maria = await room.at("maria")
    form = sent((await maria.get(at)).text, kind="withdraw")
    assert "Withdrawing needs a written reason." in words((await maria.post(at, data=form)).text)
    done = await maria.post(at, data=form | {"withdraw.reason": "The case is closed."})
    assert "Maria took this back. The case is closed." in words(done.text)


async def test_an_old_login_loses_no_word(room: Room) -> None:
    checkpoint = await room.ordered(room.company.jonas)
    at = f"/design/review/{checkpoint.id}"
    maria = await room.at("maria")
    form = sent((await maria.post(at, data=sent((await maria.get(at)).text, act="edit"))).text)
    await room.old_login()
    refused = await maria.post(at, data=form | {"edit.setting": REWORDED, "kind": "approve_with_edits"})
    assert refused.status_code == 401
    assert "Log in again in a new tab" in words(refused.text)
    kept = sent(refused.text, kind="approve_with_edits")
    assert kept["edit.setting"] == REWORDED
    await maria.post("/login", data={"login": "maria", "password": room.company.password})
    assert "Maria changed the wording." in words((await maria.post(at, data=kept)).text)


async def test_a_strategist_signs_a_scenario_of_high_risk_beside_a_designer(room: Room) -> None:
    both = Rules(policies={"scenario": {"ordinary": "designer_and_strategist"}})
    await set_rules(room.store, room.company.boss, room.company.programme_id, both)
    checkpoint = await room.ordered(room.company.maria)
    at = f"/design/review/{checkpoint.id}"
    sofia, jonas = await room.at("sofia"), await room.at("jonas")
    first = await sofia.post(at, data=sent((await sofia.get(at)).text, kind="approve"))
    assert "Signed so far: Sofia." in words(first.text)
    assert "Your decision is recorded; the policy waits for somebody else." in words(first.text)
    await jonas.post(at, data=sent((await jonas.get(at)).text, kind="approve"))
    done = await sofia.get(at)
    assert "Signed by Sofia and Jonas." in words(done.text)
    assert 'href="/design"' not in done.text, "that desk is not hers"
