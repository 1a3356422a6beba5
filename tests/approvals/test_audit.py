from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from approvals.audit import GENESIS, first_break, row_hash

Log = list[tuple[dict[str, Any], str]]
DETAIL = st.dictionaries(
    st.sampled_from(["version", "reason", "n"]), st.text(max_size=4) | st.integers(0, 9), max_size=2
)


def chain(details: list[dict[str, Any]]) -> Log:
    log: Log = []
    previous = GENESIS
    for seq, detail in enumerate(details, start=1):
        row = {
            "seq": seq,
            "at": f"2026-11-22T10:00:{seq:02}Z",
            "actor": "p1",
            "action": "approve",
            "subject": "s",
            "detail": detail,
        }
        previous = row_hash(previous, row)
        log.append((row, previous))
    return log


def head_of(log: Log) -> tuple[int, str]:
    return log[-1][0]["seq"], log[-1][1]


LOGS = st.lists(DETAIL, min_size=1, max_size=8).map(chain)


@given(LOGS, st.lists(DETAIL, max_size=3))
def test_a_whole_log_holds_and_may_grow_past_its_exported_head(log: Log, more: list[dict[str, Any]]) -> None:
    assert first_break(log) is None
    assert first_break(log, head_of(log)) is None
    grown = chain([row["detail"] for row, _ in log] + more)
    assert first_break(grown, head_of(log)) is None


@given(LOGS, st.data())
def test_any_edit_is_detected(log: Log, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(log) - 1))
    key = data.draw(st.sampled_from(sorted(log[place][0])))
    row = dict(log[place][0])
    row[key] = (
        row[key] + 1
        if isinstance(row[key], int)
        else {"forged": True}
        if isinstance(row[key], dict)
        else row[key] + "x"
    )
    log[place] = (row, log[place][1])
    assert first_break(log) == place + 1


@given(LOGS, st.data())
def test_an_edit_with_a_new_hash_breaks_the_next_row_or_the_head(log: Log, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(log) - 1))
    head = head_of(log)
    row = {**log[place][0], "actor": "somebody else"}
    log[place] = (row, row_hash(log[place - 1][1] if place else GENESIS, row))
    assert first_break(log, head) == (place + 2 if place + 1 < len(log) else place + 1)


@given(LOGS)
def test_a_log_written_anew_from_the_start_is_told_by_the_head(log: Log) -> None:
    forged = chain([{**row["detail"], "forged": 1} for row, _ in log])
    assert first_break(forged) is None
    assert first_break(forged, head_of(log)) == len(log)


@given(LOGS, st.data())
def test_deleting_a_row_is_detected(log: Log, data: st.DataObject) -> None:
    head = head_of(log)
    place = data.draw(st.integers(0, len(log) - 1))
    del log[place]
    assert first_break(log, head) == place + 1
    if place < len(log):
        assert first_break(log) == place + 1


@given(st.lists(DETAIL, min_size=2, max_size=8).map(chain), st.data())
def test_exchanging_two_rows_is_detected(log: Log, data: st.DataObject) -> None:
    one = data.draw(st.integers(0, len(log) - 2))
    other = data.draw(st.integers(one + 1, len(log) - 1))
    log[one], log[other] = log[other], log[one]
    assert first_break(log) == one + 1


@given(LOGS, st.data())
def test_truncation_is_detected_against_a_known_head(log: Log, data: st.DataObject) -> None:
    keep = data.draw(st.integers(0, len(log) - 1))
    assert first_break(log[:keep]) is None
    assert first_break(log[:keep], head_of(log)) == keep + 1


def test_a_row_that_could_never_have_been_hashed_is_a_break_and_no_crash() -> None:
    assert first_break([({"seq": 1, "detail": object()}, "0" * 64)]) == 1
    assert first_break([({}, "0" * 64)]) == 1
