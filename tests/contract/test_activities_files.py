"""Files, folders, archives and PDFs: what they do, and that nothing outside what is allowed is touched."""

from __future__ import annotations

import os
import threading
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from robotfabrik.activities import archives, files, saving
from robotfabrik.runs.files import JobFiles
from robotfabrik.store.memory import MemoryStore
from tests.contract.examples_of_data import pdf
from tests.support.engine import Application, define, new_job, only, perform, run_steps, values


async def done(folder: Path, steps: str) -> None:
    result = only(await run_steps(folder, steps))
    assert result.status == "successful", result


async def reason(folder: Path, steps: str) -> str:
    result = only(await run_steps(folder, steps))
    assert result.status == "failed", result
    return result.reason


@pytest.fixture
def own(tmp_path: Path) -> Path:
    folder = tmp_path / "files"
    folder.mkdir(mode=0o700)
    return folder


# --- files and folders


async def test_texts_are_written_read_and_grow(tmp_path: Path, own: Path) -> None:
    steps = """
        - write_text_file: {path: a/logg.txt, text: "Åsa"}
        - append_line: {path: a/logg.txt, text: två}
        - append_line: {path: a/logg.txt, text: tre}
        - {read_text_file: a/logg.txt, save_as: text}
        - {path_exists: {path: a, kind: folder}, save_as: folder}
        - {path_exists: a/ingen.txt, save_as: none_there}
        """
    found = await values(tmp_path, steps, "text folder none_there")
    assert found == {"text": "Åsa\ntvå\ntre\n", "folder": True, "none_there": False}
    assert (own / "a" / "logg.txt").stat().st_mode & 0o777 == 0o600
    assert (own / "a").stat().st_mode & 0o777 == 0o700


async def test_encodings(tmp_path: Path, own: Path) -> None:
    (tmp_path / "gammal.txt").write_bytes("Åsa\r\n".encode("cp1252"))
    steps = """
        - {read_text_file: gammal.txt, save_as: found}
        - write_text_file: {path: ny.txt, text: Åsa, encoding: cp1252}
        """
    assert (await values(tmp_path, steps, "found"))["found"] == "Åsa\n"
    assert (own / "ny.txt").read_bytes() == b"\xc5sa"
    (tmp_path / "b.bin").write_bytes(b"\x81\x8d")
    assert "no text in" in await reason(tmp_path, "- read_text_file: b.bin")
    assert "no encoding 'latin-99'" in await reason(
        tmp_path, "- read_text_file: {path: gammal.txt, encoding: latin-99}"
    )
    step = "- write_text_file: {path: x.txt, text: ł, encoding: cp1252}"
    assert "characters that cp1252 has not" in await reason(tmp_path, step)


async def test_files_are_listed_and_gone_through(tmp_path: Path, own: Path) -> None:
    for name in ("b.xlsx", "a.xlsx", "~$a.xlsx", ".dold.xlsx", "c.txt", "djup/d.xlsx"):
        (own / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        (own / "in" / name).write_bytes(b"123")
    steps = """
        - list_files: {folder: in, pattern: "*.xlsx"}
          save_as: files
        - for_each: files
          as: file
          steps:
            - {copy_file: {source: "${{ file.path }}", destination: ut/}, save_as: copy}
          collect: {copies: copy}
        - list_files: {folder: in, deep: true}
          save_as: all_files
        - assign: {names: "[f.path for f in all_files]", first: "[files[0].name, files[0].extension]"}
        - assign: {size: "files[0].size", day: "files[0].modified"}
        """
    found = await values(tmp_path, steps, "copies names first size day")
    assert found["copies"] == ("ut/a.xlsx", "ut/b.xlsx")
    assert found["names"] == ["in/a.xlsx", "in/b.xlsx", "in/c.txt", "in/djup/d.xlsx"]
    assert (found["first"], found["size"]) == (["a.xlsx", "xlsx"], 3)
    assert isinstance(found["day"], date)
    assert sorted(p.name for p in (own / "ut").iterdir()) == ["a.xlsx", "b.xlsx"]


@pytest.mark.parametrize(("order", "names"), [
    ("order_by: name", "abc"),
    ("descending: true", "cba"),
    ("order_by: size", "bca"),
    ("order_by: size, descending: true", "abc"),
    ("order_by: modified", "cab"),
])  # fmt: skip
async def test_files_are_listed_in_an_order(tmp_path: Path, own: Path, order: str, names: str) -> None:
    (own / "in").mkdir()
    for name, size, modified in (("a", 3, 2000), ("b", 1, 3000), ("c", 1, 1000)):
        (own / "in" / name).write_text("x" * size)
        os.utime(own / "in" / name, (modified, modified))
    steps = f"- {{list_files: {{folder: in, {order}}}, save_as: files}}\n" + (
        "- assign: {names: \"join([f.name for f in files], '')\"}"
    )
    assert await values(tmp_path, steps, "names") == {"names": names}


async def test_moving_and_deleting(tmp_path: Path, own: Path) -> None:
    (own / "a.txt").write_text("a")
    (own / "tom").mkdir()
    steps = """
        - {move_file: {source: a.txt, destination: klart/b.txt}, save_as: name}
        - {get_file_info: klart/b.txt, save_as: info}
        - delete_file: {path: ingen.txt, missing_ok: true}
        - delete_file: tom
        - assign: {size: info.size}
        """
    assert await values(tmp_path, steps, "name size") == {"name": "klart/b.txt", "size": 1}
    assert [p.name for p in own.iterdir()] == ["klart"]


@pytest.mark.parametrize(
    ("step", "part"),
    [
        ("copy_file: {source: a.txt, destination: b.txt}", "b.txt is there already; say overwrite: true"),
        ("copy_file: {source: ingen.txt, destination: c.txt}", "there is no ingen.txt"),
        ("copy_file: {source: mapp, destination: c.txt}", "mapp is a folder"),
        ("move_file: {source: projekt.txt, destination: c.txt}", "there is no projekt.txt"),
        ("delete_file: ingen.txt", "there is no ingen.txt"),
        ("delete_file: mapp", "mapp is not empty"),
        ("create_folder: a.txt", "a.txt is there already"),
        ("write_text_file: {path: mapp, text: x}", "mapp is a folder, not a file"),
        ("list_files: ingen", "there is no ingen"),
        ("list_files: a.txt", "a.txt is no folder"),
        ("list_files: {folder: ., pattern: ../*}", "holds no path"),
        ("write_text_file: {path: ../ut.txt, text: x}", "leads out of the job's own folder"),
        ("read_text_file: /etc/hostname", "add its folder to the bot's `folders:`"),
    ],
)
async def test_what_cannot_be_done_is_said_plainly(tmp_path: Path, own: Path, step: str, part: str) -> None:
    (tmp_path / "projekt.txt").touch()
    (own / "mapp").mkdir()
    for name in ("a.txt", "b.txt", "mapp/c.txt"):
        (own / name).touch()
    assert part in await reason(tmp_path, f"- {step}")
    assert sorted(p.name for p in own.iterdir()) == ["a.txt", "b.txt", "mapp"]


async def test_a_granted_folder_keeps_its_openness_and_a_rehearsal_leaves_it_alone(tmp_path: Path) -> None:
    shared = tmp_path / "delat"
    shared.mkdir()
    shared.chmod(0o775)
    (shared / "gammal.txt").touch(mode=0o640)
    steps = f"""
        - write_text_file: {{path: {shared}/ny.txt, text: x}}
        - write_text_file: {{path: {shared}/gammal.txt, text: x}}
        """
    process = define(tmp_path, steps)
    for rehearsal in (True, False):
        allowed = JobFiles(tmp_path / "files", tmp_path, [str(shared)], rehearsal=rehearsal)
        job = new_job(process, rehearsal=rehearsal)
        result = only(await perform(process, Application(), files=allowed, job=job))
        if rehearsal:
            assert "the rehearsal stopped a change of a file: ny.txt" in result.reason
            assert not (shared / "ny.txt").exists()
    assert [(shared / n).stat().st_mode & 0o777 for n in ("ny.txt", "gammal.txt")] == [0o664, 0o640]


async def test_appending_in_many_workers_loses_no_line(tmp_path: Path, own: Path) -> None:
    queue = "{item: {number: text}, reference: [item.number]}"
    add = '- for_each: numbers(1, 12)\n  as: n\n  steps: [add_queue_item: {number: "${{ text(n) }}"}]'
    step = '- append_line: {path: rader.txt, text: "${{ item.number }}"}'
    process = define(tmp_path, step, queue=queue, dispatch=add)
    await perform(process, Application(), MemoryStore(), workers=4, files=JobFiles(own, tmp_path))
    assert sorted((own / "rader.txt").read_text().split(), key=int) == [str(n) for n in range(1, 13)]


async def test_a_step_waits_for_a_file_no_longer_than_it_may(
    tmp_path: Path, own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = threading.Event()
    monkeypatch.setattr(files, "contents", lambda path, most: b"x" if go_on.wait(20) else b"")
    try:
        found = await reason(tmp_path, "- {read_text_file: a.txt, timeout: 50ms}")
    finally:
        go_on.set()
    assert "a.txt could not be read within 0.05 s" in found


def test_a_replacement_that_fails_leaves_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("före")

    def fail() -> None:
        with saving.replacing(path) as beside:
            beside.write_text("halv")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert [p.read_text() for p in tmp_path.iterdir()] == ["före"]


# --- archives


async def test_an_archive_and_back(tmp_path: Path, own: Path) -> None:
    for name in ("a.txt", "b.txt"):
        (own / name).write_text(name)
    steps = """
        - {list_files: {folder: ., pattern: "*.txt"}, save_as: files}
        - zip_files: {files: "${{ files }}", archive: alla.zip}
        - zip_files: {files: [b.txt, a.txt], archive: två.zip}
        - {unzip_files: {archive: två.zip, folder: två}, save_as: two}
        - {unzip_files: {archive: alla.zip, folder: ut}, save_as: names}
        """
    assert (await values(tmp_path, steps, "names"))["names"] == ("ut/a.txt", "ut/b.txt")
    assert (own / "ut" / "a.txt").read_text() == "a.txt"
    assert (own / "två" / "b.txt").read_text() == "b.txt"
    assert (own / "ut" / "a.txt").stat().st_mode & 0o777 == 0o600


def archive(path: Path, *members: tuple[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name, content in members:
            zipped.writestr(name, content)


@pytest.mark.parametrize(
    ("members", "part"),
    [
        ([("../ut.txt", b"x")], "would lie elsewhere"),
        ([("/etc/ut.txt", b"x")], "would lie elsewhere"),
        ([("a\\..\\ut.txt", b"x")], "would lie elsewhere"),
        ([("ok.txt", b"x"), ("bomb", b"0" * 11_000_000)], "unreasonably large"),
        ([("A.txt", b"x"), ("a.txt", b"y")], "two files of one name"),
        ([("finns.txt", b"x")], "finns.txt is there already"),
    ],
)
async def test_an_archive_that_means_harm(tmp_path: Path, own: Path, members: list[Any], part: str) -> None:
    (own / "ut").mkdir()
    (own / "ut" / "finns.txt").touch()
    archive(tmp_path / "a.zip", *members)
    assert part in await reason(tmp_path, "- unzip_files: {archive: a.zip, folder: ut}")
    assert [p.name for p in (own / "ut").iterdir()] == ["finns.txt"]


async def test_a_link_in_an_archive_is_not_followed(tmp_path: Path, own: Path) -> None:
    link = zipfile.ZipInfo("länk")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as zipped:
        zipped.writestr(link, "/etc")
    assert "would lie elsewhere" in await reason(tmp_path, "- unzip_files: {archive: a.zip, folder: ut}")


async def test_archives_that_are_wrong(tmp_path: Path, own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.zip").write_bytes(b"inget")
    step = "- unzip_files: {archive: a.zip, folder: ut}"
    assert "a.zip is no zip archive" in await reason(tmp_path, step)
    archive(tmp_path / "a.zip", ("a.txt", b"abcdefghijklmnopqrstuvwxyz"))
    content = bytearray((tmp_path / "a.zip").read_bytes())
    content[40] ^= 0xFF
    (tmp_path / "a.zip").write_bytes(bytes(content))
    assert "a.zip" in await reason(tmp_path, step)
    archive(tmp_path / "a.zip", ("a", b""), ("b", b""))
    monkeypatch.setattr(archives, "MAX_FILES", 1)
    assert "unreasonably large" in await reason(tmp_path, step)
    (own / "x").mkdir()
    for name in ("c.txt", "x/c.txt"):
        (own / name).touch()
    step = "- zip_files: {files: \"${{ ['c.txt', 'x/c.txt'] }}\", archive: b.zip}"
    assert "two of the files are called c.txt" in await reason(tmp_path, step)
    assert "there is no d.txt" in await reason(tmp_path, "- zip_files: {files: d.txt, archive: b.zip}")
    assert not (own / "b.zip").exists()


# --- PDF


async def test_pdf_pages_are_read_taken_and_joined(tmp_path: Path, own: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(pdf("Beslut", "Sida två", "Bilaga"))
    steps = """
        - {read_pdf_text: a.pdf, save_as: everything}
        - {read_pdf_text: {file: a.pdf, pages: "3, 1-2"}, save_as: some}
        - extract_pdf_pages: {file: a.pdf, pages: "2-3", output: b.pdf}
        - join_pdf: {files: "${{ ['b.pdf', 'a.pdf'] }}", output: c.pdf}
        - {read_pdf_text: {file: c.pdf, pages: "1-3"}, save_as: joined}
        - {get_pdf_page_count: c.pdf, save_as: number}
        """
    found = await values(tmp_path, steps, "everything some joined number")
    assert found == {
        "everything": "Beslut\n\nSida två\n\nBilaga", "some": "Bilaga\n\nBeslut\n\nSida två",
        "joined": "Sida två\n\nBilaga\n\nBeslut", "number": 5,
    }  # fmt: skip


async def test_a_scanned_page_is_missing(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(pdf("Text", ""))
    found = await reason(tmp_path, "- read_pdf_text: a.pdf")
    assert "a.pdf: there is no text on page 2; it may be scanned" in found
    step = "- {read_pdf_text: a.pdf, if_missing: BE6}"
    assert only(await run_steps(tmp_path, step)).exception == "BE6"


async def test_pdfs_that_cannot_be_read(tmp_path: Path, own: Path) -> None:
    from pypdf import PdfReader, PdfWriter

    (tmp_path / "a.pdf").write_bytes(b"inget")
    assert "a.pdf is no PDF, or it is damaged" in await reason(tmp_path, "- read_pdf_text: a.pdf")
    (tmp_path / "a.pdf").write_bytes(pdf("Text"))
    for pages, part in (("2", "there are 1 pages"), ("x", "'x' are no pages"), ("1-", "are no pages")):
        step = f"- read_pdf_text: {{file: a.pdf, pages: '{pages}'}}"
        assert part in await reason(tmp_path, step)
    locked = PdfWriter(PdfReader(tmp_path / "a.pdf"))
    locked.encrypt("hemligt", algorithm="RC4-128")
    locked.write(tmp_path / "l.pdf")
    assert "l.pdf is protected by a password" in await reason(tmp_path, "- read_pdf_text: l.pdf")
    step = '- join_pdf: {files: "${{ [] }}", output: b.pdf}'
    assert "no PDFs to join" in await reason(tmp_path, step)
    assert list(own.iterdir()) == []
