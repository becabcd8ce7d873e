"""What impacket does with files at every dialect it speaks. Import it only where impacket is."""

import io
import os

from impacket import nt_errors, smb3structs
from impacket.smbconnection import SMBConnection

from harness.report import expect, expect_equal

DIALECTS = {
    "2.0.2": smb3structs.SMB2_DIALECT_002,
    "2.1": smb3structs.SMB2_DIALECT_21,
    "3.0": smb3structs.SMB2_DIALECT_30,
    "3.1.1": smb3structs.SMB2_DIALECT_311,
}


def connect(server, dialect, user=None, password=None):
    link = SMBConnection(
        server.host, server.host, sess_port=server.port, preferredDialect=DIALECTS[dialect], timeout=30
    )
    expect_equal(link.getDialect(), DIALECTS[dialect], "dialect")
    if dialect == "3.1.1":
        # Releases before 0.11 start the session's preauthentication hash from zeros at an NTLM login, which makes keys that are nobody's
        # ([MS-SMB2] 3.2.5.3.1): every server refuses what they sign, the first TREE_CONNECT to begin with (3.3.5.7).
        low = link.getSMBServer()
        low._Session["PreauthIntegrityHashValue"] = low._Connection["PreauthIntegrityHashValue"]
    link.login(user or server.user, server.password if password is None else password)
    return link


def expect_status(wanted, call, *arguments, **named):
    """The call must fail with exactly this NTSTATUS."""
    try:
        call(*arguments, **named)
    except Exception as error:  # noqa: BLE001 - each layer has an error of its own with an accessor of its own
        code = getattr(error, "getErrorCode", None) or getattr(error, "get_error_code", None)
        if code is None:
            raise
        found = code()
    else:
        raise AssertionError(f"succeeded, wanted {wanted:#010x}")
    name = nt_errors.ERROR_MESSAGES.get(found, ("?",))[0]
    expect(found == wanted, f"status {found:#010x} {name}, wanted {wanted:#010x}")


class FileCases:
    """File operations by one login, in a directory of their own; the steps are a suite's to name and add to."""

    def __init__(self, server, link, label, length):
        self.server, self.link = server, link
        self.tree = link.connectTree(server.share)
        self.base = f"impacket-{label}"
        self.content = os.urandom(length)

    def path(self, name):
        return f"{self.base}\\{name}"

    def mkdir(self):
        share = self.server.share
        self.link.createDirectory(share, self.base)
        expect_status(nt_errors.STATUS_OBJECT_NAME_COLLISION, self.link.createDirectory, share, self.base)

    def write_read(self):
        share = self.server.share
        self.link.putFile(share, self.path("data"), io.BytesIO(self.content).read)
        back = io.BytesIO()
        self.link.getFile(share, self.path("data"), back.write)
        expect(back.getvalue() == self.content, "content read back differs")
        if self.server.directory:
            on_disk = (self.server.directory / self.base / "data").read_bytes()
            expect(on_disk == self.content, "content on the server's disk differs")

    def listing(self):
        entries = {entry.get_longname(): entry for entry in self.link.listPath(self.server.share, self.path("*"))}
        expect_equal(set(entries), {".", "..", "data"}, "names")
        expect_equal(entries["data"].get_filesize(), len(self.content), "size")
        expect(not entries["data"].is_directory() and entries["."].is_directory(), "wrong kind of entry")

    def rename(self):
        share = self.server.share
        self.link.rename(share, self.path("data"), self.path("moved"))
        missing = nt_errors.STATUS_OBJECT_NAME_NOT_FOUND
        expect_status(missing, self.link.openFile, self.tree, self.path("data"))
        handle = self.link.openFile(self.tree, self.path("moved"))
        at = len(self.content) - 100_000
        read = self.link.readFile(self.tree, handle, at, 100)
        expect(read == self.content[at : at + 100], "content at an offset")
        self.link.closeFile(self.tree, handle)

    def delete(self):
        share = self.server.share
        expect_status(nt_errors.STATUS_DIRECTORY_NOT_EMPTY, self.link.deleteDirectory, share, self.base)
        self.link.deleteFile(share, self.path("moved"))
        self.link.deleteDirectory(share, self.base)
        missing = nt_errors.STATUS_OBJECT_NAME_NOT_FOUND
        expect_status(missing, self.link.openFile, self.tree, self.base)

    def logoff(self):
        self.link.disconnectTree(self.tree)
        self.link.logoff()
