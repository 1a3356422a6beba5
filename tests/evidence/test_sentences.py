import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.sentences import sentences


def cut(text: str) -> list[str]:
    return [text[start:end] for start, end in sentences(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two! Three? Four", ["One.", "Two!", "Three?", "Four"]),
        (
            "Dr. Ann Lee met J. Doe at 3.5 p.m. today. He left.",
            ["Dr. Ann Lee met J. Doe at 3.5 p.m. today.", "He left."],
        ),
        ("Bring pens, paper, etc. We start at nine.", ["Bring pens, paper, etc.", "We start at nine."]),
        ("Ask first, e.g. before advice. Then wait.", ["Ask first, e.g. before advice.", "Then wait."]),
        ("“Why?” she asked. “Stop.” He left.", ["“Why?” she asked.", "“Stop.”", "He left."]),
        ("It was me, and I. He knew.", ["It was me, and I.", "He knew."]),
        ("Well… maybe. So… Yes.", ["Well… maybe.", "So…", "Yes."]),
        ("i see. what happened? tell me more", ["i see.", "what happened?", "tell me more"]),
        ("Am 3. Mai kam Hr. Müller z. B. zu spät. Gut.", ["Am 3. Mai kam Hr. Müller z. B. zu spät.", "Gut."]),
        (
            "Das gilt u. a. hier, d. h. überall. „Ja?“, rief er.",
            ["Das gilt u. a. hier, d. h. überall.", "„Ja?“, rief er."],
        ),
        ("We are in version 3. Then we stop.", ["We are in version 3.", "Then we stop."]),
        ("你好。再见！", ["你好。", "再见！"]),
        ("No full stop\n\nnew paragraph", ["No full stop", "new paragraph"]),
        ("A line that\ngoes on. And ends.", ["A line that\ngoes on.", "And ends."]),
    ],
)
def test_cuts_where_a_reader_would(text: str, expected: list[str]) -> None:
    assert cut(text) == expected


def test_markdown_blocks_are_sentences_of_their_own() -> None:
    text = (
        "# Be kind\nAlways ask. Never guess.\n- first thing\n- second thing. More\n1. Numbered. Yes\n> quoted\n| a |\n"
    )
    assert cut(text) == [
        "# Be kind",
        "Always ask.",
        "Never guess.",
        "- first thing",
        "- second thing.",
        "More",
        "1. Numbered.",
        "Yes",
        "> quoted",
        "| a |",
    ]


@given(st.text(alphabet=st.one_of(st.sampled_from('.!?…"”’ \n#-*1aAzDr'), st.characters()), max_size=200))
def test_never_loses_or_repeats_a_character(text: str) -> None:
    spans = sentences(text)
    reached = 0
    for start, end in spans:
        assert reached <= start < end
        assert not text[reached:start].strip()
        assert text[start:end] == text[start:end].strip()
        reached = end
    assert not text[reached:].strip()


def test_a_megabyte_of_dots_is_read() -> None:
    assert len(sentences("." * 1_000_000)) == 1
    assert len(sentences("A. " * 20_000)) >= 1
