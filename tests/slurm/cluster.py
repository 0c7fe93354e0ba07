"""A Slurm of one node on this machine: started without systemd, gone without a trace.

    python tests/slurm/cluster.py start /tmp/slurm     # prints what to set in the shell
    python tests/slurm/cluster.py stop /tmp/slurm

Needs the Debian packages slurmctld, slurmd, munge and slurm-client. Everything, key, sockets, state and
logs, is in one folder; ports are free ones of the loopback; several clusters may run side by side.
"""

import getpass
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "squeue", "scancel", "scontrol")
_PATH = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])
_CONF = """
ClusterName=citysim
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller}
SlurmdPort={node}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SwitchType=switch/none
MpiDefault=none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SchedulerParameters=batch_sched_delay=0,sched_interval=1,sched_min_interval=10000
KillWait=5
MinJobAge=300
ReturnToService=2
SlurmdParameters=config_overrides
NodeName={host} NodeAddr=127.0.0.1 CPUs={cpus} RealMemory=8000 State=UNKNOWN
PartitionName=main Nodes={host} Default=YES MaxTime=60 State=UP
"""


def missing() -> list[str]:
    """Programs of Slurm that this machine does not have."""
    return [name for name in PROGRAMS if not shutil.which(name, path=_PATH)]


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [int(each.getsockname()[1]) for each in sockets]
    finally:
        for each in sockets:
            each.close()


class Cluster:
    """A controller and one node with ``cpus`` processors, in ``folder``.

    The path of the folder is short: a socket's may have 107 characters.
    """

    def __init__(self, folder: Path, cpus: int = 4) -> None:
        self.folder = folder
        self.cpus = cpus
        self.conf = folder / "slurm.conf"

    @property
    def environment(self) -> dict[str, str]:
        """What programs that talk to this cluster need."""
        return {"SLURM_CONF": str(self.conf), "PATH": _PATH}

    def start(self) -> None:
        """Start munge, controller and node, and wait until the node takes jobs."""
        for name in ("", "state", "spool"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        self._start_munge()
        if not self.conf.exists():
            controller, node = _free_ports(2)
            host = socket.gethostname().partition(".")[0]
            text = _CONF.format(
                host=host,
                controller=controller,
                node=node,
                user=getpass.getuser(),
                folder=self.folder,
                cpus=self.cpus,
            )
            self.conf.write_text(text, encoding="utf-8")
        self.run("slurmctld")
        self.run("slurmd")
        self.wait_until_idle()

    def _start_munge(self) -> None:
        key = self.folder / "munge.key"
        if not key.exists():
            key.touch(0o600)
            key.write_bytes(os.urandom(128))
        files = {
            "key-file": key,
            "socket": self.folder / "munge.socket",
            "pid-file": self.folder / "munged.pid",
            "log-file": self.folder / "munged.log",
            "seed-file": self.folder / "munged.seed",
        }
        # A folder below /tmp is too open for its taste: --force.
        self.run("munged", "--force", *(f"--{name}={path}" for name, path in files.items()))

    def run(self, *command: str) -> str:
        """Output of a program that talks to this cluster. Raises ``RuntimeError`` with what went wrong."""
        environment = os.environ | self.environment
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"{command[0]}: {done.stderr.strip() or done.stdout.strip()}")
        return done.stdout

    def wait_until_idle(self, seconds: float = 30.0) -> None:
        """Wait until the node takes jobs."""
        until = time.monotonic() + seconds
        while True:
            try:
                if self.run("sinfo", "--noheader", "--format=%t").strip() in ("idle", "mix", "alloc"):
                    return
            except RuntimeError:
                if time.monotonic() > until:
                    raise
            if time.monotonic() > until:
                raise RuntimeError(f"no node after {seconds:g} s; see {self.folder}/slurmd.log")
            time.sleep(0.05)

    def control(self, *arguments: str) -> str:
        """Output of ``scontrol``."""
        return self.run("scontrol", *arguments)

    def pids(self) -> list[int]:
        """Daemons that run, the node first."""
        found = []
        for name in ("slurmd", "slurmctld", "munged"):
            path = self.folder / f"{name}.pid"
            with suppress(OSError, ValueError):  # it has ended, or is just writing its number
                found.append(int(path.read_text()))
        return found

    def cancel_all(self) -> None:
        """End all jobs."""
        self.run("scancel", f"--user={getpass.getuser()}")

    def stop_daemon(self, name: str) -> None:
        """End one of ``slurmd``, ``slurmctld`` and ``munged``."""
        pid = int((self.folder / f"{name}.pid").read_text())
        _signal([pid], signal.SIGTERM)
        if not _gone([pid], 10.0):
            raise RuntimeError(f"{name} does not end")

    def stop(self) -> None:
        """End all jobs and daemons."""
        with suppress(RuntimeError):  # the controller is gone already
            self.cancel_all()
            until = time.monotonic() + 10
            while self.run("squeue", "--noheader") and time.monotonic() < until:
                time.sleep(0.1)
        for name in (signal.SIGTERM, signal.SIGKILL):
            _signal(self.pids(), name)
            if _gone(self.pids(), 10.0):
                return

    def wipe(self) -> None:
        """Forget all jobs, as after a reinstallation: ids start at 1 again."""
        self.stop()
        for name in ("state", "spool"):
            shutil.rmtree(self.folder / name)
        self.start()


def _signal(pids: Iterable[int], number: signal.Signals) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def _gone(pids: list[int], seconds: float) -> bool:
    until = time.monotonic() + seconds
    while any(Path(f"/proc/{pid}").exists() for pid in pids):
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


def main(arguments: list[str]) -> int:
    """Start or stop a cluster from the shell."""
    if len(arguments) != 2 or arguments[0] not in ("start", "stop"):
        sys.stderr.write(f"{__doc__}\n")
        return 2
    if missing():
        names = ", ".join(missing())
        sys.stderr.write(f"not found: {names}; apt install slurmctld slurmd munge slurm-client\n")
        return 2
    cluster = Cluster(Path(arguments[1]).absolute())
    if arguments[0] == "stop":
        cluster.stop()
    else:
        cluster.start()
        sys.stdout.write(f"export SLURM_CONF={cluster.conf}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
