from hypothesis import given
from hypothesis import strategies as st

from evidence.difference import DifferenceKind, field_differences, word_differences

WORDY = st.lists(st.sampled_from(["the", "cat", "sat", "down", ".", "\n", " ", "grün", "end"]), max_size=40).map(
    " ".join
)


def told(words: tuple[tuple[str, str], ...], leave_out: str) -> str:
    return "".join(text for op, text in words if op != leave_out)


@given(st.one_of(WORDY, st.text(max_size=60)), st.one_of(WORDY, st.text(max_size=60)))
def test_the_runs_lead_from_one_text_to_the_other(before: str, after: str) -> None:
    words = word_differences(before, after)
    assert told(words, "insert") == before
    assert told(words, "delete") == after
    assert all(op in ("equal", "insert", "delete") and text for op, text in words)
    if before == after:
        assert all(op == "equal" for op, _ in words)


@given(
    st.dictionaries(st.sampled_from("abcdef"), WORDY, max_size=6),
    st.dictionaries(st.sampled_from("abcdef"), WORDY, max_size=6),
)
def test_differences_applied_to_the_old_version_give_the_new_one(old: dict[str, str], new: dict[str, str]) -> None:
    result = dict(old)
    for difference in field_differences(old, new):
        assert old.get(difference.field, "") == difference.before == told(difference.words, "insert")
        assert told(difference.words, "delete") == difference.after
        if difference.kind is DifferenceKind.REMOVED:
            del result[difference.field]
        else:
            result[difference.field] = difference.after
    assert result == new


def test_shows_words_and_keeps_the_order_of_the_new_version() -> None:
    old = {"gone": "bye", "title": "Say no to a senior", "same": "x"}
    new = {"same": "x", "title": "Say no to a customer", "extra": "hello"}
    differences = field_differences(old, new)
    assert [(d.field, d.kind.value) for d in differences] == [
        ("title", "changed"),
        ("extra", "added"),
        ("gone", "removed"),
    ]
    assert differences[0].words == (("equal", "Say no to a "), ("delete", "senior"), ("insert", "customer"))


def test_one_changed_word_in_a_long_text_of_repeated_words_is_found() -> None:
    before = "we ask and we listen " * 400
    after = before.replace("ask", "tell", 1)
    assert [run for run in word_differences(before, after) if run[0] != "equal"] == [
        ("delete", "ask "),
        ("insert", "tell "),
    ]


def test_a_huge_text_is_compared_in_coarser_pieces() -> None:
    lines = [f"Line {number} says something of its own.\n" for number in range(1500)]
    changed = [*lines[:700], "A new line.\n", *lines[701:]]
    words = word_differences("".join(lines), "".join(changed))
    assert told(words, "insert") == "".join(lines)
    assert told(words, "delete") == "".join(changed)
    assert sum(len(text) for op, text in words if op != "equal") < 120
    one = "x y " * 200_000
    assert told(word_differences(one, one[2:] + "z"), "delete") == one[2:] + "z"
