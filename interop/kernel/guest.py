"""Runs inside the guest kernel: mounts the share once per form and runs the checks on each mount."""

import os
import sys

import checks
import form


def main():
    plan = form.plan()
    form.prepare(plan)
    for version, protection in plan["mounts"]:
        one_mount(plan, version, protection)


def one_mount(plan, version, protection):
    label = f"{version}-{protection}"
    why = form.mount(plan, version, protection)
    if why:
        print(f"FAIL {label}/mount {why}", flush=True)
        return
    print(f"ok {label}/mount", flush=True)
    judge_protection(label, protection)
    checks.run(form.MOUNT, label, plan["only"])
    why = form.unmount()
    print(f"FAIL {label}/umount {why}" if why else f"ok {label}/umount", flush=True)


def judge_protection(label, protection):
    """The kernel's own word on what the session does."""
    wanted = {"sign": "signed", "seal": "Encrypted"}.get(protection)
    if wanted is None:
        return
    with open("/proc/fs/cifs/DebugData") as file:
        text = file.read()
    print(f"ok {label}/{wanted}" if wanted in text else f"FAIL {label}/{wanted} {' '.join(text.split())}", flush=True)


if __name__ == "__main__":
    os.umask(0o022)
    sys.exit(main())
