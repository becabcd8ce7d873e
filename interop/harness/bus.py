"""A D-Bus of a suite's own, and Avahi on it, for peers that do not start without."""

import contextlib
import os
import shutil
import subprocess
import time

from harness.report import Skip

BUS = """<busconfig><type>system</type><listen>unix:path={}</listen><auth>EXTERNAL</auth>
<policy context="default"><allow user="*"/><allow own="*"/><allow send_destination="*"/><allow receive_sender="*"/></policy></busconfig>"""
AVAHI = "[server]\nuse-ipv6=no\nenable-dbus=yes\n[rlimits]\nrlimit-nproc=\n"
PATIENCE = 15  # seconds to start


@contextlib.contextmanager
def with_avahi(work):
    """The environment of programs that are to find it. Nobody else hears it: it is in a network of its own."""
    for tool, package in (("avahi-daemon", "avahi-daemon"), ("dbus-daemon", "dbus"), ("unshare", "util-linux")):
        if not shutil.which(tool, path="/usr/sbin:/usr/bin:/sbin:/bin"):
            raise Skip(f"{tool} is not installed (package {package})")
    if os.geteuid() != 0:
        raise Skip("avahi-daemon in a network of its own needs root")
    (work / "bus.conf").write_text(BUS.format(work / "bus"))
    (work / "avahi.conf").write_text(AVAHI)
    environment = dict(os.environ, DBUS_SYSTEM_BUS_ADDRESS=f"unix:path={work / 'bus'}")
    avahi = ["avahi-daemon", "--no-drop-root", "--no-chroot", "--no-rlimits", "-f", str(work / "avahi.conf")]
    alone = ["unshare", "--net", "--mount", "sh", "-c", 'mount -t tmpfs tmpfs /run && exec "$@"', "sh", *avahi]
    started = []
    try:
        with open(work / "avahi.log", "wb") as log:
            for command in (["dbus-daemon", "--nofork", f"--config-file={work / 'bus.conf'}"], alone):
                started.append(subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment))
                deadline = time.monotonic() + PATIENCE
                while not (work / "bus").exists() and time.monotonic() < deadline:
                    time.sleep(0.05)
        while "Server startup complete" not in (work / "avahi.log").read_text(errors="replace"):
            if time.monotonic() > deadline or started[-1].poll() is not None:
                raise Skip(f"avahi-daemon does not start here: {(work / 'avahi.log').read_text(errors='replace')[-200:]}")
            time.sleep(0.05)
        yield environment
    finally:
        for process in reversed(started):
            process.kill()
            process.wait()
