"""What has been submitted to Slurm for a result folder, kept there as ``slurm/submission.json``.

The record is written before anything is submitted, and the array is known by a name of its own that no
other job ever had: not by its id, which starts again where a site has wiped Slurm's state.
"""

import getpass
import shlex
import sys
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from citysim.errors import ResultError
from citysim.execute.executors import slurm_commands as slurm
from citysim.plan.slurm import SlurmConfig
from citysim.store.files import disk_errors, make_folder, write_text
from citysim.store.manifest import from_json, now, to_json

_FOLDER = "slurm"
_LABEL = "slurm"


@dataclass
class Submission:
    """Job arrays of one name. ``design``: digest of the experiment's runs; ``elements``: number of shards.

    ``rounds``: arrays submitted; ``tries``: by shard, how often it was submitted without finishing a run,
    and the runs it then lacked.
    """

    name: str
    cluster: str
    user: str
    started: str
    design: str
    elements: int
    rounds: int = 0
    tries: dict[int, tuple[int, int]] = field(default_factory=dict)

    @classmethod
    def new(cls, title: str, cluster: str, design: str, elements: int) -> "Submission":
        """A submission under a name that no job ever had."""
        name = f"citysim-{title}-{uuid.uuid4().hex[:12]}"
        return cls(name, cluster, getpass.getuser(), now(), design, elements)

    def next_round(self, missing: Mapping[int, int]) -> None:
        """Count a try for each of some shards, by the number of runs it lacks; progress starts anew."""
        self.rounds += 1
        for shard, lacking in missing.items():
            count, before = self.tries.get(shard, (0, 0))
            self.tries[shard] = (count + 1 if lacking >= before else 1, lacking)

    def tried(self, shard: int, lacking: int) -> int:
        """How often a shard has been submitted since it last finished a run."""
        count, before = self.tries.get(shard, (0, 0))
        return count if lacking >= before else 0

    def submit(self, folder: Path, settings: SlurmConfig, shards: Sequence[int], delay: float = 0.0) -> str:
        """Submit some shards as one array, to begin in ``delay`` seconds, and give its job's id.

        Raises ``SlurmError``.
        """
        script = _path(folder, f"{self.name}.sh")
        write_text(script, _LABEL, _script(folder, settings, self.elements))
        self.write(folder)
        # In a pattern of Slurm's, a percent sign is written twice.
        log = str(_path(folder, self._log("%a"))).replace("%", "%%").replace("%%a", "%a")
        options = [
            *("--requeue", "--ntasks=1", f"--cpus-per-task={settings.cpus}", f"--job-name={self.name}"),
            *("--open-mode=append", f"--output={log}", f"--chdir={folder}"),
        ]
        wanted = {"partition": settings.partition, "account": settings.account}
        wanted |= {"time": settings.time, "mem": settings.memory}
        wanted |= {"begin": f"now+{round(delay)}" if delay else None}
        options += [f"--{name}={value}" for name, value in wanted.items() if value is not None]
        return slurm.submit(options, shards, settings.at_once, script)

    def _log(self, shard: object) -> str:
        return f"{self.name.rpartition('-')[2]}-attempt{self.rounds}-{shard}of{self.elements}.log"

    def last_line(self, folder: Path, shard: int) -> str:
        """The last line of the newest log of a shard's elements, shortened; empty where there is none."""
        pattern = f"{self.name.rpartition('-')[2]}-attempt*-{shard}of{self.elements}.log"
        logs = sorted((folder / _FOLDER).glob(pattern), key=lambda path: path.stat().st_mtime)
        for path in reversed(logs):
            lines = path.read_bytes()[-4000:].decode(errors="replace").split("\n")
            said = [line.strip() for line in lines if line.strip()]
            if said:
                return said[-1][:300]
        return ""

    def write(self, folder: Path) -> None:
        """Keep the record in the folder."""
        write_text(_path(folder, "submission.json"), _LABEL, to_json(asdict(self)))

    def forget(self, folder: Path) -> None:
        """Delete the record: nothing of it waits or runs any more."""
        path = _path(folder, "submission.json")
        with disk_errors(path, "cannot be deleted"):
            path.unlink(missing_ok=True)


def read_submission(folder: Path) -> Submission | None:
    """The record in a folder. Raises ``ResultError`` where it is damaged."""
    path = _path(folder, "submission.json", make=False)
    if not path.is_file():
        return None
    with disk_errors(path, "cannot be read"):
        data = path.read_bytes()
    try:
        found = from_json(data)
        found.pop("checksum", None)  # those of earlier versions had none
        found["tries"] = {int(shard): (int(a), int(b)) for shard, (a, b) in found["tries"].items()}
        return Submission(**found)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise ResultError(
            f"{path}: damaged; see that no job of the folder is in the queue (squeue --me), then delete it"
        ) from None


def _path(folder: Path, name: str, *, make: bool = True) -> Path:
    if make:
        make_folder(folder / _FOLDER)
    return folder / _FOLDER / name


def _script(folder: Path, settings: SlurmConfig, elements: int) -> str:
    command = [sys.executable, "-m", "citysim", "run", str(folder / "config.toml"), "--out", str(folder)]
    directives = [f"#SBATCH {line}" for line in settings.directives]
    # exec: the signals of Slurm go to citysim, which writes what is finished.
    lines = [
        "#!/bin/sh",
        *directives,
        f"exec {shlex.join(command)} --executor local \\",
        f'  --workers "${{SLURM_CPUS_PER_TASK:-1}}" --shard "$SLURM_ARRAY_TASK_ID/{elements}"',
    ]
    return "\n".join(lines) + "\n"
