"""The server of a live page: the page, its data, and the few requests by which it asks for runs."""

import json
import os
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from citysim.analysis.labels import arm_label
from citysim.errors import ConfigError
from citysim.explorer.live.board import Board, Job, RefusedError
from citysim.explorer.live.events import event_kinds
from citysim.explorer.live.experiment import Experiment, experiment_of
from citysim.explorer.live.guard import CHANGE_HEADER, Guard, new_secret
from citysim.explorer.live.openapi import openapi
from citysim.explorer.packing import written
from citysim.explorer.page_file import render_page
from citysim.explorer.words import strings
from citysim.language import speaking

#: Replications that a page may ask for.
MOST_SEEDS = 256
#: How long a request waits for news; so much longer may Ctrl-C take.
WAIT_SECONDS = 1.0
LOOPBACK = ("127.0.0.1", "::1", "localhost")


class Asked:
    """Answers requests about one board; ``seeds``: replications unless a request says."""

    def __init__(self, board: Board, seeds: int, change: str) -> None:
        self.board, self.seeds, self.change = board, seeds, change

    async def page(self, _request: Request) -> Response:
        """The page with the newest data, or none yet."""
        experiment = self.board.experiment
        fields, language = experiment.fields(), experiment.language
        knows = {"fields": fields, "seeds": self.seeds, "most_seeds": MOST_SEEDS, "change": self.change}
        knows |= {"kinds": event_kinds()}
        with speaking(language):
            knows |= {"header": CHANGE_HEADER, "words": strings(), "base": arm_label(experiment.base)}
        payload = "" if self.board.payload is None else written(self.board.payload.read_bytes())
        knows |= {"version": self.board.version}
        return HTMLResponse(render_page(payload, language=language, live=knows))

    async def jobs(self, request: Request) -> Response:
        """How all jobs go, and which version of the data there is; ``news`` counts whatever has changed.

        Where ``?after`` has the count that there is, it answers once there is more, or after a while.
        """
        board = self.board
        if request.query_params.get("after") == str(board.news):
            await board.more(WAIT_SECONDS)
        told = {"version": board.version, "news": board.news, "jobs": [job.told for job in board.jobs]}
        return JSONResponse(told)

    async def payload(self, _request: Request) -> Response:
        """The newest data of the page; what they took is in a header, ms by part."""
        if self.board.payload is None:
            return JSONResponse({"error": "no run is done yet"}, 404)
        took = ", ".join(f"{name};dur={1000 * seconds:.1f}" for name, seconds in self.board.took.items())
        headers = {"server-timing": took}
        return Response(self.board.payload.read_bytes(), media_type="application/gzip", headers=headers)

    async def start(self, request: Request) -> Response:
        """Begin runs of some settings. 422 with what is wrong by field."""
        try:
            asked = json.loads(await request.body())
        except (ValueError, RecursionError):
            return JSONResponse({"error": "body: not JSON"}, 400)
        if not isinstance(asked, dict) or not isinstance(asked.get("settings"), dict):
            return JSONResponse({"error": "settings: expected a table of switches and parameters"}, 400)
        settings, seeds = asked["settings"], asked.get("seeds", self.seeds)
        faults = self.board.experiment.faults(settings)
        if isinstance(seeds, bool) or not isinstance(seeds, int) or not 1 <= seeds <= MOST_SEEDS:
            faults["seeds"] = f"found {seeds!r:.40}, allowed: 1 to {MOST_SEEDS}"
        if faults:
            return JSONResponse({"faults": faults}, 422)
        try:
            job = await self.board.start(settings, seeds)
        except RefusedError as refused:
            return JSONResponse({"faults": refused.faults}, 422)
        return JSONResponse(job.told, 202)

    async def cancel(self, request: Request) -> Response:
        """End a job."""
        job = self._job(request)
        if job is None:
            return JSONResponse({"error": "no such job"}, 404)
        await self.board.cancel(job)
        return JSONResponse(job.told)

    async def config(self, _request: Request) -> Response:
        """The config with all settings tried so far, which ``citysim run`` takes."""
        text = self.board.experiment.text(max([job.seeds for job in self.board.jobs], default=self.seeds))
        name = f"{self.board.experiment.table['name']}.toml"
        headers = {"content-disposition": f'attachment; filename="{name}"'}
        return PlainTextResponse(text, media_type="application/toml", headers=headers)

    async def described(self, _request: Request) -> Response:
        """What the server answers, as OpenAPI."""
        return JSONResponse(openapi(self.board.experiment.fields(), MOST_SEEDS))

    def _job(self, request: Request) -> Job | None:
        number = request.path_params["number"]
        return self.board.jobs[number - 1] if 1 <= number <= len(self.board.jobs) else None


async def _not_there(_request: Request, error: Exception) -> Response:
    """What is not there or cannot be done there, as all else that is refused."""
    assert isinstance(error, HTTPException)  # noqa: S101  it handles no other
    return JSONResponse({"error": error.detail}, error.status_code, error.headers)


def application(
    experiment: Experiment,
    *,
    seeds: int,
    workers: int | str,
    hosts: frozenset[str] | None,
    token: str | None,
) -> Starlette:
    """The server of an experiment, which begins with the runs of its config. See ``Guard`` for the rest."""
    change = new_secret()
    board = Board(experiment, workers)
    asked = Asked(board, seeds, change)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        try:
            await board.start(None, seeds)
            yield
        finally:
            await board.close()

    routes = [
        Route("/", asked.page),
        Route("/api/jobs", asked.jobs),
        Route("/api/jobs", asked.start, methods=["POST"]),
        Route("/api/jobs/{number:int}", asked.cancel, methods=["DELETE"]),
        Route("/api/payload", asked.payload),
        Route("/api/config.toml", asked.config),
        Route("/api/openapi.json", asked.described),
    ]
    guard = Middleware(Guard, hosts=hosts, token=token, change=change)
    refusals = {HTTPException: _not_there}
    return Starlette(routes=routes, middleware=[guard], lifespan=lifespan, exception_handlers=refusals)


def serve(
    experiment: Experiment,
    *,
    host: str,
    port: int,
    seeds: int,
    workers: int | str,
    told: Callable[[str], None],
) -> None:
    """Serve until Ctrl-C; ``told`` hears the address. A host that is not this machine alone has a token.

    Raises ``ConfigError`` where the address cannot be had.
    """
    import uvicorn  # noqa: PLC0415  belongs to the extra

    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listening = socket.create_server((host, port), family=family)
    except OSError as error:
        raise ConfigError(f"--host, --port: found {host}:{port}: {_why(error)}") from None
    port = listening.getsockname()[1]
    name = f"[{host}]" if ":" in host else host
    own = host in LOOPBACK
    token = None if own else new_secret()
    hosts = frozenset({f"{name}:{port}", f"localhost:{port}"}) if own else None
    app = application(experiment, seeds=seeds, workers=workers, hosts=hosts, token=token)
    config = uvicorn.Config(app, log_level="warning", server_header=False, timeout_graceful_shutdown=3)
    told(f"http://{name}:{port}/" + (f"?token={token}" if token else ""))
    with listening:
        try:
            uvicorn.Server(config).run(sockets=[listening])
        except KeyboardInterrupt:
            return


def _why(error: OSError) -> str:
    return os.strerror(error.errno) if isinstance(error.errno, int) and error.errno > 0 else str(error)


def live(
    config: Path | None,
    *,
    host: str,
    port: int,
    seeds: int,
    workers: int | str,
    told: Callable[[str], None],
    language: str | None = None,
) -> None:
    """``serve`` the experiment of a config, or the standard one. Raises ``ConfigError`` with its faults.

    ``language``: of the page, if not the config's.
    """
    if not 1 <= seeds <= MOST_SEEDS:
        raise ConfigError(f"--seeds: found {seeds}, allowed: 1 to {MOST_SEEDS}")
    experiment = experiment_of(config, language)
    serve(experiment, host=host, port=port, seeds=seeds, workers=workers, told=told)
