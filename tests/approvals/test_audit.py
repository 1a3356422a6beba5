import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import assume, given
from hypothesis import strategies as st

from approvals.audit import (
    GENESIS,
    Break,
    Head,
    examine,
    export_lines,
    first_break,
    key_id_of,
    read_export,
    read_head,
    row_hash,
)
from evidence.canonical import digest
from evidence.errors import InvalidInput

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


class Key:
    """A signer whose key depends on the seed alone."""

    def __init__(self, seed: int = 1) -> None:
        self._private = Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)
        self.key_id = key_id_of(self._private.public_key())
        self.trusted = {self.key_id: self._private.public_key()}

    def sign(self, message: bytes) -> str:
        return self._private.sign(message).hex()


KEY = Key()


def sealed(log: Log, upto: int | None = None, key: Key = KEY) -> Head:
    """The signed head of the first so many rows."""
    seq, hash_ = head_of(log[:upto]) if upto != 0 else (0, GENESIS)
    return Head.signed(key, seq=seq, hash_=hash_, at="2026-11-22T11:00:00+00:00")


def exported(log: Log, since: int = 0) -> bytes:
    after = head_of(log[:since]) if since else (0, GENESIS)
    return b"".join(export_lines(log[since:], sealed(log), after))


def wrong_with(data: bytes) -> Break | None:
    """What a check of an exported file finds; a file that cannot be read is broken at row 0."""
    try:
        read = read_export(data)
    except InvalidInput as error:
        return Break(0, error.detail, error.todo)
    broken = examine(list(read.rows), after=read.after, exported=[read.head], keys=KEY.trusted)
    past = read.after[0] + len(read.rows) > read.head.seq
    return Break(read.head.seq + 1, "rows after the head", "") if broken is None and past else broken


@given(LOGS, st.data())
def test_an_export_holds_whole_or_from_some_row_on(log: Log, data: st.DataObject) -> None:
    assert wrong_with(exported(log, data.draw(st.integers(0, len(log))))) is None


@given(LOGS, st.data())
def test_no_byte_of_an_export_can_be_changed(log: Log, data: st.DataObject) -> None:
    whole = exported(log, data.draw(st.integers(0, len(log))))
    place = data.draw(st.integers(0, len(whole) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda each: each != whole[place]))
    assert wrong_with(whole[:place] + bytes([byte]) + whole[place + 1 :]) is not None


@given(LOGS, st.data())
def test_no_line_of_an_export_can_be_left_out_exchanged_or_repeated(log: Log, data: st.DataObject) -> None:
    lines = exported(log).splitlines(keepends=True)
    one, other = data.draw(st.integers(0, len(lines) - 1)), data.draw(st.integers(0, len(lines) - 1))
    assert wrong_with(b"".join(lines[:one] + lines[one + 1 :])) is not None
    assert wrong_with(b"".join([*lines[: one + 1], lines[one], *lines[one + 1 :]])) is not None
    assume(one != other)
    lines[one], lines[other] = lines[other], lines[one]
    assert wrong_with(b"".join(lines)) is not None


@given(LOGS, st.data())
def test_a_log_written_anew_from_any_row_on_is_told_by_the_exported_head(log: Log, data: st.DataObject) -> None:
    """Whoever rewrites the log can make a chain that holds in itself, and without the key no head that fits it."""
    place = data.draw(st.integers(0, len(log) - 1))
    head = sealed(log)
    anew = chain([row["detail"] if n < place else {**row["detail"], "forged": 1} for n, (row, _) in enumerate(log)])
    assert examine(anew) is None
    broken = examine(anew, exported=[head], keys=KEY.trusted)
    assert broken is not None
    assert (broken.row, "written anew" in broken.detail) == (len(log), True)
    theirs = Head.signed(Key(2), seq=head.seq, hash_=anew[-1][1], at=head.at)
    assert examine(anew, exported=[theirs], keys=KEY.trusted) is not None
    own = theirs.model_copy(update={"key_id": KEY.key_id})
    assert examine(anew, exported=[own], keys=KEY.trusted) is not None


@given(st.lists(DETAIL, min_size=3, max_size=8).map(chain), st.data())
def test_seals_narrow_down_where_it_was_written_anew(log: Log, data: st.DataObject) -> None:
    place = data.draw(st.integers(1, len(log) - 1))
    seals = [sealed(log, place)]
    anew = chain([row["detail"] if n < place else {**row["detail"], "forged": 1} for n, (row, _) in enumerate(log)])
    broken = examine(anew, seals=seals, exported=[sealed(log)], keys=KEY.trusted)
    assert broken is not None
    assert f"between row {place} and it" in broken.detail
    broken = examine(anew, seals=[*seals, sealed(log)], keys=KEY.trusted)
    assert broken is not None
    assert "was sealed here" in broken.detail


@given(st.lists(DETAIL, min_size=2, max_size=8).map(chain), st.data())
def test_every_seal_is_held_against_its_row(log: Log, data: st.DataObject) -> None:
    seals = [sealed(log, upto) for upto in range(len(log) + 1)]
    assert examine(log, seals=seals, keys=KEY.trusted) is None
    which = data.draw(st.integers(1, len(log)))
    name = data.draw(st.sampled_from(["hash", "at", "key_id", "signature"]))
    value = getattr(seals[which], name)
    forged = seals[which].model_copy(update={name: ("0" if value[0] != "0" else "1") + value[1:]})
    seals[which] = forged
    broken = examine(log, seals=seals, keys=KEY.trusted)
    assert broken is not None
    assert broken.row == which


@pytest.mark.parametrize(
    ("change", "row", "says"),
    [
        (lambda log: log.pop(1), 2, "Row 2 is missing"),
        (lambda log: log.insert(0, log.pop(1)), 1, "Row 1 stands out of order"),
        (lambda log: log[0][0].update(actor="x"), 1, "Row 1 was changed after it was written"),
        (lambda log: log[2][0].update(actor="x"), 3, "Row 3 does not follow from row 2"),
        (lambda log: log.pop(), 4, "ends at row 3, but row 4 was exported"),
        (lambda log: log.clear(), 1, "everything from row 1 on was cut off"),
    ],
)
def test_it_says_in_a_sentence_what_is_wrong_and_what_to_do(change: Any, row: int, says: str) -> None:
    log = chain([{"n": n} for n in range(4)])
    head = sealed(log)
    change(log)
    broken = examine(log, exported=[head], keys=KEY.trusted)
    assert broken is not None
    assert broken.row == row
    assert says in broken.detail
    assert "backup" in broken.todo


def test_rows_of_the_first_release_are_known_by_their_own_form() -> None:
    log: Log = []
    previous = GENESIS
    for seq in (1, 2):
        row: dict[str, Any] = {"seq": seq, "at": "x", "actor": "p", "action": "a", "subject": "s", "detail": {}}
        previous = digest({"previous": previous, "row": row})
        log.append((row, previous))
    row = {"seq": 3, "at": "x", "actor": "p", "action": "a", "subject": "s", "detail": {}}
    log.append((row, row_hash(previous, row)))
    assert examine(log) is None
    log[1][0]["actor"] = "q"
    assert first_break(log) == 2


def test_an_export_that_begins_later_cannot_vouch_for_an_earlier_head() -> None:
    log = chain([{"n": n} for n in range(4)])
    read = read_export(exported(log, since=3))
    broken = examine(list(read.rows), after=read.after, exported=[sealed(log, 2)], keys=KEY.trusted)
    assert broken is not None
    assert "begins after row 3" in broken.detail


def test_a_head_is_read_from_its_own_file_or_from_an_export() -> None:
    log = chain([{"n": 1}])
    head = sealed(log)
    assert read_head(exported(log)) == head
    assert read_head(json.dumps(head.model_dump(), indent=2).encode()) == head
    for data in (b"", b"[]", b"5", b"{}", b"\xff", b"[" * 100_000, b'{"head": 1}'):
        with pytest.raises(InvalidInput, match="no signed head"):
            read_head(data)


@pytest.mark.parametrize("data", [b"", b"\n", b"{}\n", b"[]\n", b"\xff\n", b"[" * 100_000 + b"\n", b"{}"])
def test_what_is_no_export_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidInput):
        read_export(data)
