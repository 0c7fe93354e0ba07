"""What a live page's server answers, as OpenAPI 3.1."""

from collections.abc import Sequence
from typing import Any

from citysim import __version__
from citysim.explorer.live.board import TOLD
from citysim.explorer.live.guard import CHANGE_HEADER
from citysim.plan.event_schema import events_schema

_JOB = {
    "type": "object",
    "required": list(TOLD),
    "properties": {
        "number": {"type": "integer"},
        "arm": {"type": "string", "description": "arm of the settings; empty for those of the config"},
        "settings": {"type": "object"},
        "seeds": {"type": "integer"},
        "state": {"enum": ["waiting", "running", "done", "cancelled", "failed"]},
        "done": {"type": "integer", "description": "runs done"},
        "failed": {"type": "integer", "description": "runs that failed"},
        "total": {"type": "integer", "description": "runs of all"},
        "seeds_done": {"type": "integer", "description": "replications that the data have"},
        "why": {"type": "string", "description": "first error, if there is one"},
    },
}
#: Kind of a field → JSON's type.
_TYPES = {"switch": "boolean", "number": "number", "text": "string"}
_ERROR = {"type": "object", "properties": {"error": {"type": "string"}}}
_FAULTS = {
    "type": "object",
    "properties": {"faults": {"type": "object", "additionalProperties": {"type": "string"}}},
}


def openapi(fields: Sequence[dict[str, Any]], most_seeds: int) -> dict[str, Any]:
    """The description; ``fields``: what settings may name."""
    settings = {
        field["name"]: {"description": field["about"], "type": _TYPES[field["kind"]]} for field in fields
    }
    settings["events"] = {"description": "dated events, as in a config", **events_schema()}
    refused = {
        code: _answer(what, _ERROR)
        for code, what in {
            "400": "no JSON, or not of this form",
            "403": "not asked by the page itself",
            "413": "body too large",
            "415": "not application/json",
            "429": "too often",
        }.items()
    }
    change = {
        "name": CHANGE_HEADER,
        "in": "header",
        "required": True,
        "schema": {"type": "string"},
        "description": "secret that the page carries",
    }
    number = {"name": "number", "in": "path", "required": True, "schema": {"type": "integer", "minimum": 0}}
    body = {
        "type": "object",
        "required": ["settings"],
        "properties": {
            "settings": {
                "type": "object",
                "minProperties": 1,
                "properties": settings,
                "additionalProperties": False,
            },
            "seeds": {"type": "integer", "minimum": 1, "maximum": most_seeds},
        },
    }
    jobs = {
        "version": {"type": "integer", "description": "of the data"},
        "news": {"type": "integer", "description": "counts all that has changed"},
        "jobs": {"type": "array", "items": _JOB},
    }
    after = {
        "name": "after",
        "in": "query",
        "schema": {"type": "integer"},
        "description": "a count of news: the answer waits until there are more, or a second",
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "citysim explore --live", "version": __version__},
        "paths": {
            "/": {"get": {"summary": "The page", "responses": {"200": _text("the page", "text/html")}}},
            "/api/jobs": {
                "get": {
                    "summary": "How all jobs go",
                    "parameters": [after],
                    "responses": {"200": _answer("jobs", {"type": "object", "properties": jobs})},
                },
                "post": {
                    "summary": "Run some settings as one more arm",
                    "parameters": [change],
                    "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
                    "responses": {
                        "202": _answer("begun", _JOB),
                        "422": _answer("what is wrong, by field", _FAULTS),
                        **refused,
                    },
                },
            },
            "/api/jobs/{number}": {
                "delete": {
                    "summary": "Cancel a job",
                    "parameters": [number, change],
                    "responses": {
                        "200": _answer("the job", _JOB),
                        "404": _answer("no such job", _ERROR),
                        **refused,
                    },
                }
            },
            "/api/payload": {
                "get": {
                    "summary": "Data of the page",
                    "responses": {
                        "200": {
                            **_text("data", "application/gzip"),
                            "headers": {
                                "server-timing": {
                                    "schema": {"type": "string"},
                                    "description": "what plan, runs, tables and data took",
                                }
                            },
                        },
                        "404": _answer("no run yet", _ERROR),
                    },
                }
            },
            "/api/config.toml": {
                "get": {
                    "summary": "The config, which citysim run takes",
                    "responses": {"200": _text("config", "application/toml")},
                }
            },
            "/api/openapi.json": {
                "get": {"summary": "This", "responses": {"200": _answer("OpenAPI", {"type": "object"})}}
            },
        },
    }


def _answer(what: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": what, "content": {"application/json": {"schema": schema}}}


def _text(what: str, kind: str) -> dict[str, Any]:
    return {"description": what, "content": {kind: {"schema": {"type": "string"}}}}
