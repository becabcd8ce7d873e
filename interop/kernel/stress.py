"""Runs inside a guest kernel: stress-ng's stressors of file systems, one at a time, in a directory of the share."""

import os
import shutil
import subprocess
import time

import form


def one(name, directory, seconds):
    os.makedirs(directory, exist_ok=True)
    command = ["stress-ng", f"--{name}", "2", "--timeout", str(seconds), "--verify", "--temp-path", directory]
    command += ["--oomable", "--log-brief"]
    started = time.monotonic()
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 60)
    except subprocess.TimeoutExpired:
        print(f"FAIL {name} still there after {seconds + 60} s", flush=True)
        return
    text = " ".join((done.stdout + done.stderr).split())
    took = f"{time.monotonic() - started:.0f}s"
    skipped = "skipping stress test" in text or done.returncode in (3, 4)  # no resource, or not implemented here
    if done.returncode == 0 and not skipped:
        print(f"ok {name} {took}", flush=True)
    elif skipped:
        print(f"skip {name} {text[-160:]}", flush=True)
    else:
        print(f"FAIL {name} exit {done.returncode}: {text[-240:]}", flush=True)
    shutil.rmtree(directory, ignore_errors=True)


def main():
    plan = form.plan()
    form.prepare(plan)
    why = form.mount(plan, plan["version"], "plain")
    if why:
        print(f"FAIL mount {why}", flush=True)
        return
    for name in plan["stressors"]:
        one(name, f"{form.MOUNT}/stress-{name}", plan["seconds"])
    why = form.unmount()
    print(f"FAIL umount {why}" if why else "ok umount", flush=True)


if __name__ == "__main__":
    main()
