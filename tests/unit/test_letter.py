"""What is read from a mail, whoever wrote it."""

from __future__ import annotations

from email.message import EmailMessage

import pytest
from imap_tools import MailMessage

from robotfabrik.activities import letter


def parsed(raw: bytes | EmailMessage) -> MailMessage:
    return MailMessage.from_bytes(bytes(raw))


def text(raw: str, encoding: str = "utf-8") -> str:
    return letter.text_of(parsed(raw.encode(encoding)))


HTML = """<html><head><title>Titel</title><style>p {color: red}</style></head><body>
<p>Hej   <b>Åsa</b>,<br>vi har&nbsp;fått
din ansökan.</p><!-- dold --><script>alert(1)</script>
<table><tr><td>Belopp</td><td>100 kr</td></tr><tr><td>Dag</td><td>2022-11-01</td></tr></table>
<ul><li>ett</li><li>två</li></ul></body></html>"""


def test_html_becomes_readable_text() -> None:
    assert letter.readable(HTML).split("\n") == [
        "Hej Åsa,", "vi har fått din ansökan.", "Belopp 100 kr", "Dag 2022-11-01", "ett", "två"
    ]  # fmt: skip


def test_the_plain_text_is_preferred() -> None:
    message = EmailMessage()
    message.set_content("vanlig text\r\nrad två\r\n")
    message.add_alternative("<p>html</p>", subtype="html")
    message.add_attachment(b"bild", maintype="image", subtype="png", filename="bild.png")
    assert letter.text_of(parsed(message)) == "vanlig text\nrad två"
    (found,) = letter.attachments_of(parsed(message))
    assert (found.name, found.content) == ("bild.png", b"bild")


def test_html_is_read_where_the_plain_text_is_empty() -> None:
    message = EmailMessage()
    message.set_content(" \n")
    message.add_alternative("<p>html</p>", subtype="html")
    assert letter.text_of(parsed(message)) == "html"


def test_every_part_of_the_body_is_read_and_no_file() -> None:
    message = EmailMessage()
    message.set_content("<p>brevet</p>", subtype="html")
    message.add_attachment("anteckning", filename="a.txt")
    forwarded = EmailMessage()
    forwarded["Subject"] = "Vidare"
    forwarded.set_content("någon annans ord")
    forwarded.add_attachment(b"x", maintype="application", subtype="pdf", filename="inne.pdf")
    message.add_attachment(forwarded)
    raw = bytes(message).replace(b"Content-Disposition: attachment\r\n", b"")
    assert letter.text_of(parsed(raw)) == "brevet"
    assert [found.name for found in letter.attachments_of(parsed(raw))] == ["a.txt", "attachment.eml"]


def test_a_footer_is_read_after_the_letter() -> None:
    head = "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=x\n\n"
    parts = "--x\nContent-Type: text/html\n\n<p>brevet</p>\n--x\n\nfoten\n--x--\n"
    assert text(head + parts) == "brevet\n\nfoten"


@pytest.mark.parametrize(
    ("declared", "written"),
    [
        ("utf-8", "utf-8"), ("iso-8859-1", "iso-8859-1"), ("utf-8", "cp1252"), ("us-ascii", "utf-8"),
        ("finns-inte", "utf-8"), ("finns-inte", "cp1252"), ("", "utf-8"), ("unknown-8bit", "cp1252"),
    ],
)  # fmt: skip
def test_a_wrong_charset_loses_no_letter(declared: str, written: str) -> None:
    charset = declared and f"; charset={declared}"
    assert text(f"Content-Type: text/plain{charset}\n\nÅsa räknar öre", written) == "Åsa räknar öre"


def test_headers_are_decoded() -> None:
    raw = (
        b"From: =?utf-8?q?=C3=85sa?= <ASA@Example.org>\nTo: a@example.org,\n Bo <b@example.org>\n"
        b"Subject: =?utf-8?b?QW5zw7ZrYW4=?=\n =?iso-8859-1?q?_f=F6r_maj?=\nMessage-ID:  <1@x> \n\nhej"
    )
    mail = parsed(raw)
    assert letter.sender_of(mail) == "asa@example.org"
    assert letter.recipients_of(mail) == ("a@example.org", "b@example.org")
    assert letter.subject_of(mail) == "Ansökan för maj"
    assert letter.message_id_of(mail) == "<1@x>"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\n",
        b"\xff\xfe\x00",
        b"Subject: =?utf-8?b?a===?=\nFrom: =?utf-8?b?a===?= <a\nTo: <<>>,;:\n\nhej",
        b"Subject: r\xe5\nFrom: \xe5 <\xe5@\xe5>\nTo: \xe5\nMessage-ID: \xe5\n\nhej",
        b"Subject: a\x00b\x1b[31m\n\na\x00b",
        b"Content-Type: multipart/mixed\n\nhej",
        b"Content-Type: multipart/mixed; boundary=x\n\nhej",
        b"Content-Type: multipart/mixed; boundary=x\n\n--x\n--x\n\n--x",
        b"Content-Type: ; charset=\n\nhej",
        b"Content-Type: text/plain; charset*=x'y'%zz\nContent-Transfer-Encoding: base64\n\n=",
        b"Content-Transfer-Encoding: x-uuencode\n\nbegin 666\n!!!\n",
        b"Content-Type: application/pdf; name*0*=x''%ff; name*2=b\nContent-Disposition: attachment\n\nx",
        b"Content-Disposition: attachment; filename==?utf-8?b?a===?=\n\nx",
        b"Content-Type: message/rfc822\n\nx",
        b"Content-Type: message/delivery-status\n\nx: y\n\nz: w",
        b"Content-Type: text/html\n\n<![if x]><p" + b"<div>" * 2000,
        b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(200)),
        b"Content-Type: message/rfc822\n\n" * 200,
    ],
)
def test_a_mail_with_faults_is_no_error(raw: bytes) -> None:
    mail = parsed(raw)
    said = [letter.sender_of(mail), letter.subject_of(mail), letter.message_id_of(mail), letter.text_of(mail)]
    said += [*letter.recipients_of(mail), *(found.name for found in letter.attachments_of(mail))]
    "".join(said).encode("utf-8")
    assert not set("".join(said)) & {"\0", "\x1b"}


def test_a_part_with_faults_takes_no_other_with_it() -> None:
    message = EmailMessage()
    message["Subject"] = "Ärende"
    message.set_content("hej då")
    message.add_attachment(b"x", maintype="application", subtype="pdf", filename="a.pdf")
    raw = bytes(message).replace(b"Subject:", b"From: =?utf-8?b?a===?= <a@example.org>\nSubject:")
    mail = parsed(raw)
    assert (letter.subject_of(mail), letter.text_of(mail)) == ("Ärende", "hej då")
    assert [found.name for found in letter.attachments_of(mail)] == ["a.pdf"]


@pytest.mark.parametrize(
    "deep",
    [
        b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(99)),
        b"Content-Type: message/rfc822\r\n\r\n" * 1000,
    ],
)
def test_parts_without_end_are_told(deep: bytes) -> None:
    found = letter.read([(b"1 (UID 1 BODY[] {1}", b"Subject: djup\r\n" + deep), b")"])
    assert (found.subject, found.text, found.attachments, found.whole) == ("djup", "", (), False)
