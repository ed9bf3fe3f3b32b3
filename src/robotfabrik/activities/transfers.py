"""Activities that move files to and from an application, and take pictures of its pages."""

from __future__ import annotations

from fnmatch import fnmatch
from pathlib import Path, PurePath

from robotfabrik.activities import saving
from robotfabrik.activities.api import Activity, Context, ElementTarget, Texts, describe
from robotfabrik.activities.targets import allowed, element_of, session_of
from robotfabrik.model.errors import SystemException


async def upload_file(ctx: Context, target: ElementTarget, files: Texts) -> None:
    """Choose files for an upload, as a person does in the file chooser.

    target: the file field, its label, the area around it, or the button that opens the chooser. An element
    that sends the file at once says `writes:`.
    files: the file, or a list of them: [a.pdf, b.pdf].
    """
    names = [files] if isinstance(files, str) else [*files]
    paths = [ctx.path(name) for name in names]
    for name, path in zip(names, paths, strict=True):
        if not path.is_file():
            raise SystemException(f"the file to upload is not there: {PurePath(name).name}")
    await allowed(ctx, target)
    await session_of(ctx, target).upload(target, paths, ctx.timeout)


async def download_file(
    ctx: Context, target: ElementTarget, folder: str = "downloads", name: str = "", expected: str = "*"
) -> str:
    """Click what starts a download, and wait until the whole file lies in the job's own folder.

    target: the link or button.
    folder: where in the job's own folder.
    name: what the file shall be called; by default as the application calls it. A number is added when it
    is taken.
    expected: a pattern for the application's name, such as *.pdf or beslut-*.pdf. Another file fails the
    step, and so does an empty one. The result is the file's path.
    """

    def place(given: str) -> Path:
        ctx.remember_private_name(given)
        if not fnmatch(given.casefold(), expected.casefold()):
            raise SystemException(f"{target.id}: the file is not called as expected ({expected})")
        path = saving.free(ctx.path(f"{folder}/{name or given}", write=True))
        if not name:
            ctx.remember_private_name(path.name)  # it may have got a number
        return path

    session = session_of(ctx, target)
    path = await session.download(target, place, ctx.timeout, guard=ctx.write_guard(element_of(target)))
    if not path.stat().st_size:
        path.unlink()
        raise SystemException(f"{target.id}: the downloaded file is empty")
    return str(path)


async def take_screenshot(ctx: Context, path: str, real: bool = False, application: str = "") -> str:
    """Save a picture of the page as PNG in the job's own folder.

    path: the file's name, such as bilder/ärende.png. A number is added when it is taken.
    real: false draws the page anew without a letter of the case; true photographs it, personal data too,
    and only its owner can read the file.
    application: whose window; by default the application of the workflow that the step stands in.
    """
    picture = await ctx.session(application).picture(real=real, timeout=ctx.timeout)
    return _save(ctx, path, ".png", picture)


async def save_pdf(ctx: Context, path: str, application: str = "") -> str:
    """Save the page as PDF, as it would be printed, in the job's own folder: with its personal data.

    path: the file's name, such as beslut.pdf. A number is added when it is taken.
    application: whose window; by default the application of the workflow that the step stands in.
    """
    return _save(ctx, path, ".pdf", await ctx.session(application).pdf(ctx.timeout))


def _save(ctx: Context, name: str, suffix: str, content: bytes) -> str:
    """Pages of a case stay in the job's own folder, readable by its owner alone."""
    if PurePath(name).is_absolute():
        raise SystemException("a page is saved in the job's own folder: give a name, not a whole path")
    path = ctx.path(name if name.casefold().endswith(suffix) else name + suffix, write=True)
    return str(saving.write_new(path, content))


ACTIVITIES: tuple[Activity, ...] = (
    describe(upload_file),
    describe(download_file, "local"),
    describe(take_screenshot, "local"),
    describe(save_pdf, "local"),
)
