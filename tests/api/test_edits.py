"""A person's own wording: read from files and options, and kept so that it can be read again."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.commands.edits import keep, known_fields, read_edits
from evidence.errors import InvalidInput

FIELDS = st.sampled_from(["setting", "learner_goal", "persona.concerns[0].cover", "safety_notes[12]"])
WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn", "Co", "Zl", "Zp"]) | st.just("\n"))


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_lines_and_options_are_read_together() -> None:
    Path("new.txt").write_text("# mine\n\nsetting=Friday, noon = lunch.\nlearner_goal = Ask first.\n")
    assert read_edits("new.txt", ["title=Two: deadlines"]) == {
        "setting": "Friday, noon = lunch.",
        "learner_goal": "Ask first.",
        "title": "Two: deadlines",
    }
    with pytest.raises(InvalidInput, match="edited twice"):
        read_edits("new.txt", ["setting=x"])
    assert read_edits("", []) == {}


def test_standard_input_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("setting: |\n  Friday.\n  Noon.\n"))
    assert read_edits("-", []) == {"setting": "Friday.\nNoon.\n"}


def test_only_wording_is_offered() -> None:
    there = [
        "title",
        "slots[0].key",
        "slots[0].values[1]",
        "clause_ids[2]",
        "objectives[0].clause_ids[1]",
        "difficulty",
    ]
    assert known_fields(dict.fromkeys(there, "")) == ["title", "slots[0].values[1]"]


@given(st.dictionaries(FIELDS, WORDS, min_size=1))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
def test_what_is_kept_is_read_back_as_it_was(edits: dict[str, str]) -> None:
    path = keep(edits, "0" * 36)
    assert path is not None
    try:
        assert read_edits(str(path), []) == edits
    finally:
        path.unlink()


def test_kept_words_never_replace_others() -> None:
    first, second = keep({"setting": "a"}, "0" * 36), keep({"setting": "b"}, "0" * 36)
    assert [str(first), str(second)] == ["edits-00000000.yaml", "edits-00000000-2.yaml"]
    assert first is not None
    assert read_edits(str(first), []) == {"setting": "a"}
