from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.errors import InvalidInput
from graphs.messages.addresses import checked_address
from graphs.messages.letters import Words, letter
from graphs.messages.server import MailSettings

SERVER = MailSettings(host="localhost", sender="Conductor <conductor@harbour.example>", security="none")
AT = datetime.fromisoformat("2026-11-18T12:00:00+00:00")


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (" amir@harbour.example ", "amir@harbour.example"),
        ("amir+practice@Harbour.EXAMPLE", "amir+practice@harbour.example"),
        ("o'hara@intranet", "o'hara@intranet"),
        ("amir@bücher.example", "amir@xn--bcher-kva.example"),
        ("jürgen@harbour.example", "jürgen@harbour.example"),
        ("ju\u0308rgen@harbour.example", "jürgen@harbour.example"),
    ],
)
def test_an_address_is_kept_in_one_form(typed: str, kept: str) -> None:
    assert checked_address(typed) == kept
    assert checked_address(kept) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "amir",
        "@harbour.example",
        "amir@",
        "a b@harbour.example",
        "amir@harbour..example",
        ".amir@harbour.example",
        "a..b@harbour.example",
        "amir@-harbour.example",
        "amir@harbour.example\nBcc: all@harbour.example",
        "amir\r\nBcc: x@y.example@harbour.example",
        "Amir <amir@harbour.example>",
        "amir@harbour.example, lena@harbour.example",
        '"amir"@harbour.example',
        "amir@[127.0.0.1]",
        "ami\u200br@harbour.example",
        "amir\0@harbour.example",
        "a" * 65 + "@harbour.example",
        "amir@" + ".".join(["a" * 60] * 5),
    ],
)
def test_everything_else_is_refused(typed: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        checked_address(typed)
    assert caught.value.where == "email"


@given(st.text(max_size=60), st.sampled_from(["harbour.example", "x\r\nBcc: a@b.example", ""]))
def test_whatever_is_typed_no_header_is_added(local: str, domain: str) -> None:
    try:
        to = checked_address(f"{local}@{domain}")
    except InvalidInput:
        return
    made = letter(SERVER, to=to, words=Words("Hello", "There.\n"), number="1", at=AT)
    assert set(made.keys()) == {
        *("From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted"),
        *("Content-Type", "Content-Transfer-Encoding", "MIME-Version"),
    }
    assert "\n" not in str(made["To"])
    assert len(made["To"].addresses) == 1


def test_a_line_end_in_a_subject_is_refused_and_a_long_link_stays_whole() -> None:
    with pytest.raises(ValueError, match=r"linefeed|newline|carriage"):
        letter(SERVER, to="a@b.example", words=Words("Hello\r\nBcc: x@y.example", ""), number="1", at=AT)
    stop = "https://practice.harbour.example/messages/stop/" + "a" * 120
    made = letter(SERVER, to="a@b.example", words=Words("Hello", f"See {stop}\n"), number="1", at=AT, stop=stop)
    assert f"List-Unsubscribe: <{stop}>\r\n".encode() in made.as_bytes()
    assert made["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert stop in made.get_content()
