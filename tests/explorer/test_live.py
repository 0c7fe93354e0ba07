"""The page with live runs: what it computes is what the command line does, and nobody else drives it."""

import json
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from live_server import running

from citysim.errors import ConfigError
from citysim.explorer.live.board import stages_of
from citysim.explorer.live.experiment import STANDARD, Experiment, experiment_of
from citysim.explorer.live.guard import LARGEST_BODY, MOST_CHANGES
from citysim.explorer.payload import payload_of
from citysim.plan.config import load_config

pytestmark = pytest.mark.slow
EXPLORE = [sys.executable, "-m", "citysim", "explore"]


CRISIS = {"kind": "crisis", "type": "climate", "at": "2024-Q1", "cities": ["City 1"], "severity": 0.5}
FOUNDED = {"kind": "found", "network": "New", "at": 2024, "focus": "climate", "rule": {"most": 5}}


class TestRuns:
    def test_they_are_those_of_the_command_line_bit_for_bit(self, server, tmp_path):
        status, job = server.post({"twinning_cost": 0.2, "crises": False}, seeds=3)
        assert status == 202
        assert server.wait(job["number"]) | {"number": 0} == {
            "number": 0,
            "arm": job["arm"],
            "settings": {"twinning_cost": 0.2, "crises": False},
            "seeds": 3,
            "state": "done",
            "done": 24,
            "failed": 0,
            "total": 24,
            "seeds_done": 3,
            "why": "",
        }
        (tmp_path / "saved.toml").write_text(server.ask("api/config.toml")[1], encoding="utf-8")
        command = [sys.executable, "-m", "citysim", "run", "saved.toml", "--out", "results", "--workers", "1"]
        subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, timeout=120)
        assert payload_of([tmp_path / "results"]).data == server.data()

    def test_events_are_those_of_a_config(self, server, tmp_path):
        status, job = server.post({"events": [CRISIS, FOUNDED]})
        assert status == 202
        assert server.wait(job["number"])["state"] == "done"
        (tmp_path / "saved.toml").write_text(server.ask("api/config.toml")[1], encoding="utf-8")
        own = json.loads(str(load_config(tmp_path / "saved.toml").arms[job["arm"]]["events"]))
        assert [(event["kind"], event["at"]) for event in own] == [
            ("crisis", "2024-Q1"),
            ("found", "2024-Q1"),
        ]

    def test_settings_tried_twice_are_one_arm(self, server):
        first = server.post({"twinning_cost": 0.3})[1]
        again = server.post({"twinning_cost": 0.3})[1]
        assert first["arm"] == again["arm"] != ""
        assert server.wait(again["number"])["state"] == "done"

    @pytest.mark.parametrize(
        ("settings", "field", "why"),
        [
            ({"twinning_cost": -1}, "twinning_cost", "found -1, allowed: a number from 0.001 to 20"),
            ({"twinning_cost": "dear"}, "twinning_cost", "found 'dear', allowed: a number from 0.001 to 20"),
            ({"twinning": 3}, "twinning", "found 3, allowed: true or false"),
            ({"twining": True}, "twining", "unknown key, did you mean 'twinning'?"),
            ({"stall": 0.5}, "stall", "is a lever of this experiment"),
            ({}, "", "sets no switch or parameter"),
            ({"events": []}, "", "sets no switch or parameter"),
            ({"events": "war"}, "events", "expected a list of events"),
            ({"events": [{"kind": "war"}]}, "events.0.kind", "found 'war', allowed: join, leave, found"),
            (
                {"events": [CRISIS, {**CRISIS, "at": "2019"}]},
                "events.1.at",
                "found 2019-Q1, the run has 2023-Q1",
            ),
            ({"events": [{**CRISIS, "type": "flood"}]}, "events.0.type", "found 'flood', allowed: climate"),
            (
                {"events": [FOUNDED, {**CRISIS, "cities": ["City 1", "City 999"]}]},
                "events.1.cities",
                "found 'City 999', did you mean",
            ),
            (
                {"events": [{**FOUNDED, "rule": {"most": 1}}]},
                "events.0.rule.most",
                "found 1, must be at least 2",
            ),
        ],
    )
    def test_a_bad_value_is_refused_at_its_field_with_the_reason(self, server, settings, field, why):
        before = len(json.loads(server.ask("api/jobs")[1])["jobs"])
        status, told = server.post(settings)
        assert status == 422
        assert told["faults"][field].startswith(why)
        assert len(json.loads(server.ask("api/jobs")[1])["jobs"]) == before

    @pytest.mark.parametrize("seeds", [0, 257, "many", True, None, 1e9])
    def test_so_is_a_bad_number_of_seeds(self, server, seeds):
        status, told = server.post({"twinning_cost": 0.2}, seeds=seeds)
        assert status == 422
        assert told["faults"]["seeds"].endswith("allowed: 1 to 256")

    def test_a_job_is_cancelled_and_the_next_one_runs(self, server):
        job = server.post({"twinning_cost": 0.7}, seeds=200)[1]
        status, text = server.ask(f"api/jobs/{job['number']}", "DELETE", headers=server.own)
        assert status == 200
        assert json.loads(text)["state"] == "cancelled"
        after = server.post({"twinning_cost": 0.8}, seeds=1)[1]
        assert server.wait(after["number"])["state"] == "done"

    def test_all_of_the_interface_is_described(self, server):
        told = json.loads(server.ask("api/openapi.json")[1])
        routes = {
            "/",
            "/api/jobs",
            "/api/jobs/{number}",
            "/api/payload",
            "/api/config.toml",
            "/api/openapi.json",
        }
        assert set(told["paths"]) == routes
        body = told["paths"]["/api/jobs"]["post"]["requestBody"]["content"]["application/json"]["schema"]
        assert "twinning_cost" in body["properties"]["settings"]["properties"]
        job = json.loads(server.ask("api/jobs")[1])["jobs"][0]
        schema = told["paths"]["/api/jobs"]["get"]["responses"]["200"]["content"]["application/json"][
            "schema"
        ]
        assert set(schema["properties"]["jobs"]["items"]["required"]) == set(job)


class TestOthers:
    @pytest.mark.parametrize(
        ("changed", "status"),
        [
            ({"origin": "http://elsewhere.example"}, 403),
            ({"origin": "null"}, 403),
            ({"x-citysim": "guessed"}, 403),
            ({"x-citysim": "gu\xe9ss\xe9d"}, 403),
            ({"host": "elsewhere.example"}, 421),
            ({"content-type": "text/plain"}, 415),
        ],
    )
    def test_a_page_of_another_origin_changes_nothing(self, server, changed, status):
        found, told = server.ask(
            "api/jobs", "POST", b'{"settings": {"crises": false}}', {**server.own, **changed}
        )
        assert found == status
        assert json.loads(told)["error"]

    def test_no_other_origin_is_let_in_to_read(self, server):
        request = urllib.request.Request(
            server.address + "api/jobs", headers={"origin": "http://elsewhere.example"}
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            assert not [name for name in answer.headers if name.lower().startswith("access-control")]
            assert answer.headers["cross-origin-resource-policy"] == "same-origin"

    @pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"settings": 3}', b"[" * 20000, b"\xff"])
    def test_what_is_no_request_is_told(self, server, body):
        assert server.ask("api/jobs", "POST", body, server.own)[0] == 400

    def test_a_body_that_is_too_large_is_not_read(self, server):
        assert server.ask("api/jobs", "POST", b" " * (LARGEST_BODY + 1), server.own)[0] == 413

    @pytest.mark.parametrize("path", ["nothing", "api/jobs/0", "api/jobs/99999999999999999999", "api/jobs/x"])
    def test_what_is_not_there_is_told(self, server, path):
        assert server.ask(path, "DELETE", headers=server.own)[0] in (404, 405)


def test_too_many_changes_are_refused(tmp_path):
    with running(tmp_path) as server:
        answers = [
            server.ask("api/jobs/99", "DELETE", headers=server.own)[0] for _ in range(MOST_CHANGES + 1)
        ]
        assert answers == [404] * MOST_CHANGES + [429]


def test_beyond_this_machine_a_token_is_asked_for(tmp_path):
    with running(tmp_path, "--host", "0.0.0.0") as server:  # noqa: S104  that is what it is about
        assert len(server.token) >= 32
        assert server.ask("api/jobs")[0] == 401
        assert server.ask("api/jobs?token=guessed")[0] == 401
        assert server.ask(f"api/jobs?token={server.token}")[0] == 200
        assert server.ask("api/jobs", headers={"cookie": f"citysim={server.token}"})[0] == 200
        visitor = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        with visitor.open(f"{server.address}?token={server.token}", timeout=30) as page:
            assert page.url == server.address
            assert "live-knows" in page.read().decode()


def test_ctrl_c_ends_it_and_leaves_nothing(tmp_path):
    with running(tmp_path, "--workers", "2") as server:
        assert server.wait(1)["state"] == "done"
        server.post({"twinning_cost": 0.7}, seeds=200)
        assert list(tmp_path.glob("citysim-explorer-*"))
        assert len(processes_of(tmp_path)) >= 4  # the server, its process, two that run the model
        server.process.send_signal(signal.SIGINT)
        assert server.process.wait(30) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["tried.toml"]
    for _ in range(100):
        if not processes_of(tmp_path):
            break
        time.sleep(0.1)
    assert processes_of(tmp_path) == []


def processes_of(folder: Path) -> list[str]:
    """Processes that were started with this folder for their temporary files."""
    wanted = f"TMPDIR={folder}".encode()
    found = []
    for file in Path("/proc").glob("[0-9]*/environ"):
        with suppress(OSError):
            if wanted in file.read_bytes().split(b"\0"):
                found.append(file.parent.name)
    return found


def test_whoever_waits_for_news_hears_of_them_at_once(tmp_path):
    with running(tmp_path) as server:
        server.wait(1)
        news = json.loads(server.ask("api/jobs")[1])["news"]
        assert json.loads(server.ask(f"api/jobs?after={news}")[1])["news"] == news
        with ThreadPoolExecutor() as pool:
            waiting = pool.submit(server.ask, f"api/jobs?after={news}")
            time.sleep(0.2)
            job = server.post({"twinning_cost": 0.6}, seeds=1)[1]
            told = json.loads(waiting.result()[1])
        assert told["news"] > news
        assert told["jobs"][job["number"] - 1]["arm"] == job["arm"]
        server.wait(job["number"])
        assert json.loads(server.ask("api/jobs?after=nothing")[1])["news"] > told["news"]


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["--live", "nowhere.toml"], "error: nowhere.toml: no such file"),
        (["--live", "--out", "x.html"], "error: --out: not with --live, which writes no file"),
        (["--live", "a", "b"], "error: CONFIG: found 2, expected one at most with --live"),
        (["--live", "--seeds", "0"], "error: --seeds: found 0, allowed: 1 to 256"),
        (["--live", "sensitivity_sobol"], "error: sensitivity_sobol: design.kind: found"),
        ([], "error: DIR: missing, expected a result folder such as results/claim, or --live"),
    ],
)
def test_wrong_arguments_are_one_line(tmp_path, arguments, line):
    command = [*EXPLORE, *arguments]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)
    assert ended.returncode == 2
    assert ended.stderr.startswith(line)
    assert ended.stderr.count("\n") == 1


def test_a_port_in_use_is_told(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        command = [*EXPLORE, "--live", "--port", str(port)]
        ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert ended.stderr == f"error: --host, --port: found 127.0.0.1:{port}: Address already in use\n"


def test_a_saved_config_is_one_that_a_run_takes(tmp_path):
    experiment = experiment_of(None)
    assert experiment.arm({"crisis_rate": 0.1}) == "mine_1"
    (tmp_path / "x.toml").write_text(experiment.text(5), encoding="utf-8")
    config = load_config(tmp_path / "x.toml")
    assert config.arms["mine_1"] == {"twinning": True, "networks": True, "crisis_rate": 0.1}
    assert config.seeds == 5


numbers = st.integers() | st.floats() | st.just(10**400)
values = st.recursive(
    st.none() | st.booleans() | numbers | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(st.sampled_from(["crises", "twinning_cost", "stalled_states", "events", "learning_form", "x"]), values)
@settings(max_examples=60)
def test_whatever_is_sent_is_a_fault_or_a_config(tmp_path_factory, name, value):
    experiment = Experiment(STANDARD)
    try:
        value = json.loads(json.dumps(value))
    except ValueError:
        return
    if experiment.faults({name: value}):
        return
    experiment.arm({name: value})
    file = tmp_path_factory.mktemp("config") / "x.toml"
    with suppress(ConfigError):
        experiment.checked(2, file)


def test_what_is_swept_is_no_field_of_the_panel():
    experiment = Experiment(
        {"name": "x", "arms": {"a": {"twinning": True}}, "design": {"stall": [0]}}, Path()
    )
    assert "stall" not in {field["name"] for field in experiment.fields()}
    assert "twinning_cost" in {field["name"] for field in experiment.fields()}


@pytest.mark.parametrize(("seeds", "stages"), [(1, [1]), (2, [1, 2]), (7, [1, 2, 4, 7])])
def test_answers_come_before_all_replications_are_there(seeds, stages):
    assert stages_of(seeds) == stages


class TestInTheBrowser:
    def test_a_change_runs_and_appears_as_one_more_setting(self, server, open_page):
        page = open_page(server.address)
        before = page.locator("#a-arm option").count()
        page.locator("#live-filter").fill("twinning cost")
        page.locator("#live-twinning_cost").fill("0.45")
        page.locator("#live-seeds").fill("2")
        page.locator("#live-run").click()
        for _ in range(600):
            if (
                page.locator("#a-arm option").count() > before
                and "mine" in page.locator("#answer").inner_text()
            ):
                break
            page.wait_for_timeout(100)
        assert page.locator("#a-arm option:checked").inner_text().startswith("mine")
        assert "twinning_cost = 0.45" in page.locator("#live-jobs").inner_text()
        assert "1 changed" in page.locator("#live-changed").inner_text()
        page.locator("#live-reset").click()
        assert page.locator("#live-changed").inner_text() == ""

    def test_an_event_is_set_by_a_form_and_faults_stand_at_its_fields(self, server, open_page):
        page = open_page(server.address, allowed=("422",))
        page.locator("#live-events summary").click()
        page.locator("#live-event-kind").select_option("crisis")
        page.locator("#live-event-add").click()
        page.locator("#live-event-1-at").fill("2024-Q1 – 2024-Q3")
        page.locator("#live-event-1-type").select_option("climate")
        page.locator("#live-event-1-cities").fill("City 1; City 999")
        page.locator("#live-event-1-severity").fill("0.25")
        page.locator("#live-run").click()
        page.locator("#live-event-1-cities-fault:not(:empty)").wait_for()
        assert "City 999" in page.locator("#live-event-1-cities-fault").inner_text()
        assert page.evaluate("document.activeElement.id") == "live-event-1-cities"
        page.locator("#live-event-1-cities").fill("City 1; City 2")
        page.locator("#live-run").click()
        page.locator("#live-jobs li:first-child", has_text="crisis 2024-Q1–2024-Q3").wait_for()
        job = json.loads(server.ask("api/jobs")[1])["jobs"][-1]
        assert job["settings"]["events"] == [
            {
                "kind": "crisis",
                "type": "climate",
                "at": {"low": "2024-Q1", "high": "2024-Q3"},
                "cities": ["City 1", "City 2"],
                "severity": 0.25,
            }
        ]
        assert server.wait(job["number"])["state"] == "done"
        page.locator("#live-events .event button").click()
        assert page.locator("#live-changed").inner_text() == ""

    def test_axe_finds_nothing(self, server, open_page):
        from axe_playwright_python.sync_playwright import Axe

        page = open_page(server.address)
        page.locator("#live summary").first.click()
        for kind in ("found", "twin"):
            page.locator("#live-event-kind").select_option(kind)
            page.locator("#live-event-add").click()
        found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]})
        assert found.response["violations"] == []


def test_a_bad_value_is_told_at_its_field_on_the_page(server, open_page):
    page = open_page(server.address, allowed=("422",))
    page.locator("#live-filter").fill("twinning cost")
    page.locator("#live-twinning_cost").fill("-3")
    page.locator("#live-run").click()
    page.locator("#fault-twinning_cost:not(:empty)").wait_for()
    assert (
        page.locator("#fault-twinning_cost").inner_text().startswith("found -3, allowed: a number from 0.001")
    )
    assert page.evaluate("document.activeElement.id") == "live-twinning_cost"
    assert page.locator("#live-twinning_cost").get_attribute("aria-invalid") == "true"
