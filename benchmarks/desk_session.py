"""A session of the desk without a browser: asks for pages as one does and reads all it is sent."""

from __future__ import annotations

from types import TracebackType

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect

_PATIENCE_S = 60.0


class DeskSession:
    """One planner's connection, open on a desk."""

    def __init__(self, address: str, desk: str) -> None:
        self._query = f"desk={desk}"
        self._socket = connect(
            f"{address.replace('http', 'ws', 1)}/_stcore/stream",
            origin=address, subprotocols=["streamlit"], max_size=None,  # type: ignore[arg-type]
        )  # fmt: skip

    def __enter__(self) -> DeskSession:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._socket.close()

    def show(self, page: str) -> int:
        """Ask for a page and wait until it is whole; how many bytes it took.

        Raises RuntimeError where the page ended with an error of the program.
        """
        asked = BackMsg()
        asked.rerun_script.query_string = self._query
        asked.rerun_script.page_name = "" if page == "case" else page
        self._socket.send(asked.SerializeToString())
        taken = 0
        while True:
            content = self._socket.recv(timeout=_PATIENCE_S)
            assert isinstance(content, bytes)
            taken += len(content)
            said = ForwardMsg.FromString(content)
            kind = said.WhichOneof("type")
            if kind == "script_finished":
                if said.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY:
                    return taken
                if said.script_finished == ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                    continue  # news came, such as a verdict: the page is made once more
                raise RuntimeError(f"page {page} ended with {said.script_finished}")
