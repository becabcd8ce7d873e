#!/usr/bin/python3
"""The Linux kernel's own client with the SMB3 POSIX extensions, and smbclient, which has none, beside it.

The reference of this machine has no such extensions: what is asked for here is what POSIX says."""

import pathlib
import subprocess
import sys

INTEROP = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(INTEROP), str(INTEROP / "kernel")]

import machine  # noqa: E402
import network  # noqa: E402
from harness.servers import Profile  # noqa: E402
from harness.target import Suite  # noqa: E402


def prepare(directory):
    """What the client cannot make itself."""
    place = pathlib.Path(directory) / "prepared"
    place.mkdir()
    (place / "target").write_bytes(b"behind the link")
    (place / "link").symlink_to("target")
    (place / "dangling").symlink_to("nowhere")
    (place / "way").symlink_to(".")


def beside(suite, server):
    """What a client without the extensions finds of such names."""
    place = pathlib.Path(server.directory) / "beside"
    place.mkdir()
    for name in ("a:b", "case", "CASE"):
        (place / name).write_bytes(name.encode())
    command = ["smbclient", f"//{server.host}/{server.share}", "-p", str(server.port), "-m", "SMB3_11"]
    command += ["-U", f"{server.user}%{server.password}", "-c", "cd beside; ls; get CASE /dev/stdout"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    names = {line.split()[0] for line in done.stdout.splitlines() if line.startswith("  ")}
    good = {"a\uf022b", "case", "CASE"} <= names
    (suite.report.ok if good else suite.report.fail)("smbclient/names", "" if good else done.stdout + done.stderr)


def main():
    suite = Suite(__doc__)
    why = machine.missing()
    if why:
        suite.report.skip("posix", why)
        suite.leave()
    if suite.arguments.against == "samba":
        suite.report.skip("posix", "this reference has no POSIX extensions")
        suite.leave()
    with suite.server(Profile(posix=True)) as server, network.Namespace() as namespace:
        prepare(server.directory)
        beside(suite, server)
        plan = dict(
            host=namespace.host(0),
            port=namespace.forward(server.host, server.port),
            user=server.user,
            password=server.password,
            share=server.share,
            mounts=[("plain", ""), ("seal", ""), ("plain", "modefromsid")],
            only=suite.arguments.only,
        )
        guest = machine.Machine(namespace, suite.work / "job")
        guest.start("posix_guest.py", plan, ["checks.py", "posix_checks.py", "form.py"])
        try:
            for line in guest.lines(400):
                verdict, _, rest = line.partition(" ")
                name, _, detail = rest.partition(" ")
                tell = {"ok": suite.report.ok, "FAIL": suite.report.fail, "skip": suite.report.skip}.get(verdict)
                if tell is None:
                    print("   " + line, flush=True)
                else:
                    tell(f"kernel/{name}", detail)
        finally:
            guest.stop()
        if guest.trouble():
            suite.report.fail("kernel/guest", guest.trouble())
    suite.leave()


if __name__ == "__main__":
    main()
