"""What goes into the page: whole, small, from known libraries; what it cannot show is said in one line."""

import gzip
import hashlib
import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from small_results import CONFIG, made

from citysim.errors import ResultError
from citysim.explorer import write_explorer
from citysim.explorer.packing import _BITS, _LETTERS, Pack, step_for, written
from citysim.explorer.words import STRINGS, strings

FOLDER = Path(__file__).parents[2] / "src" / "citysim" / "explorer"
MODULES = sorted((FOLDER / "page").glob("*.js"))


def read_back(text: str) -> bytes:
    """The bytes that ``written`` has made a text of."""
    place = np.zeros(128, int)
    place[_LETTERS] = np.arange(len(_LETTERS))
    high, low = place[np.frombuffer(text.encode("ascii"), np.uint8)].reshape(-1, 2).T
    number = (high * len(_LETTERS) + low)[:, np.newaxis]
    data = np.packbits((number >> np.arange(_BITS - 1, -1, -1)) & 1).tobytes()
    return data[4 : 4 + int.from_bytes(data[:4], "little")]


def records(page: Path) -> dict:
    """The records of a page."""
    text = re.search(r'id="payload">([^<]*)<', page.read_text(encoding="utf-8")).group(1)
    whole = gzip.decompress(read_back(text))
    return json.loads(whole[4 : 4 + int.from_bytes(whole[:4], "little")])


def test_libraries_of_others_are_those_of_the_manifest():
    told = json.loads((FOLDER / "vendor" / "manifest.json").read_text(encoding="utf-8"))
    files = {path.name for path in (FOLDER / "vendor").iterdir()} - {"manifest.json"}
    assert files == {entry[name] for entry in told for name in ("file", "licence_file")}
    for entry in told:
        data = (FOLDER / "vendor" / entry["file"]).read_bytes()
        assert hashlib.sha256(data).hexdigest() == entry["sha256"]
        assert entry["version"] in data.decode()[:200]
        assert entry["source"].endswith(f"{entry['package']}-{entry['version']}.tgz")


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.name)
def test_modules_are_short_and_their_words_are_in_the_dictionary(module):
    text = module.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 400
    assert text.startswith("//")
    assert set(re.findall(r'\bt\("([\w.]+)"[,)]', text)) <= STRINGS.keys()


def test_every_string_is_used():
    text = "".join(path.read_text(encoding="utf-8") for path in (FOLDER / "page").iterdir())
    text += "".join(
        path.read_text(encoding="utf-8") for path in FOLDER.rglob("*.py") if path.name != "words.py"
    )
    families = (
        "lever.",
        "setting.",
        "view.",
        "numbers.",
        "shares.",
        "outcome.",
        "live.state.",
        "live.group.",
    )
    unused = [key for key in strings() if f'"{key}"' not in text and not key.startswith(families)]
    assert [key for key in unused if key not in ("a", "b")] == []


finite = st.floats(-1e6, 1e6, width=32)


@given(arrays.arrays(np.float64, (3, 4, 5), elements=finite | st.just(np.nan)), st.integers(10, 2000))
def test_a_step_is_round_and_no_coarser_than_asked(values, steps):
    step = step_for(values, steps)
    known = values[np.isfinite(values)]
    if known.size and np.ptp(known) > 0 and np.abs(known).max() / np.ptp(known) < 10:
        assert np.ptp(known) / step >= steps * (1 - 1e-6)
    assert float(f"{step:.0e}") == pytest.approx(step)
    if known.size:
        assert np.abs(known).max() / step <= 32001


@given(st.binary(max_size=300))
def test_bytes_come_back_from_a_text_that_html_leaves_alone(data):
    text = written(data)
    assert read_back(text) == data
    assert re.fullmatch(r"[!#-%'-;=-~]*", text)


def test_equal_results_give_equal_pages(small, tmp_path):
    one = write_explorer([small], tmp_path / "one.html").read_bytes()
    assert one == write_explorer([small], tmp_path / "two.html").read_bytes()


def test_without_cities_it_says_how_to_record_them(tmp_path):
    folder = made(tmp_path, CONFIG.replace("cities = true", "cities = false"))
    told = records(write_explorer([folder], tmp_path / "page.html"))["experiments"][0]
    assert told["cities"] is None
    assert told["record"]["cities"] == "citysim run CONFIG --set record.cities=true --out FOLDER"


def test_several_experiments_share_a_world(small, tmp_path):
    other = made(tmp_path, CONFIG.replace('"small"', '"other"').replace("seeds = 6", "seeds = 2"))
    told = records(write_explorer([small, other], tmp_path / "page.html"))
    assert [found["name"] for found in told["experiments"]] == ["small", "other"]
    assert len(told["worlds"]) == 1


def test_an_experiment_given_twice_is_refused(small, tmp_path):
    with pytest.raises(ResultError, match="name: found 'small' twice"):
        write_explorer([small, small], tmp_path / "page.html")


def test_a_sampled_design_is_refused(tmp_path):
    sampled = CONFIG.replace(
        "[design]\nstall = [0.0, 0.5, 1.0]",
        '[design]\nkind = "latin_hypercube"\nsamples = 4\nstall = {low = 0.0, high = 1.0}',
    )
    folder = made(tmp_path, sampled)
    with pytest.raises(ResultError, match=r"\[design\] kind: found 'latin_hypercube', the explorer takes"):
        write_explorer([folder], tmp_path / "page.html")


def test_a_folder_without_results_is_one_line(tmp_path):
    command = [sys.executable, "-m", "citysim", "explore", str(tmp_path)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert ended.returncode == 2
    assert ended.stderr == f"error: {tmp_path}: not a result folder of citysim (no design.parquet)\n"


@pytest.mark.parametrize("quick", [False, True])
def test_numbers_and_records_come_back(quick):
    pack = Pack()
    whole = pack.whole(np.arange(3))
    text = gzip.decompress(read_back(written(pack.data({"of": whole}, quick=quick))))
    length = int.from_bytes(text[:4], "little")
    assert json.loads(text[4 : 4 + length]) == {"of": {"at": 0, "shape": [3], "kind": "i32"}}
    assert np.frombuffer(text[4 + length :], "<i4").tolist() == [0, 1, 2]


def test_an_arm_without_cooperation_alone_is_said_to_be_it(tmp_path):
    other = CONFIG.replace("[arms.none]\ntwinning = false\n", "[arms.few]\n").replace('"small"', '"few"')
    told = records(write_explorer([made(tmp_path, other)], tmp_path / "page.html"))["experiments"][0]
    assert told["reference"] == "few"
    assert STRINGS["answer.reference"] not in {found["answer"] for found in told["answers"]}
