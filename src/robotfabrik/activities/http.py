"""Requests to registers that have an API. The bot says where they are and with which account."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any, Final, Literal
from urllib.parse import quote, unquote, urljoin, urlsplit

from robotfabrik.activities import jsontext
from robotfabrik.activities.api import Activity, Context, Effect, Json, Names, Service, describe
from robotfabrik.model.errors import SystemException, TimedOut, Unknown, Unreadable
from robotfabrik.model.masking import mask_patterns
from robotfabrik.model.types import ANY, INTEGER, TEXT, Type, record_of
from robotfabrik.model.values import Month, Record

if TYPE_CHECKING:
    import ssl

    import httpx

READING: Final = ("GET", "HEAD")
MAX_BYTES: Final = 10_000_000
MAX_REDIRECTS: Final = 5
RESPONSE: Final = record_of({"status": INTEGER, "text": TEXT, "json": ANY})


async def http_request(
    ctx: Context,
    service: str,
    path: str = "",
    method: Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"] = "GET",
    query: Json = None,
    headers: Json = None,
    json: Json = None,
    text: str = "",
    accept: Names = (),
) -> Any:
    """Ask a register that has an API: gives status, text, and json when the answer is JSON, else none.

    A register that does not answer (no connection, no time, 429 or 5xx) is unknown, as on a screen.

    service: its name in the PDD's `services:`; the bot says its address and account.
    path: what follows the address. It is encoded; what follows a question mark stands in `query`.
    method: GET and HEAD read; the others write and stand inside `once`.
    query: name: value; what is none is left out.
    headers: name: value.
    json: the content as JSON: name: value, to any depth, or an expression.
    text: the content as plain text.
    accept: statuses besides 2xx that are answers too, such as 404 for `nobody of that number`.
    """
    import httpx

    known = ctx.service(service)
    if not known.url.startswith(("http:", "https:")):
        raise SystemException(f"the bot's address of {service} begins with http:// or https://")
    writes = method not in READING
    request = httpx.Request(
        method,
        _address(known.url, path),
        params=_texts(query, "query"),
        headers=_headers(known, _texts(headers, "headers"), json, text),
        content=_content(json, text),
    )
    if writes:
        await ctx.effect_guard(f"{method} to {service}")()
    try:
        async with asyncio.timeout(ctx.timeout), httpx.AsyncClient(verify=_tls(), timeout=None) as client:
            response, content = await _send(client, request, service)
    except (httpx.TransportError, TimeoutError) as error:
        late = isinstance(error, TimeoutError)
        within = f"within {ctx.timeout:.1f} s" if late else f"({_broken(error)})"
        why = f"{service} did not answer {_asked(request)} {within}"
        if not writes:
            raise Unknown(why) from None
        raise (TimedOut if late else SystemException)(why) from None
    answer = _answer(response, content, service)
    _must_be_answer(answer["status"], accept, service, request)
    ctx.remember_private(answer["text"] if answer["json"] is None else answer["json"])
    return answer


def _asked(request: httpx.Request) -> str:
    """What was asked for, without the query. Private parts are masked as in every message."""
    return f"{request.method} {mask_patterns(unquote(request.url.path))}"


def _broken(error: Exception) -> str:
    import httpx

    return "no connection" if isinstance(error, httpx.ConnectError) else "the connection broke"


@cache
def _tls() -> ssl.SSLContext:
    """The certificates that are trusted, loaded once."""
    import httpx

    return httpx.create_ssl_context()


def _address(base: str, path: str) -> str:
    """The address with a path; nothing in it leads out of what the bot says."""
    parts = [part for part in path.split("/") if part]
    if any(part in (".", "..") for part in parts):
        raise SystemException("the path of a request leads out of the service")
    return "/".join((base.rstrip("/"), *(quote(part, safe="") for part in parts))) if parts else base


def _texts(given: Any, what: str) -> dict[str, str]:
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        raise SystemException(f"{what} of a request are names and values")
    return {name: _text(value) for name, value in given.items() if value is not None}


def _text(value: Any) -> str:
    """As APIs write values, not as Swedish sentences do."""
    match value:
        case bool():
            return "true" if value else "false"
        case str() | int() | date() | Month():
            return str(value)
        case Decimal():
            return f"{value:f}"
    raise SystemException("a value in a request is no text, number, date or boolean")


def _headers(service: Service, given: dict[str, str], json: Any, text: str) -> httpx.Headers:
    import httpx

    headers = httpx.Headers({"User-Agent": "robotfabrik", **given})
    if json is not None and text:
        raise SystemException("a request has one content: json or text")
    if json is not None:
        headers.setdefault("Content-Type", "application/json")
    elif text:
        headers.setdefault("Content-Type", "text/plain; charset=utf-8")
    account = service.credential
    if account is not None and service.auth == "bearer":
        headers["Authorization"] = f"Bearer {account.password.reveal()}"
    elif account is not None:
        basic = httpx.BasicAuth(account.username, account.password.reveal())
        sample = httpx.Request("GET", service.url)
        headers["Authorization"] = next(basic.auth_flow(sample)).headers["Authorization"]
    return headers


def _content(json: Any, text: str) -> bytes | None:
    if json is not None:
        return jsontext.dump(json).encode()
    return text.encode() or None


async def _send(
    client: httpx.AsyncClient, request: httpx.Request, service: str
) -> tuple[httpx.Response, bytes]:
    """The answer and its content. Redirects are followed by readers, and never to another origin."""
    origin = _origin(str(request.url))
    for _ in range(MAX_REDIRECTS + 1):
        response = await client.send(request, stream=True)
        try:
            if not response.has_redirect_location:
                return response, await _read(response, service)
        finally:
            await response.aclose()
        target = urljoin(str(request.url), response.headers["Location"])
        if request.method not in READING or _origin(target) != origin:
            raise SystemException(f"{service} sends the request elsewhere, where the robot does not follow")
        headers = {n: v for n, v in request.headers.items() if n.lower() not in ("host", "content-length")}
        request = client.build_request(request.method, target, headers=headers)
    raise SystemException(f"{service} redirects more than {MAX_REDIRECTS} times")


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or {"http": 80, "https": 443}.get(parts.scheme)


async def _read(response: httpx.Response, service: str) -> bytes:
    content = bytearray()
    async for chunk in response.aiter_bytes():
        content += chunk
        if len(content) > MAX_BYTES:
            raise SystemException(f"the answer of {service} is larger than {MAX_BYTES // 1_000_000} MB")
    return bytes(content)


def _answer(response: httpx.Response, content: bytes, service: str) -> Record:
    try:
        text = content.decode(response.charset_encoding or "utf-8")
    except (UnicodeDecodeError, LookupError):
        raise Unreadable(f"the answer of {service} is no text") from None
    kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    json = None
    if text.strip() and response.is_success and (kind == "application/json" or kind.endswith("+json")):
        try:
            json = jsontext.load(text)
        except ValueError:
            raise Unreadable(f"the answer of {service} is no JSON") from None
    return Record(status=response.status_code, text=text, json=json)


def _must_be_answer(status: int, accept: Names, service: str, request: httpx.Request) -> None:
    if 200 <= status < 300 or str(status) in accept:
        return
    if request.method in READING and (status == 429 or status >= 500):
        raise Unknown(f"{service} did not answer {_asked(request)} (status {status})")
    if status in (401, 403):
        refused = f"{service} refuses the robot's account for {_asked(request)}"
        raise SystemException(f"{refused} (status {status})")
    raise SystemException(f"{service} answers {_asked(request)} with status {status}")


def _effect(arguments: Mapping[str, Any]) -> Effect:
    """A method that is not known before the run may write."""
    return "read" if "method" not in arguments or _method(arguments) in READING else "write"


def _method(arguments: Mapping[str, Any]) -> Any:
    return getattr(arguments["method"], "value", None)


def _type(arguments: Mapping[str, Any]) -> Type:
    return RESPONSE


ACTIVITIES: tuple[Activity, ...] = (
    describe(http_request, "read", result_type=_type, effect_from=_effect),
)
