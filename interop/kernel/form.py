"""Inside the guest: mounting the share in one form, `VERSION-PROTECTION`."""

import json
import subprocess

MOUNT = "/mnt/share"


def plan():
    with open("/job/plan.json") as file:
        return json.load(file)


def prepare(given):
    subprocess.run(["modprobe", "cifs"], check=True)
    with open("/run/login", "w") as file:
        file.write(f"username={given['user']}\npassword={given['password']}\n")


def mount(given, version, protection, more=""):
    """Mounts; gives None, or why it could not."""
    options = f"port={given['port']},vers={version},credentials=/run/login{more}"
    if protection != "plain":
        options += "," + protection
    command = ["mount.cifs", f"//{given['host']}/{given['share']}", MOUNT, "-o", options]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    except subprocess.TimeoutExpired:
        return "timed out"
    return " ".join((done.stderr or done.stdout).split())[:200] or "failed" if done.returncode else None


def unmount():
    """Unmounts; gives None, or why it could not, and then lets go of it anyway."""
    done = subprocess.run(["umount", MOUNT], capture_output=True, text=True)
    if not done.returncode:
        return None
    subprocess.run(["umount", "-l", MOUNT], check=False)
    return done.stderr.strip()
