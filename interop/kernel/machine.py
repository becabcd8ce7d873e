"""A guest kernel (user-mode Linux) with the cifs client, and the programs of this directory inside it."""

import json
import os
import pathlib
import pickle
import shutil
import subprocess
import time

KERNEL = "/usr/bin/linux.uml"
MODULES = "/usr/lib/uml/modules"
HERE = pathlib.Path(__file__).resolve().parent
PEERS = ((KERNEL, "user-mode-linux"), ("/usr/sbin/mount.cifs", "cifs-utils"), ("/bin/busybox", "busybox-static"))


def missing():
    """Why no guest can run here, or None."""
    if os.geteuid() != 0:
        return "needs root for a network namespace"
    for path, package in PEERS:
        if not os.path.exists(path):
            return f"{path} is not installed (package {package})"
    if shutil.which("ip") is None:
        return "ip is not installed (package iproute2)"
    return None


class Machine:
    """A guest on one tap of a namespace. It runs `program` with `plan`, and ends with it."""

    def __init__(self, namespace, job, number=0):
        self.namespace, self.job, self.number = namespace, pathlib.Path(job), number
        self.host = namespace.host(number)
        self.guest = None

    def start(self, program, plan, also=()):
        self.job.mkdir()
        shutil.copy(HERE / "init", self.job)
        shutil.copy(HERE / program, self.job / "guest.py")
        for name in also:
            shutil.copy(HERE / name, self.job)
        os.chmod(self.job / "init", 0o755)
        (self.job / "plan.json").write_text(json.dumps(plan))
        tap, address = self.namespace.tap(self.number), self.namespace.guest(self.number)
        command = ["ip", "netns", "exec", self.namespace.name, KERNEL, "mem=512M", "root=/dev/root"]
        command += ["rootfstype=hostfs", "rootflags=/", "ro", "con=null", "con0=null,fd:1", "quiet"]
        command += [f"init={self.job}/init", f"job={self.job}", f"modules={MODULES}", f"address={address}"]
        command += [f"vec0:transport=tap,ifname={tap},depth=64,gro=1,mac=02:77:00:00:00:{self.number + 2:02}"]
        with open(self.job / "console", "wb") as console:
            self.guest = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=console, stderr=console, start_new_session=True
            )
        return self

    def lines(self, seconds):
        """The lines its program prints, as they come, until it ends or the time is up."""
        deadline, position, rest = time.monotonic() + seconds, 0, ""
        log = self.job / "log"
        while True:
            ended = self.guest.poll() is not None or time.monotonic() > deadline
            if log.exists():
                with open(log, errors="replace") as file:
                    file.seek(position)
                    rest += file.read()
                    position = file.tell()
                *lines, rest = rest.split("\n")
                yield from lines
            if ended:
                return
            time.sleep(0.2)

    def stop(self):
        if self.guest and self.guest.poll() is None:
            os.killpg(self.guest.pid, 9)
            self.guest.wait()

    def trouble(self):
        """What went wrong with the guest itself, or None."""
        if not (self.job / "status").exists():
            return f"ended early: {(self.job / 'console').read_text(errors='replace')[-300:]}"
        if (self.job / "status").read_text().strip() != "0":
            return f"its script failed: {(self.job / 'log').read_text(errors='replace')[-300:]}"
        return None


class Lost(Exception):
    """A guest that does not answer."""


class Agent:
    """A guest that does what it is told, call by call: `agent("os.pread", handle, 4, 0)`."""

    def __init__(self, machine, plan):
        self.machine, self.number = machine.start("agent.py", plan, ["form.py"]), 0

    def __call__(self, name, *arguments, seconds=60):
        return self.wait(self.ask(name, *arguments), seconds)

    def ask(self, name, *arguments):
        """Sends a call without waiting for its end."""
        self.number += 1
        place = self.machine.job / f"request-{self.number}"
        place.with_suffix(".new").write_bytes(pickle.dumps((name, arguments)))
        place.with_suffix(".new").rename(place)
        return self.number

    def done(self, number):
        return (self.machine.job / f"reply-{number}").exists()

    def wait(self, number, seconds=60):
        """The result of a call, or the exception it ended with."""
        reply = self.machine.job / f"reply-{number}"
        deadline = time.monotonic() + seconds
        while not reply.exists():
            if self.machine.guest.poll() is not None:
                raise Lost(self.machine.trouble() or "the guest has ended")
            if time.monotonic() > deadline:
                raise Lost(f"no answer to call {number} after {seconds} s")
            time.sleep(0.005)
        good, value = pickle.loads(reply.read_bytes())
        if not good:
            raise value
        return value

    def stop(self):
        self.machine.stop()
