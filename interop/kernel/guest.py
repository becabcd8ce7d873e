"""Runs inside the guest kernel: mounts the share once per form and runs the checks on each mount."""

import json
import os
import subprocess
import sys

import checks

MOUNT = "/mnt/share"


def main():
    with open("/job/plan.json") as file:
        plan = json.load(file)
    subprocess.run(["modprobe", "cifs"], check=True)
    with open("/run/login", "w") as file:
        file.write(f"username={plan['user']}\npassword={plan['password']}\n")
    for version, protection in plan["mounts"]:
        one_mount(plan, version, protection)


def one_mount(plan, version, protection):
    label = f"{version}-{protection}"
    options = f"port={plan['port']},vers={version},credentials=/run/login"
    if protection != "plain":
        options += "," + protection
    command = ["mount.cifs", f"//{plan['host']}/{plan['share']}", MOUNT, "-o", options]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    except subprocess.TimeoutExpired:
        done = None
    if done is None or done.returncode:
        why = "timed out" if done is None else (done.stderr or done.stdout).strip().splitlines()[:1]
        print(f"FAIL {label}/mount {why}", flush=True)
        return
    print(f"ok {label}/mount", flush=True)
    judge_protection(label, protection)
    checks.run(MOUNT, label, plan["only"])
    done = subprocess.run(["umount", MOUNT], capture_output=True, text=True)
    print(f"FAIL {label}/umount {done.stderr}" if done.returncode else f"ok {label}/umount", flush=True)
    if done.returncode:
        subprocess.run(["umount", "-l", MOUNT], check=False)


def judge_protection(label, protection):
    """The kernel's own word on what the session does."""
    if protection == "plain":
        return
    with open("/proc/fs/cifs/DebugData") as file:
        text = file.read()
    wanted = {"sign": "signed", "seal": "Encrypted"}[protection]
    print(f"ok {label}/{wanted}" if wanted in text else f"FAIL {label}/{wanted} {' '.join(text.split())}", flush=True)


if __name__ == "__main__":
    os.umask(0o022)
    sys.exit(main())
