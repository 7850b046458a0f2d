"""Workers of a Dask cluster: the same questions, answered on other machines.

Questions and answers travel as bytes, so the workers need this package and no file system of ours.
"""

from __future__ import annotations

import ipaddress
import queue
from collections.abc import Iterator
from types import TracebackType
from typing import Any, Self, cast
from urllib.parse import urlsplit

from distributed import Client, Future, KilledWorker
from distributed.security import Security

from planner.batch.task import Answer, Task, ask
from planner.errors import PlannerError

_PATIENCE = 15  # seconds to reach the scheduler
#: Questions sent ahead for each thread of the cluster, so that none waits for the next one.
_AHEAD = 2


def check_address(address: str) -> None:
    """Refuse an address over which workbooks would travel in the clear.

    A scheduler runs whatever it is sent: beyond this machine only ``tls://`` is allowed.
    """
    parts = urlsplit(address)
    if parts.scheme not in ("tcp", "tls") or parts.hostname is None or parts.port is None:
        raise PlannerError(
            f"{address} is no address of a scheduler. Give tcp://127.0.0.1:8786 or tls://HOST:8786."
        )
    if parts.scheme != "tls" and not _is_loopback(parts.hostname):
        raise PlannerError(
            f"{address} is beyond this machine and not encrypted. Start the scheduler and its "
            "workers with TLS certificates and give tls://HOST:PORT."
        )


def _check_certificates(address: str) -> None:
    """Refuse ``tls://`` without certificates; they come from Dask's own configuration."""
    if not address.startswith("tls://"):
        return
    if Security().get_connection_args("client").get("ssl_context") is None:
        raise PlannerError(
            f"{address} cannot be reached without TLS certificates. Name them in the environment: "
            "DASK_DISTRIBUTED__COMM__TLS__CA_FILE, DASK_DISTRIBUTED__COMM__TLS__CLIENT__CERT and "
            "DASK_DISTRIBUTED__COMM__TLS__CLIENT__KEY."
        )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class Cluster:
    """The workers behind one scheduler."""

    def __init__(self, address: str) -> None:
        check_address(address)
        _check_certificates(address)
        self._address = address
        try:
            self._client = Client(address, timeout=_PATIENCE, set_as_default=False)
        except (OSError, ValueError) as error:
            raise PlannerError(f"The scheduler {address} cannot be reached: {error}") from error
        self._asked: dict[str, Future] = {}
        self._ended: queue.SimpleQueue[str] = queue.SimpleQueue()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def free(self) -> int:
        """How many more questions can be sent; a few wait on the cluster while no worker has come."""
        try:
            # The client is one of both worlds; outside an event loop it answers at once.
            threads: int = sum(cast("dict[str, int]", self._client.nthreads()).values())
        except (OSError, TimeoutError) as error:
            raise self._gone() from error
        return max(1, _AHEAD * threads) - len(self._asked)

    @property
    def asked(self) -> tuple[str, ...]:
        """Keys of the questions under way."""
        return tuple(self._asked)

    def start(self, key: str, task: Task) -> None:
        """Send a question; Dask itself asks again where a worker dies."""
        future = self._client.submit(ask, task, pure=False)
        self._asked[key] = future
        future.add_done_callback(lambda _: self._ended.put(key))

    def finished(self, timeout: float) -> Iterator[tuple[str, Answer | None]]:
        """The next question that ended within ``timeout`` seconds; None where its workers died."""
        try:
            key = self._ended.get(timeout=timeout)
        except queue.Empty:
            if self._client.status not in ("running", "connecting"):
                raise self._gone() from None
            return
        future = self._asked.pop(key)
        if future.cancelled():
            raise self._gone()
        try:
            found: Any = future.result(timeout=_PATIENCE)
        except KilledWorker:
            found = None
        except (OSError, TimeoutError) as error:
            raise self._gone() from error
        yield key, found

    def close(self) -> None:
        """Cancel what is under way and leave; scheduler and workers stay as they are."""
        if self._client.status == "running":
            self._client.cancel(list(self._asked.values()))
        self._asked = {}
        self._client.close(timeout=_PATIENCE)

    def _gone(self) -> PlannerError:
        return PlannerError(
            f"The scheduler {self._address} is gone. What was done is kept; the same command goes on."
        )
