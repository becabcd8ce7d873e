"""Runs inside the guest kernel: mounts the share with the POSIX extensions and runs all checks on it."""

import os
import sys

import checks
import form
import posix_checks


def main():
    plan = form.plan()
    form.prepare(plan)
    os.umask(0)
    # What a mount without them may not be able to do has checks of its own here.
    replaced = {check.__name__ for check in posix_checks.ALL} | {"rename_letter_case", "read_only_mode"}
    others = [check for check in checks.ALL if check.__name__ not in replaced]
    for protection, more in plan["mounts"]:
        label = f"posix-{more or protection}"
        why = form.mount(plan, "3.1.1", protection, f",posix,{more}" if more else ",posix")
        if why:
            print(f"FAIL {label}/mount {why}", flush=True)
            continue
        with open("/proc/mounts") as mounts:
            options = next(line for line in mounts if f" {form.MOUNT} " in line).split()[3].split(",")
        print(f"ok {label}/mount" if "posix" in options else f"FAIL {label}/mount {options}", flush=True)
        checks.ALL[:] = posix_checks.ALL + ([] if more else others)
        checks.run(form.MOUNT, label, plan["only"])
        why = form.unmount()
        print(f"FAIL {label}/umount {why}" if why else f"ok {label}/umount", flush=True)


if __name__ == "__main__":
    sys.exit(main())
