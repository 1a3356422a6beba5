from __future__ import annotations

import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.gguf import fingerprint, is_gguf, read_header


def text(value: str) -> bytes:
    raw = value.encode()
    return struct.pack("<Q", len(raw)) + raw


def gguf(*, architecture: str = "llama", offsets: tuple[int, ...] = (0, 4096), weights: int = 8192) -> bytes:
    """A GGUF file of the third version, with a value of every form."""
    entries = [
        text("general.architecture") + struct.pack("<I", 8) + text(architecture),
        text("general.alignment") + struct.pack("<II", 4, 32),
        text("llama.context_length") + struct.pack("<II", 4, 2048),
        text("tokenizer.ggml.tokens") + struct.pack("<IIQ", 9, 8, 2) + text("a") + text("b"),
        text("tokenizer.ggml.scores") + struct.pack("<IIQ2f", 9, 6, 2, 0.5, 1.5),
        text("tokenizer.ggml.add_bos_token") + struct.pack("<IB", 7, 1),
    ]
    tensors = [text(f"blk.{i}") + struct.pack("<IQQIQ", 2, 8, 8, 0, at) for i, at in enumerate(offsets)]
    head = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(entries)) + b"".join(entries) + b"".join(tensors)
    return head.ljust(-(-len(head) // 32) * 32, b"\0") + b"\1" * weights


WHOLE = gguf()


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("gguf") / "model.gguf"


def test_the_header_tells_the_architecture_and_how_far_the_weights_reach(path: Path) -> None:
    path.write_bytes(WHOLE)
    header = read_header(path)
    assert is_gguf(path)
    assert header.architecture == "llama"
    assert header.data_reaches == len(WHOLE) - 8192 + 4096 + 1


@given(length=st.integers(0, len(WHOLE) - 1))
def test_a_file_that_was_cut_off_is_found_or_reaches_its_last_weights(path: Path, length: int) -> None:
    path.write_bytes(WHOLE[:length])
    try:
        header = read_header(path)
    except ValueError:
        assert length < len(WHOLE) - 8192
    else:
        assert (header.data_reaches > length) == (length < len(WHOLE) - 4096 + 1)


@given(junk=st.binary(max_size=400), at=st.integers(0, len(WHOLE) - 8192))
def test_junk_in_the_header_is_an_error_or_another_header(path: Path, junk: bytes, at: int) -> None:
    path.write_bytes(WHOLE[:at] + junk + WHOLE[at + len(junk) :])
    try:
        read_header(path)
    except ValueError:
        pass
    else:
        assert is_gguf(path)


@given(at=st.integers(0, len(WHOLE) - 1))
def test_another_file_has_another_fingerprint(path: Path, at: int) -> None:
    path.write_bytes(WHOLE)
    before = fingerprint(path)
    assert len(before) == 12
    path.write_bytes(WHOLE[:at] + bytes([WHOLE[at] ^ 1]) + WHOLE[at + 1 :])
    assert fingerprint(path) != before
    path.write_bytes(WHOLE + b"\0")
    assert fingerprint(path) != before


def test_a_lists_count_that_makes_no_sense_is_not_believed(path: Path) -> None:
    endless = text("x") + struct.pack("<IIQ", 9, 8, 2**62)
    path.write_bytes(b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + endless)
    with pytest.raises(ValueError, match="no sense"):
        read_header(path)
