"""smbclient, Debian's command line client, as a suite calls it."""

import subprocess

from harness.report import expect


class Client:
    """smbclient bound to one server, and to the dialect and protection that its options say."""

    def __init__(self, suite, server, *options):
        self.server, self.options = server, options
        self.login = suite.work / "login"
        self.write_login(server.user, server.password)

    def write_login(self, user, password):
        self.login.write_text(f"username={user}\npassword={password}\n")

    def run(self, commands, directory, share=None, seconds=120):
        target = f"//{self.server.host}/{share or self.server.share}"
        return self._smbclient([target, "-c", commands], directory, seconds)

    def list_shares(self, directory):
        return self._smbclient(["-L", f"//{self.server.host}"], directory, 60)

    def must(self, commands, directory, seconds=120):
        status, output = self.run(commands, directory, seconds=seconds)
        expect(status == 0 and "NT_STATUS_" not in output, f"smbclient exit {status}: {output}")
        return output

    def _smbclient(self, arguments, directory, seconds):
        command = ["smbclient", "-s", "/dev/null", "-d", "0", *arguments]
        command += ["-p", str(self.server.port), "-A", str(self.login), *self.options]
        done = subprocess.run(
            command,
            cwd=directory,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=seconds,
        )
        return done.returncode, done.stdout
