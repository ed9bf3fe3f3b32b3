"""Whatever a mail holds, something is read from it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from robotfabrik.activities import letter

PIECES = [
    b"\r\n", b"\n", b": ", b";", b"=", b'"', b"<", b">", b",", b"@", b"(", b"\x00", b"\xe5", b"\xc3\xa5",
    b"%zz",
    b"From: ", b"To: ", b"Subject: ", b"Message-ID: ", b"=?utf-8?b?", b"=?x?q?", b"?=", b"a===",
    b"Content-Type: ", b"multipart/mixed; boundary=x", b"--x", b"--x--",
    b"multipart/alternative; boundary=y",
    b"--y", b"message/rfc822", b"text/html; charset=x", b"text/plain", b"Content-Transfer-Encoding: base64",
    b"quoted-printable", b"x-uuencode", b"Content-Disposition: attachment; filename*0*=", b"''", b"/../a",
]  # fmt: skip


@given(st.lists(st.one_of(st.sampled_from(PIECES), st.binary(max_size=5)), max_size=60).map(b"".join))
def test_any_bytes_are_a_letter(raw: bytes) -> None:
    found = letter.read([(b"1 (UID 1 BODY[] {1}", raw), b")"])
    said = (found.sender, *found.to, found.subject, found.text, *(file.name for file in found.attachments))
    "".join(said).encode("utf-8")
    assert "\0" not in "".join(said)
    assert all(file.name not in ("", ".", "..") and "/" not in file.name for file in found.attachments)
