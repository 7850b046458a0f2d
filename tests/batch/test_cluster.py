"""Workers of a Dask cluster: a real scheduler and real workers, on loopback."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

import dask.config
import pandas as pd
import pytest

from planner.batch import State, run_all, sweep_runs
from planner.batch.cluster import Cluster, check_address
from planner.batch.vary import parse_vary
from planner.errors import PlannerError

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    "address", ["tcp://127.0.0.1:8786", "tcp://localhost:8786", "tcp://[::1]:8786", "tls://far.example:8786"]
)  # fmt: skip
def test_loopback_or_encrypted(address: str) -> None:
    check_address(address)


@pytest.mark.parametrize(
    ("address", "word"),
    [
        ("tcp://10.0.0.1:8786", "not encrypted"),
        ("tcp://far.example:8786", "not encrypted"),
        ("tcp://127.0.0.1.far.example:8786", "not encrypted"),
        ("tcp://0.0.0.0:8786", "not encrypted"),
        ("ws://127.0.0.1:8786", "no address"),
        ("127.0.0.1:8786", "no address"),
        ("tcp://127.0.0.1", "no address"),
        ("inproc://here", "no address"),
    ],
)
def test_nothing_travels_in_the_clear(address: str, word: str) -> None:
    with pytest.raises(PlannerError, match=word):
        check_address(address)


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def _started(*arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "distributed.cli.dask_" + arguments[0], *arguments[1:]],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip


def _cluster(
    folder: Path, scheme: str, *certificates: str
) -> tuple[str, list[subprocess.Popen[bytes]], subprocess.Popen[bytes]]:
    """A scheduler and two workers, as someone starts them by hand."""
    port = free_port()
    address = f"{scheme}://127.0.0.1:{port}"
    host = f"{scheme}://127.0.0.1" if scheme == "tls" else "127.0.0.1"
    scheduler = _started("scheduler", "--host", host, "--port", str(port), "--no-dashboard", *certificates)  # fmt: skip
    until = time.monotonic() + 60
    while time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.2)
    workers = [
        _started("worker", address, "--nthreads", "1", "--no-nanny", "--no-dashboard",
                 "--host", host, "--local-directory", str(folder / f"w{number}"), *certificates)
        for number in range(2)
    ]  # fmt: skip
    return address, workers, scheduler


def _ended(parts: Iterable[subprocess.Popen[bytes]]) -> None:
    for part in parts:
        part.kill()
        part.wait()


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    address, workers, scheduler = _cluster(tmp_path, "tcp")
    yield address, workers
    _ended((*workers, scheduler))


@pytest.fixture
def certified(tmp_path: Path, program: Callable[[str], str]) -> Mapping[str, Path]:
    """An authority of the test's own, and a certificate that it signed for loopback."""

    def openssl(*arguments: object) -> None:
        subprocess.run([program("openssl"), *map(str, arguments)], check=True, capture_output=True, cwd=tmp_path)  # fmt: skip

    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", 2, "-subj", "/CN=authority",
            "-keyout", "ca-key.pem", "-out", "ca.pem")  # fmt: skip
    openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=127.0.0.1",
            "-keyout", "key.pem", "-out", "request.pem")  # fmt: skip
    openssl("x509", "-req", "-in", "request.pem", "-CA", "ca.pem", "-CAkey", "ca-key.pem",
            "-CAcreateserial", "-days", 2, "-out", "cert.pem")  # fmt: skip
    return {name: tmp_path / f"{name}.pem" for name in ("ca", "cert", "key")}


@pytest.mark.slow
def test_over_tls_with_certificates_and_not_without(
    certified: Mapping[str, Path], tutorial: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = ("--tls-ca-file", str(certified["ca"]), "--tls-cert", str(certified["cert"]),
             "--tls-key", str(certified["key"]))  # fmt: skip
    address, workers, scheduler = _cluster(tmp_path, "tls", *files)
    try:
        monkeypatch.setattr("planner.batch.cluster._PATIENCE", 5)
        with pytest.raises(PlannerError, match="without TLS certificates"):
            Cluster(address)
        names = {"ca-file": "ca", "client.cert": "cert", "client.key": "key"}
        own = {f"distributed.comm.tls.{key}": str(certified[name]) for key, name in names.items()}
        monkeypatch.setattr("planner.batch.cluster._PATIENCE", 60)
        runs = sweep_runs(tutorial, [parse_vary("licence_odds[licence=CN-Japan].denied=0,1")]).runs
        with dask.config.set(own), Cluster(address) as crew:
            summary = run_all(runs, tmp_path / "out", crew)
        assert summary.counts == {"optimal": 2}
        assert summary.index["expected_cost_kusd"].tolist() == pytest.approx([42_000, 50_400])
    finally:
        _ended((*workers, scheduler))


@pytest.mark.slow
def test_a_cluster_answers_and_survives_the_death_of_a_worker(
    cluster: tuple[str, list[subprocess.Popen[bytes]]], tutorial: Path, tmp_path: Path
) -> None:
    address, workers = cluster
    vary = parse_vary("licence_odds[licence=CN-Japan].denied=0:1:0.2")
    killed: list[int] = []

    def kill_one(state: State) -> None:
        if state.solved >= 1 and not killed:
            workers[0].send_signal(signal.SIGKILL)
            killed.append(workers[0].pid)

    out = tmp_path / "out"
    with Cluster(address) as crew:
        summary = run_all(sweep_runs(tutorial, [vary]).runs, out, crew, watch=kill_one)
    assert killed and summary.counts == {"optimal": 6}
    costs = pd.read_parquet(out / "index.parquet")["expected_cost_kusd"]
    assert costs.tolist()[0] == pytest.approx(42_000)
    assert costs.tolist()[2] == pytest.approx(49_120)
    assert costs.tolist()[-1] == pytest.approx(50_400)


@pytest.mark.slow
def test_a_scheduler_that_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("planner.batch.cluster._PATIENCE", 1)
    with pytest.raises(PlannerError, match="cannot be reached"):
        Cluster(f"tcp://127.0.0.1:{free_port()}")
