"""Whatever the interface's description allows, or nearly, is answered as it says, and never by a fault."""

import threading
from collections.abc import Iterator
from contextlib import suppress
from types import SimpleNamespace
from typing import Any

import pytest
import schemathesis
import uvicorn
from hypothesis import given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from citysim.explorer.live import guard, server
from citysim.explorer.live.board import Board
from citysim.explorer.live.experiment import STANDARD, Experiment

pytestmark = pytest.mark.slow
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
SECRET = "known to the test"  # noqa: S105  of no other server


async def _idle(_board: Board) -> Any:
    """A worker that takes every job and runs none."""

    async def drain() -> None:
        pass

    return SimpleNamespace(stdin=SimpleNamespace(write=len, drain=drain))


@pytest.fixture(scope="module")
def described() -> Iterator[Any]:
    """The description that a server gives of itself, whose jobs run nothing and may come at any rate."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(guard, "MOST_CHANGES", 10**9)
        patch.setattr(server, "new_secret", lambda: SECRET)
        patch.setattr(Board, "_worker", _idle)
        app = server.application(Experiment(STANDARD), seeds=2, workers=1, hosts=None, token=None)
        config = uvicorn.Config(app, port=0, log_level="error")
        running = uvicorn.Server(config)
        thread = threading.Thread(target=running.run)
        thread.start()
        while not running.started and thread.is_alive():
            thread.join(0.02)
        port = running.servers[0].sockets[0].getsockname()[1]
        yield schemathesis.openapi.from_url(f"http://127.0.0.1:{port}/api/openapi.json")
        running.should_exit = True
        thread.join(30)


@pytest.mark.parametrize("method", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_every_answer_is_as_described(described: Any, method: GenerationMode) -> None:
    """Of requests that the description allows, and of such as it does not."""
    asked = set()
    for found in described.get_all_operations():
        operation = found.ok()

        @given(operation.as_strategy(generation_mode=method))
        @settings(max_examples=25, deadline=None)
        def ask(case: Any) -> None:
            own = {guard.CHANGE_HEADER: SECRET, "content-type": "application/json"}
            answer = case.call(headers=own if case.method in ("POST", "DELETE") else {})
            case.validate_response(answer, checks=CHECKS)
            asked.add((case.method, case.path, answer.status_code))

        with suppress(Unsatisfiable):  # nothing about it can be wrong
            ask()
    told = {code for _, _, code in asked}
    assert told >= ({200, 404, 422} if method is GenerationMode.POSITIVE else {400})
