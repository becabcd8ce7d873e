#!/usr/bin/python3
"""The Linux kernel's own client, run as a user-mode kernel, judged by what the reference lets it do.

`kernel/reference.csv` holds the reference's verdicts; `--record` writes it anew from a run against samba.
"""

import csv
import json
import os
import pathlib
import shutil
import subprocess
import sys
import time

INTEROP = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(INTEROP), str(INTEROP / "kernel")]

import network  # noqa: E402
from harness.target import Suite  # noqa: E402

KERNEL = "/usr/bin/linux.uml"
MODULES = "/usr/lib/uml/modules"
REFERENCE = INTEROP / "kernel" / "reference.csv"
EVERY = [(version, protection) for version in ("2.0", "2.1", "3.0", "3.0.2", "3.1.1") for protection in ("plain", "sign")]
EVERY += [(version, "seal") for version in ("3.0", "3.0.2", "3.1.1")]
SHORT = [("2.0", "plain"), ("2.1", "plain"), ("2.1", "sign"), ("3.0", "seal"), ("3.0.2", "seal")]
SHORT += [("3.1.1", "plain"), ("3.1.1", "sign"), ("3.1.1", "seal")]


def options(parser):
    parser.add_argument("--all", action="store_true", help="every dialect and protection, not the short list")
    parser.add_argument("--mount", action="append", help="one mount such as 3.1.1-seal")
    parser.add_argument("--record", action="store_true", help="write the verdicts as the reference's")


def missing():
    if os.geteuid() != 0:
        return "needs root for a network namespace"
    for path, package in ((KERNEL, "user-mode-linux"), ("/usr/sbin/mount.cifs", "cifs-utils"), ("/bin/busybox", "busybox-static")):
        if not os.path.exists(path):
            return f"{path} is not installed (package {package})"
    if shutil.which("ip") is None:
        return "ip is not installed (package iproute2)"
    return None


def boot(suite, job, namespace, seconds):
    """Boots a guest that runs `job`/guest.py; yields the lines of its log as they come."""
    command = ["ip", "netns", "exec", namespace.name, KERNEL, "mem=512M", "root=/dev/root", "rootfstype=hostfs"]
    command += ["rootflags=/", "ro", "con=null", "con0=null,fd:1", "quiet", f"init={job}/init"]
    command += [f"vec0:transport=tap,ifname={network.TAP},depth=64,gro=1,mac=02:77:00:00:00:02"]
    command += [f"job={job}", f"modules={MODULES}", f"address={network.GUEST}"]
    with open(job / "console", "wb") as console:
        guest = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=console, stderr=console, start_new_session=True)
    try:
        yield from follow(guest, job / "log", time.monotonic() + seconds)
    finally:
        if guest.poll() is None:
            os.killpg(guest.pid, 9)
            guest.wait()
    if not (job / "status").exists():
        suite.report.fail("kernel/guest", f"ended early: {(job / 'console').read_text(errors='replace')[-300:]}")
    elif (job / "status").read_text().strip() != "0":
        suite.report.fail("kernel/guest", f"its script failed: {(job / 'log').read_text()[-300:]}")


def follow(guest, log, deadline):
    position, rest = 0, ""
    while True:
        ended = guest.poll() is not None or time.monotonic() > deadline
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


class Judge:
    """Compares each verdict with the reference's: what passes there must pass here."""

    def __init__(self, suite):
        self.suite, self.seen = suite, []
        self.plain = suite.arguments.against == "samba"
        self.reference = {}
        if not self.plain and REFERENCE.exists():
            with open(REFERENCE, newline="") as file:
                self.reference = {row["check"]: row["verdict"] for row in csv.DictReader(file)}

    def line(self, text):
        verdict, _, rest = text.partition(" ")
        name, _, detail = rest.partition(" ")
        if verdict not in ("ok", "FAIL", "skip"):
            print("   " + text, flush=True)
            return
        self.seen.append((name, verdict))
        report, label = self.suite.report, f"kernel/{name}"
        there = verdict if self.plain else self.reference.get(name, "ok")
        if verdict == "ok":
            report.ok(label, detail)
        elif verdict == "FAIL" and there == "ok" or self.plain and verdict == "FAIL":
            report.fail(label, detail)
        elif there == "ok":
            report.fail(label, f"skipped, but the reference passes: {detail}")
        else:
            report.skip(label, f"{detail} (the reference: {there})")

    def record(self):
        with open(REFERENCE, "w", newline="") as file:
            rows = csv.writer(file, lineterminator="\n")
            rows.writerow(["check", "verdict"])
            rows.writerows(self.seen)


def main():
    suite = Suite(__doc__, options)
    why = missing()
    if why:
        suite.report.skip("kernel", why)
        suite.leave()
    mounts = EVERY if suite.arguments.all else SHORT
    if suite.arguments.mount:
        mounts = [mount.rsplit("-", 1) for mount in suite.arguments.mount]
    judge = Judge(suite)
    with suite.server() as server, network.Namespace() as namespace:
        job = suite.work / "job"
        job.mkdir()
        for name in ("init", "guest.py", "checks.py"):
            shutil.copy(INTEROP / "kernel" / name, job)
        os.chmod(job / "init", 0o755)
        plan = dict(
            host=network.HOST,
            port=namespace.forward(server.host, server.port),
            user=server.user,
            password=server.password,
            share=server.share,
            mounts=mounts,
            only=suite.arguments.only,
        )
        (job / "plan.json").write_text(json.dumps(plan))
        for line in boot(suite, job, namespace, 60 + 90 * len(mounts)):
            judge.line(line)
    if suite.arguments.record:
        judge.record()
    suite.leave()


if __name__ == "__main__":
    main()
