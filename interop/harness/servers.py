"""Starts the servers under test. This is the only place that knows their command lines and configuration."""

import dataclasses
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
USER = "ward"
PASSWORD = "Pass.word1"
SECOND_USER = "second"
DISABLED_USER = "gone"
UIDS = {USER: 30001, SECOND_USER: 30002, DISABLED_USER: 30003}  # who they are to the machine, where that counts
GROUPS = 30000  # the group of all of them
TEAM = 30010  # a group the first is in besides
SHARE = "files"
UNREADABLE = "hideunread"  # lists only what can be read; the name is smbtorture's
HIDING = "hiding"  # how shares that show some names as hidden are named, beside a number
HIDDEN_NAME = "hidefile"  # what they hide beside names that begin with a period; the name is smbtorture's
DURABLE = "durable"  # how shares for durable opens are named, beside a number
CASE = "case"  # how shares are named that tell cases apart where the server can, beside a number
REFLINK = "reflink"  # how shares of a volume that can share blocks are named, where one can be made
FORBIDDEN = "noperm"  # a folder nobody may look into; the name is smbtorture's
PRINTERS = ("print1", "print2", "print3")  # what prints into a folder, where a suite has printers


@dataclasses.dataclass
class Profile:
    """What a suite asks of the server, in words both servers can be configured with."""

    oldest: str = "2.0.2"  # or a dialect of SMB 1 as smbclient calls it
    old_passwords: bool = False  # NTLMv1, LM where passwords are kept so, and passwords in plain text, for clients of SMB 1
    lm: bool = False  # LM answers, of accounts that have such a hash; the reference keeps none
    share_level: bool = False  # shares have passwords, that of the first user; the reference no longer has that
    signing_required: bool = False
    sealing_required: bool = False
    administrator: bool = False  # the suite's user may administer the server
    conformance: bool = False  # the options smbtorture needs: DOS attributes, streams, access lists
    memory: bool = False  # share directories on tmpfs
    directory: str | None = None  # an existing directory to share, kept at the end
    shares: tuple[str, ...] = ()  # further shares, each a directory of its own
    rpc: bool = False  # RPC over TCP, beside the pipes
    printers: bool = False  # `PRINTERS`, each a share of its own
    posix: bool = False  # the SMB3 POSIX extensions
    everywhere: bool = False  # listens at every address there is, at the usual port
    unix: bool = False  # accounts are users of the machine; the reference's always are
    extra: str = ""  # further configuration lines, in the server's own words


class Server:
    """A running server, its one read-write share `SHARE` and the accounts above."""

    kind = ""

    def __init__(self, profile=None):
        self.profile = profile or Profile()
        self.host, self.port = "127.0.0.1", 445 if self.profile.everywhere else free_port()
        self.user, self.password, self.share = USER, PASSWORD, SHARE
        self.state = pathlib.Path(tempfile.mkdtemp(prefix="lanward-interop-"))
        os.chmod(self.state, 0o755)
        self.memory = self.mounted = None
        if self.profile.memory:
            self.memory = pathlib.Path(tempfile.mkdtemp(prefix="lanward-interop-", dir="/dev/shm"))
            os.chmod(self.memory, 0o755)
        self.directory = self.share_directory(SHARE)
        if self.profile.directory:
            self.directory = pathlib.Path(self.profile.directory)
        self.process = None

    def share_directory(self, name):
        path = (self.memory or self.state / "shares") / name
        if name.startswith(REFLINK):
            path = self.reflink_volume() / name
        path.mkdir(parents=True, exist_ok=True)
        os.chmod(path, 0 if name == FORBIDDEN else 0o777)
        return path

    def reflink_volume(self):
        """A volume that can share blocks (XFS in a file of its own), or an ordinary folder where none can be mounted."""
        path = self.state / "reflink"
        if path.exists():
            return path
        path.mkdir()
        os.chmod(path, 0o755)
        image = self.state / "reflink.xfs"
        with open(image, "wb") as file:
            file.truncate(320 << 20)
        try:
            for command in (["mkfs.xfs", "-q", "-m", "reflink=1", image], ["mount", "-o", "loop", image, path]):
                subprocess.run(command, check=True, stdin=subprocess.DEVNULL, capture_output=True)
            self.mounted = path
        except (OSError, subprocess.CalledProcessError):
            image.unlink()
        return path

    def start(self):
        self.configure()
        self.launch()
        return self

    def configure(self):
        raise NotImplementedError

    def command(self):
        raise NotImplementedError

    def environment(self):
        return dict(os.environ)

    def invent_users(self):
        """Users the server alone sees, so that the machine's are untouched."""
        rows = ["root:x:0:0:root:/root:/bin/false", "nobody:x:65534:65534:guest:/:/bin/false"]
        rows += [f"{name}:x:{number}:{GROUPS}:{name}:/:/bin/false" for name, number in UIDS.items()]
        (self.state / "passwd").write_text("\n".join(rows) + "\n")
        groups = f"root:x:0:\nnogroup:x:65534:\nusers:x:{GROUPS}:\nteam:x:{TEAM}:{USER}\n"
        (self.state / "group").write_text(groups)

    def with_users(self):
        return dict(
            os.environ,
            LD_PRELOAD="libnss_wrapper.so",
            NSS_WRAPPER_PASSWD=str(self.state / "passwd"),
            NSS_WRAPPER_GROUP=str(self.state / "group"),
        )

    def launch(self):
        """Starts the process on the same port and state; also used to start it again after a kill."""
        log = open(self.state / "server.log", "ab")
        self.process = subprocess.Popen(
            self.command(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=self.environment(),
            start_new_session=True,
        )
        log.close()
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise RuntimeError(f"{self.kind} ended at once: {self.log_tail()}")
            if answers(self.host, self.port):
                return
            time.sleep(0.05)
        raise RuntimeError(f"{self.kind} does not listen on port {self.port}: {self.log_tail()}")

    def kill(self):
        """SIGKILL to the server and every process it started."""
        self._signal(signal.SIGKILL)

    def stop(self):
        if self.process:
            self._signal(signal.SIGTERM)
        if self.mounted:
            subprocess.run(["umount", self.mounted], stdin=subprocess.DEVNULL)
        if not os.environ.get("INTEROP_KEEP"):
            for path in filter(None, (self.state, self.memory)):
                shutil.rmtree(path, ignore_errors=True)

    def _signal(self, number):
        try:
            os.killpg(self.process.pid, number)
            self.process.wait(10)
        except ProcessLookupError:
            pass
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def log_tail(self):
        return (self.state / "server.log").read_text(errors="replace")[-400:]

    def resident_kib(self):
        """Resident memory of the server's processes together, in KiB."""
        return sum(resident_kib(pid) for pid in processes_of_group(self.process.pid))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


class Samba(Server):
    """Debian's smbd with private state; accounts come from nss_wrapper, so the machine's are untouched."""

    kind = "samba"
    DIALECTS = {"2.0.2": "SMB2_02", "2.1": "SMB2_10", "3.0": "SMB3_00", "3.0.2": "SMB3_02", "3.1.1": "SMB3_11"}
    DIALECTS |= {name: name for name in ("CORE", "COREPLUS", "LANMAN1", "LANMAN2", "NT1")}

    @staticmethod
    def missing():
        """Why the reference cannot run here, or None."""
        if os.geteuid() != 0:
            return "smbd needs root"
        if not shutil.which("smbd", path="/usr/sbin:/usr/bin"):
            return "package samba is not installed"
        return None

    def environment(self):
        return self.with_users()

    def _signal(self, number):
        """The daemons smbd starts for remote procedure calls leave its process group: they are known by their
        configuration file, which only this server has."""
        super()._signal(number)
        for process in processes_naming(str(self.state / "smb.conf")):
            try:
                os.kill(process, signal.SIGKILL)
            except ProcessLookupError:
                pass

    def command(self):
        return ["/usr/sbin/smbd", "--foreground", "--no-process-group", "-s", str(self.state / "smb.conf")]

    def configure(self):
        for name in ("private", "lock", "state", "cache", "pid", "log", "rpc"):
            (self.state / name).mkdir()
        self.invent_users()
        (self.state / "smb.conf").write_text(self._configuration())
        for name in UIDS:
            self._tool(["smbpasswd", "-L", "-s", "-a", name], f"{PASSWORD}\n{PASSWORD}\n")
        self._tool(["smbpasswd", "-L", "-d", DISABLED_USER], "")
        if self.profile.conformance:
            self._tool(["net", "sam", "rights", "grant", USER, *PRIVILEGES], "", config="-s")

    def _tool(self, command, given, config="-c"):
        command[1:1] = [config, str(self.state / "smb.conf")]
        done = subprocess.run(command, input=given, text=True, capture_output=True, env=self.environment())
        if done.returncode:
            raise RuntimeError(f"{command[0]}: {done.stdout}{done.stderr}")

    def _configuration(self):
        profile, state = self.profile, self.state
        lines = [
            "[global]",
            "netbios name = REFERENCE",
            "workgroup = WORKGROUP",
            "server role = standalone server",
            "interfaces = 127.0.0.1/8",
            "bind interfaces only = yes",
            f"smb ports = {self.port}",
            f"server min protocol = {self.DIALECTS[profile.oldest]}",
            f"private dir = {state}/private",
            f"lock directory = {state}/lock",
            f"state directory = {state}/state",
            f"cache directory = {state}/cache",
            f"pid directory = {state}/pid",
            f"ncalrpc dir = {state}/rpc",
            f"log file = {state}/log/smbd",
            "log level = 0",
            "usershare max shares = 0",
            "passdb backend = tdbsam",
            "map to guest = Never",
            "load printers = no",
            "printcap name = /dev/null",
            "disable spoolss = yes",
            "dns proxy = no",
            "read only = no",
        ]
        if profile.signing_required:
            lines.append("server signing = mandatory")
        if profile.sealing_required:
            lines.append("server smb encrypt = required")
        if profile.old_passwords:
            lines += ["lanman auth = yes", "ntlm auth = ntlmv1-permitted"]
        if profile.conformance:
            lines += CONFORMANCE
        lines += profile.extra.splitlines()
        lines += [f"[{SHARE}]", f"path = {self.directory}"]
        for name in profile.shares:
            lines += [f"[{name}]", f"path = {self.share_directory(name)}"]
            if name == UNREADABLE:
                lines.append("hide unreadable = yes")
            if name.startswith(HIDING):
                lines += ["hide dot files = yes", f"hide files = /{HIDDEN_NAME}/"]
            if name.startswith(CASE):
                lines.append("case sensitive = yes")
            if name.startswith(DURABLE):  # it grants durable opens only where no local process can interfere
                lines += ["kernel share modes = no", "posix locking = no"]
        return "\n".join(lines) + "\n"


PRIVILEGES = [
    "SeTakeOwnershipPrivilege",
    "SeBackupPrivilege",
    "SeRestorePrivilege",
    "SeDiskOperatorPrivilege",
    "SeSecurityPrivilege",
]

# What smbtorture presumes of the server it is pointed at.
CONFORMANCE = [
    "smbd:FSCTL_SMBTORTURE = yes",
    "smbd:sharedelay = 100000",
    "smbd:writetimeupdatedelay = 500000",
    "server multi channel support = yes",
    "ntlm auth = ntlmv1-permitted",
    "store dos attributes = yes",
    "map hidden = no",
    "map system = no",
    "map readonly = no",
    "map archive = no",
    "create mask = 755",
    "dos filemode = yes",
    "strict rename = yes",
    "strict sync = yes",
    "kernel oplocks = no",
    "kernel change notify = no",
    "vfs objects = acl_xattr streams_depot",
]


class Lanward(Server):
    """Ours: `lanward serve` with a configuration of its own, run as whoever runs the suite."""

    kind = "lanward"
    DIALECTS = {
        "CORE": "PC NETWORK PROGRAM 1.0",
        "COREPLUS": "MICROSOFT NETWORKS 1.03",
        "LANMAN1": "LANMAN1.0",
        "LANMAN2": "LM1.2X002",
        "NT1": "NT LM 0.12",
    }

    @staticmethod
    def binary():
        given = os.environ.get("LANWARD")
        if given:
            return pathlib.Path(given)
        target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
        return target / "release" / "lanward"

    @classmethod
    def missing(cls):
        """Why our server cannot run here, or None."""
        return None if cls.binary().exists() else f"{cls.binary()} is not built"

    def environment(self):
        return self.with_users() if self.profile.unix else super().environment()

    def configure(self):
        self.invent_users()
        self.config = self.state / "lanward.toml"
        self.config.write_text(self._configuration())
        password = self.state / "password"
        password.write_text(PASSWORD + "\n")
        password.chmod(0o600)
        for name in (USER, SECOND_USER, DISABLED_USER):
            role = ["--admin"] if name == USER and self.profile.administrator else []
            role += ["--lm"] if name == USER and self.profile.lm else []
            self._user("add", name, *role, "--password-file", str(password))
        if self.profile.share_level:
            # The password of a share is that of the user of its name.
            self._user("add", SHARE, "--password-file", str(password))
        self._user("disable", DISABLED_USER)
        if self.profile.conformance:
            # As with the limit below: a suite that guesses for a minute wants the same answer all the time.
            self._user("policy", "--lockout-threshold", "0")

    def _user(self, *arguments):
        command = [str(self.binary()), "user", "--config", str(self.config), *arguments]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"lanward user {arguments[0]}: {done.stdout}{done.stderr}")

    def command(self):
        return [str(self.binary()), "serve", "--config", str(self.config)]

    def _rpc(self):
        if not self.profile.rpc:
            return []
        return ["[rpc]", f'listen = ["{self.host}"]', f"mapper-port = {free_port()}", f"port = {free_port()}"]

    def _printers(self):
        if not self.profile.printers:
            return []
        folder = self.state / "printed"
        folder.mkdir(exist_ok=True)
        folder.chmod(0o777)
        return [line for name in PRINTERS for line in (f"[printer.{name}]", f'to = "{folder}"')]

    def _configuration(self):
        profile = self.profile
        signing = "required" if profile.signing_required else "optional"
        sealing = "required" if profile.sealing_required else "optional"
        # Suites log on wrongly more often than anybody may.
        limits = ["[limits]", "logon-failures-per-minute = 0"] if profile.conformance else []
        lines = [
            "[server]",
            'name = "LANWARD"',
            *([] if profile.everywhere else [f'listen = ["{self.host}:{self.port}"]']),
            f'state-dir = "{self.state}/state"',
            *(['identity = "unix"'] if profile.unix else []),
            *limits,
            "[zone.default]",
            f'min-dialect = "{self.DIALECTS.get(profile.oldest, profile.oldest)}"',
            f'signing = "{signing}"',
            f'encryption = "{sealing}"',
            # As the suite is told, which waits for several times as long.
            *(['write-time-delay = "1s"'] if profile.conformance else []),
            *(["anonymous = true"] if profile.conformance or profile.rpc else []),
            *(["restrict-anonymous = 0", 'null-session-pipes = ["lsarpc", "srvsvc", "wkssvc"]'] if profile.rpc else []),
            # As the reference: a suite answers with NTLMv1 where it may not use extended session security.
            *(["ntlmv1 = true"] if profile.conformance and profile.rpc else []),
            *(["posix = true"] if profile.posix else []),
            *(["ntlmv1 = true", "plaintext = true"] if profile.old_passwords else []),
            *(["lm = true"] if profile.lm else []),
            *(["share-level = true"] if profile.share_level else []),
            *profile.extra.splitlines(),
            *self._rpc(),
            *self._printers(),
            f"[share.{SHARE}]",
            f'path = "{self.directory}"',
            *(["posix-extensions = true"] if profile.posix else []),
        ]
        for name in profile.shares:
            lines += [f"[share.{name}]", f'path = "{self.share_directory(name)}"']
            lines += ["posix-extensions = true"] if profile.posix else []
            if name == UNREADABLE:
                lines.append("hide-unreadable = true")
            if name.startswith(HIDING):
                lines += ["hide-dot-files = true", f'hide = ["{HIDDEN_NAME}"]']
        return "\n".join(lines) + "\n"


KINDS = {kind.kind: kind for kind in (Samba, Lanward)}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(host, port):
    try:
        socket.create_connection((host, port), 1).close()
        return True
    except OSError:
        return False


def processes_of_group(group):
    """Process ids whose process group is `group`."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            after_name = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(after_name[2]) == group:
            found.append(int(entry.name))
    return found


def processes_naming(text):
    """Process ids with `text` in one of their arguments."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            if text.encode() in (entry / "cmdline").read_bytes():
                found.append(int(entry.name))
        except OSError:
            continue
    return found


def resident_kib(pid):
    try:
        rows = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(row.split()[1]) for row in rows if row.startswith("VmRSS:")), 0)
