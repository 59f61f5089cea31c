"""The one place from which a message leaves: to addresses that may be notified, once, within bounds of time and size.

A name is resolved here and the connection goes to the very address that was checked, so that a name which resolves
to another address at a second look-up gains nothing.  Private, loopback, link-local and metadata addresses are refused
unless the operator allows their network.  Redirects are not followed, and no proxy of the environment is used.
"""

import ipaddress
import socket
import ssl
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Final
from urllib.parse import urlsplit

import httpcore
import httpx

from app.errors import Invalid

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
Resolve = Callable[[str, int], Sequence[str]]

_SCHEMES: Final = {"https": 443, "http": 80}
_URL_CHARS_MAX: Final = 2_000
_ANSWER_BYTES_MAX: Final = 64 << 10
_SHARED: Final = ipaddress.ip_network("100.64.0.0/10")
_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")


class RefusedAddressError(Exception):
    """The host's address is none that may be notified."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What came back: the status, and how long it took."""

    status: int
    duration_ms: int


def networks_of(texts: Iterable[str]) -> tuple[Network, ...]:
    """Read networks (CIDR).  Raises :class:`Invalid`."""
    try:
        return tuple(ipaddress.ip_network(text.strip()) for text in texts if text.strip())
    except ValueError as error:
        raise Invalid("bad-network", f"网段有误 / no network: {error}") from error


def resolve(host: str, port: int) -> Sequence[str]:
    """Return the addresses of a host, as the system resolves it."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(one[4][0]) for one in found))


def is_allowed(address: Address, allowed: Sequence[Network]) -> bool:
    """Whether an address is public, or of a network that the operator allows."""
    mapped = _unwrapped(address)
    if any(mapped.version == network.version and mapped in network for network in allowed):
        return True
    is_shared = isinstance(mapped, IPv4Address) and mapped in _SHARED
    return mapped.is_global and not mapped.is_multicast and not is_shared


def _unwrapped(address: Address) -> Address:
    """Return the IPv4 address that an IPv6 one wraps, whichever way it does."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        if address.sixtofour is not None:
            return address.sixtofour
        if address in _NAT64:
            return IPv4Address(int(address) & 0xFFFFFFFF)
    return address


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What may be notified and within which bounds; ``timeout_s`` is for one message as a whole."""

    allowed: tuple[Network, ...] = ()
    allows_http: bool = False
    timeout_s: float = 10.0
    resolve: Resolve = resolve


def check_url(url: str, rules: Rules) -> None:
    """Raise :class:`Invalid` for an address to which nothing could ever be sent.

    That its name resolves to a public address now promises nothing: it is checked again at each connection.
    """
    parts = urlsplit(url)
    host = parts.hostname
    if len(url) > _URL_CHARS_MAX or parts.scheme not in _SCHEMES or not host or parts.username or parts.password:
        raise Invalid("bad-webhook-url", "url: 须为 https 地址，不含用户名 / must be an https address without a user")
    if parts.scheme == "http" and not rules.allows_http:
        raise Invalid("bad-webhook-url", "url: 须为 https / must be https (CUTOFF_WEBHOOK_ALLOW_HTTP)")
    try:
        port = parts.port or _SCHEMES[parts.scheme]
    except ValueError as error:
        raise Invalid("bad-webhook-url", "url: 端口有误 / the port is wrong") from error
    try:
        addresses = _checked(host, port, rules)
    except RefusedAddressError as error:
        raise Invalid("webhook-address-refused", f"url: 地址不允许 / {error}") from error
    except OSError:
        # A name that does not resolve yet may later.
        return
    del addresses


def _checked(host: str, port: int, rules: Rules) -> list[str]:
    """Return the addresses of a host.  Raises :class:`RefusedAddressError` where one of them may not be notified."""
    addresses = list(rules.resolve(host, port))
    if not addresses:
        raise OSError(f"{host} has no address")
    for text in addresses:
        # A zone (fe80::1%eth0) is a matter of this machine.
        if not is_allowed(ipaddress.ip_address(text.partition("%")[0]), rules.allowed):
            raise RefusedAddressError(f"{host} resolves to {text}, which is not public")
    return addresses


class _CheckedBackend(httpcore.NetworkBackend):
    """Connects to addresses that were checked, and to nothing else."""

    def __init__(self, rules: Rules, deadline: float) -> None:
        self._rules = rules
        self._deadline = deadline
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        del timeout
        failed: Exception = OSError(f"{host} has no address")
        for address in _checked(host, port, self._rules):
            try:
                stream = self._inner.connect_tcp(address, port, _left(self._deadline), local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
                continue
            return _BoundedStream(stream, self._deadline)
        raise failed

    def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        del path, timeout, socket_options
        raise RefusedAddressError("nothing is sent to a socket of this machine")

    def sleep(self, seconds: float) -> None:
        self._inner.sleep(seconds)


class _BoundedStream(httpcore.NetworkStream):
    """A connection whose every wait ends with the deadline of the message, however slowly bytes drip."""

    def __init__(self, inner: httpcore.NetworkStream, deadline: float) -> None:
        self._inner = inner
        self._deadline = deadline
        self._read = 0

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        del timeout
        data = self._inner.read(max_bytes, _left(self._deadline))
        self._read += len(data)
        if self._read > _ANSWER_BYTES_MAX:
            raise httpcore.ReadError(f"more than {_ANSWER_BYTES_MAX} bytes came back")
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        del timeout
        self._inner.write(buffer, _left(self._deadline))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        del timeout
        stream = self._inner.start_tls(ssl_context, server_hostname, _left(self._deadline))
        return _BoundedStream(stream, self._deadline)

    def get_extra_info(self, info: str) -> object:
        return self._inner.get_extra_info(info)


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout("the message took too long")
    return left


class _Transport(httpx.BaseTransport):
    """httpx over a pool of which the connections are checked."""

    def __init__(self, rules: Rules, deadline: float, context: ssl.SSLContext, *, reads: bool = False) -> None:
        self._reads = reads
        self._pool = httpcore.ConnectionPool(
            ssl_context=context, max_connections=1, network_backend=_CheckedBackend(rules, deadline)
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = self._pool.handle_request(
            httpcore.Request(
                method=request.method,
                url=httpcore.URL(
                    scheme=request.url.raw_scheme,
                    host=request.url.raw_host,
                    port=request.url.port,
                    target=request.url.raw_path,
                ),
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        try:
            # What a receiver of messages says beside its status is of no use to us, and it may say much.
            content = answer.read() if self._reads else b""
        finally:
            answer.close()
        return httpx.Response(status_code=answer.status, headers=answer.headers, content=content, request=request)

    def close(self) -> None:
        self._pool.close()


@dataclass(frozen=True, kw_only=True)
class Sender:
    """Sends messages by rules."""

    rules: Rules
    context: ssl.SSLContext = field(default_factory=ssl.create_default_context)

    def post(self, url: str, body: bytes, headers: dict[str, str]) -> Reply:
        """Send a message and return the status that came back.

        Raises :class:`RefusedAddressError`, and ``OSError`` or ``httpcore`` errors where nothing came back in time.
        """
        if urlsplit(url).scheme == "http" and not self.rules.allows_http:
            raise RefusedAddressError("http is not allowed")
        started = time.monotonic()
        transport = _Transport(self.rules, started + self.rules.timeout_s, self.context)
        with httpx.Client(transport=transport, trust_env=False, follow_redirects=False) as client:
            answer = client.post(url, content=body, headers={"Content-Type": "application/json", **headers})
        return Reply(status=answer.status_code, duration_ms=round((time.monotonic() - started) * 1000))


@dataclass(frozen=True, kw_only=True)
class Fetcher:
    """Asks an address of the operator's own settings, and reads what comes back, within the bounds of messages."""

    rules: Rules
    context: ssl.SSLContext = field(default_factory=ssl.create_default_context)

    def fetch(self, url: str, form: Mapping[str, str] | None, headers: Mapping[str, str]) -> bytes:
        """Return the body of an answer of status 200, or of the refusal of a form (400, 401: RFC 6749, 5.2).

        Raises ``OSError`` for anything else, redirects among it.
        """
        if urlsplit(url).scheme == "http" and not self.rules.allows_http:
            raise OSError("http is not allowed")
        deadline = time.monotonic() + self.rules.timeout_s
        transport = _Transport(self.rules, deadline, self.context, reads=True)
        try:
            with httpx.Client(transport=transport, trust_env=False, follow_redirects=False) as client:
                # Packed answers could be large: they are not asked for.
                asked = {"Accept": "application/json", "Accept-Encoding": "identity", **headers}
                answer = (
                    client.get(url, headers=asked) if form is None else client.post(url, data=dict(form), headers=asked)
                )
        except (httpx.HTTPError, httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError) as error:
            raise OSError(type(error).__name__) from error
        except (RefusedAddressError, ValueError) as error:
            raise OSError(str(error)) from error
        refusals = {HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED} if form is not None else set()
        if answer.status_code not in {HTTPStatus.OK, *refusals}:
            raise OSError(f"the answer has the status {answer.status_code}")
        return answer.content
