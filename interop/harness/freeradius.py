"""FreeRADIUS with a directory of its own: what it lets in, and what it was told."""

import os
import pathlib
import re
import shutil
import time

PROGRAM = "/usr/sbin/freeradius"
DICTIONARY = "/usr/share/freeradius"

CONFIGURATION = """
prefix = /usr
libdir = /usr/lib/freeradius
logdir = {place}
raddbdir = {place}
run_dir = {place}
pidfile = {place}/pid
max_requests = 1024
max_request_time = 5
security {{
    reject_delay = 0
    status_server = no
}}
log {{
    destination = files
    file = {place}/log
    auth = yes
}}
thread pool {{
    start_servers = 1
    max_servers = 2
    min_spare_servers = 1
    max_spare_servers = 1
}}
client caller {{
    ipaddr = {client}
    secret = "{secret}"
    require_message_authenticator = yes
}}
modules {{
    mschap {{
        use_mppe = yes
        require_encryption = yes
        require_strong = yes
    }}
    files {{
        filename = {place}/users
    }}
    detail {{
        filename = {place}/accounting
    }}
}}
server default {{
    listen {{
        type = auth
        ipaddr = *
        port = {port}
    }}
    listen {{
        type = acct
        ipaddr = *
        port = {accounting_port}
    }}
    authorize {{
        mschap
        files
    }}
    authenticate {{
        Auth-Type MS-CHAP {{
            mschap
        }}
    }}
    accounting {{
        detail
    }}
{signing}}}
"""

SIGNING = """    post-auth {
        update reply {
            Message-Authenticator := 0x00
        }
        Post-Auth-Type REJECT {
            update reply {
                Message-Authenticator := 0x00
            }
        }
    }
"""


class FreeRadius:
    """On a machine; `client` is who may ask. `port` is that for access, and the next one is for accounting."""

    def __init__(self, machine, place, client, secret, port=1812):
        self.machine, self.place, self.client, self.secret, self.port = machine, pathlib.Path(place), client, secret, port
        self.place.mkdir()
        self.users = []
        self.signs = True  # with a Message-Authenticator
        self.process = None

    @staticmethod
    def missing():
        return None if os.path.exists(PROGRAM) and shutil.which("radclient") else "not installed (packages freeradius, freeradius-utils)"

    def knows(self, user, password, **attributes):
        """An account and what it is told; attributes have `_` for `-`."""
        told = [f"    {name.replace('_', '-')} = {value}" for name, value in attributes.items()]
        self.users.append("\n".join([f'{user} Cleartext-Password := "{password}"', ",\n".join(told)]).rstrip())

    def start(self):
        names = {"place": self.place, "client": self.client, "secret": self.secret, "port": self.port, "accounting_port": self.port + 1}
        names["signing"] = SIGNING if self.signs else ""
        (self.place / "radiusd.conf").write_text(CONFIGURATION.format(**names))
        (self.place / "users").write_text("\n".join(self.users) + "\n")
        output = open(self.place / "output", "ab")
        command = [PROGRAM, "-f", "-n", "radiusd", "-d", str(self.place), "-D", DICTIONARY]
        self.process = self.machine.start(command, stdout=output, stderr=output)
        until = time.monotonic() + 10
        while "Ready to process requests" not in self.log():
            if self.process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"FreeRADIUS does not start: {self.log()[-300:]}{(self.place / 'output').read_text()[-300:]}")
            time.sleep(0.05)
        return self

    def log(self):
        path = self.place / "log"
        return path.read_text() if path.exists() else ""

    def stop(self):
        if self.process:
            self.process.terminate()
            self.process.wait(10)
            self.process = None
            (self.place / "log").unlink(missing_ok=True)

    def told(self):
        """What it was told of sessions, in order."""
        path = self.place / "accounting"
        text = path.read_text() if path.exists() else ""
        return [dict(re.findall(r'^\t([\w-]+) = "?([^"\n]*)"?$', one, re.M)) for one in text.split("\n\n") if one.strip()]

    def disconnect(self, address, secret, **attributes):
        """What a request to send somebody away is answered: `Disconnect-ACK`, `Disconnect-NAK` or None."""
        named = [f'{name.replace("_", "-")}="{value}"' for name, value in attributes.items()]
        given = ",".join([*named, f"Event-Timestamp={int(time.time())}"])
        command = ["sh", "-c", 'printf "%s\\n" "$1" | radclient -x -r 1 -t 1 "$2" disconnect "$3"', "sh", given, address, secret]
        output = self.machine.run(command).stdout
        found = re.search(r"Received (Disconnect-\w+)", output)
        return found[1] if found else None
