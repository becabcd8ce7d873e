#!/usr/bin/python3
"""smbprotocol, a Python client that speaks 2.0.2 to 3.1.1 with every signing and sealing algorithm."""

import os
import pathlib
import sys
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from harness import venv  # noqa: E402
from harness.report import expect, expect_equal  # noqa: E402
from harness.servers import DISABLED_USER, Profile  # noqa: E402
from harness.target import Suite  # noqa: E402

MISSING = venv.enter("smbprotocol")
if MISSING:
    print(f"skip smbprotocol {MISSING}\n0 passed, 0 failed, 1 skipped")
    sys.exit(0)

from smbprotocol import Dialects  # noqa: E402
from smbprotocol.connection import Ciphers, Connection, SigningAlgorithms  # noqa: E402
from smbprotocol.exceptions import SMBResponseException  # noqa: E402
from smbprotocol.file_info import (  # noqa: E402
    FileDispositionInformation,
    FileInformationClass,
    FileRenameInformation,
    FileStandardInformation,
    InfoType,
)
from smbprotocol.header import NtStatus  # noqa: E402
from smbprotocol.open import (  # noqa: E402
    CreateDisposition,
    CreateOptions,
    DirectoryAccessMask,
    FilePipePrinterAccessMask,
    ImpersonationLevel,
    LockFlags,
    Open,
    QueryInfoFlags,
    ShareAccess,
    SMB2LockElement,
    SMB2LockRequest,
    SMB2LockResponse,
    SMB2QueryInfoRequest,
    SMB2QueryInfoResponse,
    SMB2SetInfoRequest,
    SMB2SetInfoResponse,
)
from smbprotocol.session import Session  # noqa: E402
from smbprotocol.tree import TreeConnect  # noqa: E402

DIALECTS = {
    "2.0.2": Dialects.SMB_2_0_2,
    "2.1": Dialects.SMB_2_1_0,
    "3.0": Dialects.SMB_3_0_0,
    "3.0.2": Dialects.SMB_3_0_2,
    "3.1.1": Dialects.SMB_3_1_1,
}
CIPHERS = {
    "aes-128-ccm": Ciphers.AES_128_CCM,
    "aes-128-gcm": Ciphers.AES_128_GCM,
    "aes-256-ccm": Ciphers.AES_256_CCM,
    "aes-256-gcm": Ciphers.AES_256_GCM,
}
SIGNERS = {
    "hmac-sha256": SigningAlgorithms.HMAC_SHA256,
    "aes-cmac": SigningAlgorithms.AES_CMAC,
    "aes-gmac": SigningAlgorithms.AES_GMAC,
}
# Values from [MS-ERREF] that this library has no name for.
ACCOUNT_DISABLED = 0xC0000072
FILE_LOCK_CONFLICT = 0xC0000054
LOCK_NOT_GRANTED = 0xC0000055
DIRECTORY_NOT_EMPTY = 0xC0000101
BAD_NETWORK_NAME = 0xC00000CC

EVERY_SHARE = ShareAccess.FILE_SHARE_READ | ShareAccess.FILE_SHARE_WRITE | ShareAccess.FILE_SHARE_DELETE
READ_WRITE_DELETE = (
    FilePipePrinterAccessMask.GENERIC_READ
    | FilePipePrinterAccessMask.GENERIC_WRITE
    | FilePipePrinterAccessMask.DELETE
)


class Login:
    """A connection, a session and a tree connect to the share."""

    def __init__(self, server, dialect, sealed=False, cipher=None, signer=None, user=None, password=None, share=None):
        self.connection = Connection(uuid.uuid4(), server.host, server.port, require_signing=True)
        self.session = None
        try:
            self.connection.connect(
                DIALECTS[dialect],
                timeout=30,
                preferred_encryption_algos=[cipher] if cipher else None,
                preferred_signing_algos=None if signer is None else [signer],
            )
            self.session = Session(
                self.connection,
                user or server.user,
                server.password if password is None else password,
                require_encryption=sealed,
                auth_protocol="ntlm",
            )
            self.session.connect()
            self.tree = TreeConnect(self.session, rf"\\{server.host}\{share or server.share}")
            self.tree.connect()
        except BaseException:
            self.leave()
            raise

    def leave(self):
        self.connection.disconnect(close=False)

    def logoff(self):
        """Closes what is open, disconnects the tree, logs off and disconnects."""
        self.session.disconnect()
        self.connection.disconnect()

    def open(self, name, disposition=CreateDisposition.FILE_OPEN_IF, options=0, access=READ_WRITE_DELETE, share=None):
        handle = Open(self.tree, name)
        handle.create(*create_arguments(disposition, options, access, EVERY_SHARE if share is None else share))
        return handle

    def directory(self, name, disposition=CreateDisposition.FILE_CREATE):
        access = DirectoryAccessMask.GENERIC_READ | DirectoryAccessMask.DELETE
        return self.open(name, disposition, CreateOptions.FILE_DIRECTORY_FILE, access)

    def send(self, request, response):
        sent = self.connection.send(request, self.session.session_id, self.tree.tree_connect_id)
        answer = response()
        answer.unpack(self.connection.receive(sent)["data"].get_value())
        return answer

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.leave()


def create_arguments(disposition, options, access, share):
    return ImpersonationLevel.Impersonation, access, 0, share, disposition, options


def expect_status(wanted, call, *arguments):
    try:
        call(*arguments)
    except SMBResponseException as error:
        expect(error.status == wanted, f"status {error.status:#010x}, wanted {wanted:#010x}")
    except Exception as error:  # noqa: BLE001 - an authentication error wraps the response
        cause = error.__context__ or error.__cause__
        status = getattr(cause, "status", None)
        expect(status == wanted, f"{type(error).__name__}: {error}, wanted {wanted:#010x}")
    else:
        raise AssertionError(f"succeeded, wanted {wanted:#010x}")


class FileCases:
    """File operations by one login, in a directory of their own."""

    def __init__(self, suite, server, dialect, sealed):
        self.server, self.report = server, suite.report
        self.label = f"smbprotocol/{dialect}" + ("/sealed" if sealed else "")
        self.base = f"smbprotocol-{dialect}" + ("-sealed" if sealed else "")
        self.login, self.other = Login(server, dialect, sealed), Login(server, dialect, sealed)
        self.content = os.urandom(3_000_017)

    def run(self):
        steps = ["mkdir", "write_read", "listing", "query_info", "sharing", "lock", "compound", "rename", "flush"]
        for step in [*steps, "delete", "logoff"]:
            self.report.case(f"{self.label}/{step}", getattr(self, step))
        self.other.leave()

    def path(self, name):
        return f"{self.base}\\{name}"

    def mkdir(self):
        self.login.directory(self.base).close()
        expect_status(NtStatus.STATUS_OBJECT_NAME_COLLISION, self.login.directory, self.base)

    def write_read(self):
        handle = self.login.open(self.path("data"), CreateDisposition.FILE_CREATE)
        chunk = min(self.login.connection.max_write_size, 1 << 20)
        for offset in range(0, len(self.content), chunk):
            handle.write(self.content[offset : offset + chunk], offset)
        back = b"".join(handle.read(offset, chunk) for offset in range(0, len(self.content), chunk))
        expect(back == self.content, "content read back differs")
        expect_status(NtStatus.STATUS_END_OF_FILE, handle.read, len(self.content), 10)
        handle.close()
        if self.server.directory:
            expect((self.server.directory / self.base / "data").read_bytes() == self.content, "content on disk differs")

    def listing(self):
        handle = self.login.directory(self.base, CreateDisposition.FILE_OPEN)
        for level in (
            FileInformationClass.FILE_ID_BOTH_DIRECTORY_INFORMATION,
            FileInformationClass.FILE_DIRECTORY_INFORMATION,
            FileInformationClass.FILE_NAMES_INFORMATION,
        ):
            rows = handle.query_directory("*", level, flags=1)
            names = {row["file_name"].get_value().decode("utf-16-le") for row in rows}
            expect_equal(names, {".", "..", "data"}, f"names at level {level}")
            expect_status(NtStatus.STATUS_NO_MORE_FILES, handle.query_directory, "*", level)
        handle.close()

    def query_info(self):
        handle = self.login.open(self.path("data"))
        answer = self.login.send(standard_information(handle.file_id), SMB2QueryInfoResponse)
        info = answer.parse_buffer(FileStandardInformation)
        expect_equal(info["end_of_file"].get_value(), len(self.content), "end of file")
        expect_equal(info["directory"].get_value(), False, "directory")
        handle.close()

    def sharing(self):
        held = self.login.open(self.path("data"), share=ShareAccess.FILE_SHARE_READ)
        expect_status(NtStatus.STATUS_SHARING_VIOLATION, self.other.open, self.path("data"))
        held.close()
        self.other.open(self.path("data")).close()

    def lock(self):
        at_once = LockFlags.SMB2_LOCKFLAG_EXCLUSIVE_LOCK | LockFlags.SMB2_LOCKFLAG_FAIL_IMMEDIATELY
        mine, theirs = self.login.open(self.path("data")), self.other.open(self.path("data"))
        lock(self.login, mine, 0, 100, at_once)
        expect_status(LOCK_NOT_GRANTED, lock, self.other, theirs, 50, 10, at_once)
        expect_status(FILE_LOCK_CONFLICT, theirs.read, 10, 10)
        expect_status(FILE_LOCK_CONFLICT, theirs.write, b"no", 10)
        expect_equal(len(theirs.read(100, 10)), 10, "bytes beside the lock")
        waiting = self.other.connection.send(
            lock_request(theirs, 50, 10, LockFlags.SMB2_LOCKFLAG_EXCLUSIVE_LOCK),
            self.other.session.session_id,
            self.other.tree.tree_connect_id,
        )
        lock(self.login, mine, 0, 100, LockFlags.SMB2_LOCKFLAG_UNLOCK)
        self.other.connection.receive(waiting, timeout=20)
        expect_status(LOCK_NOT_GRANTED, lock, self.login, mine, 50, 10, at_once)
        self._cancelled(mine)
        theirs.close()
        lock(self.login, mine, 50, 10, at_once)
        mine.close()

    def _cancelled(self, handle):
        """A lock that waits for ever ends when it is cancelled."""
        wait = lock_request(handle, 50, 10, LockFlags.SMB2_LOCKFLAG_EXCLUSIVE_LOCK)
        sent = self.login.connection.send(wait, self.login.session.session_id, self.login.tree.tree_connect_id)
        sent.cancel()
        expect_status(NtStatus.STATUS_CANCELLED, lambda: self.login.connection.receive(sent, timeout=20))

    def compound(self):
        """Create, write, query and close as one related compound, then an unrelated pair."""
        handle = Open(self.login.tree, self.path("together"))
        steps = [
            handle.create(
                *create_arguments(CreateDisposition.FILE_CREATE, 0, READ_WRITE_DELETE, EVERY_SHARE), send=False
            ),
            handle.write(b"in one go", send=False),
            (standard_information(b"\xff" * 16), None),
            handle.close(send=False),
        ]
        answers = self._compound([message for message, _ in steps], related=True)
        info = SMB2QueryInfoResponse()
        info.unpack(answers[2]["data"].get_value())
        expect_equal(info.parse_buffer(FileStandardInformation)["end_of_file"].get_value(), 9, "end of file")
        steps = [Open(self.login.tree, self.path(name)) for name in ("together", "no-such-file")]
        arguments = create_arguments(CreateDisposition.FILE_OPEN, 0, READ_WRITE_DELETE, EVERY_SHARE)
        creates = [step.create(*arguments, send=False) for step in steps]
        sent = self._send_compound([message for message, _ in creates], related=False)
        creates[0][1](sent[0])
        steps[0].close()
        expect_status(NtStatus.STATUS_OBJECT_NAME_NOT_FOUND, self.login.connection.receive, sent[1])
        self.other.open(self.path("together")).close()

    def _send_compound(self, messages, related):
        login = self.login
        return login.connection.send_compound(
            messages, login.session.session_id, login.tree.tree_connect_id, related=related
        )

    def _compound(self, messages, related):
        return [self.login.connection.receive(sent) for sent in self._send_compound(messages, related)]

    def rename(self):
        handle = self.login.open(self.path("data"))
        change = FileRenameInformation()
        change["replace_if_exists"] = False
        change["file_name"] = self.path("together").encode("utf-16-le")
        collision = NtStatus.STATUS_OBJECT_NAME_COLLISION
        expect_status(collision, set_information, self.login, handle, change)
        change["file_name"] = self.path("moved").encode("utf-16-le")
        set_information(self.login, handle, change)
        handle.close()
        expect_status(
            NtStatus.STATUS_OBJECT_NAME_NOT_FOUND, self.login.open, self.path("data"), CreateDisposition.FILE_OPEN
        )
        self.login.open(self.path("moved"), CreateDisposition.FILE_OPEN).close()

    def flush(self):
        handle = self.login.open(self.path("moved"))
        handle.write(b"flushed", 5)
        handle.flush()
        handle.close()

    def delete(self):
        directory = self.login.directory(self.base, CreateDisposition.FILE_OPEN)
        disposition = FileDispositionInformation()
        disposition["delete_pending"] = True
        expect_status(DIRECTORY_NOT_EMPTY, set_information, self.login, directory, disposition)
        for name in ("moved", "together"):
            options = CreateOptions.FILE_DELETE_ON_CLOSE
            self.login.open(self.path(name), CreateDisposition.FILE_OPEN, options).close()
        set_information(self.login, directory, disposition)
        directory.close()
        missing = NtStatus.STATUS_OBJECT_NAME_NOT_FOUND
        expect_status(missing, self.login.directory, self.base, CreateDisposition.FILE_OPEN)

    def logoff(self):
        self.login.logoff()


def standard_information(file_id):
    request = SMB2QueryInfoRequest()
    request["info_type"] = InfoType.SMB2_0_INFO_FILE
    request["file_info_class"] = FileInformationClass.FILE_STANDARD_INFORMATION
    request["output_buffer_length"] = 64
    request["file_id"] = file_id
    return request


def set_information(login, handle, information):
    request = SMB2SetInfoRequest()
    request["info_type"] = InfoType.SMB2_0_INFO_FILE
    request["file_info_class"] = information.INFO_CLASS
    request["file_id"] = handle.file_id
    request["buffer"] = information
    login.send(request, SMB2SetInfoResponse)


def lock_request(handle, offset, length, flags):
    element = SMB2LockElement()
    element["offset"], element["length"], element["flags"] = offset, length, flags
    request = SMB2LockRequest()
    request["file_id"] = handle.file_id
    request["locks"] = [element]
    return request


def lock(login, handle, offset, length, flags):
    login.send(lock_request(handle, offset, length, flags), SMB2LockResponse)


def one_file(server, dialect, sealed, cipher=None, signer=None):
    content = os.urandom(1_000_003)
    with Login(server, dialect, sealed, cipher, signer) as login:
        if cipher:
            expect_equal(login.connection.cipher_id, cipher, "cipher chosen")
        if signer is not None:
            expect_equal(login.connection.signing_algorithm_id, signer, "signing algorithm chosen")
        handle = login.open("one", options=CreateOptions.FILE_DELETE_ON_CLOSE)
        for offset in range(0, len(content), 1 << 16):
            handle.write(content[offset : offset + (1 << 16)], offset)
        back = b"".join(handle.read(offset, 1 << 16) for offset in range(0, len(content), 1 << 16))
        expect(back == content, "content read back differs")
        handle.close()
        login.logoff()


def refusals(suite, server):
    for dialect in DIALECTS:
        for name, wanted, arguments in (
            ("wrong-password", NtStatus.STATUS_LOGON_FAILURE, dict(password="wrong")),
            ("unknown-user", NtStatus.STATUS_LOGON_FAILURE, dict(user="nobody-here")),
            ("disabled-user", ACCOUNT_DISABLED, dict(user=DISABLED_USER)),
            ("unknown-share", BAD_NETWORK_NAME, dict(share="no-such-share")),
        ):
            if name == "disabled-user" and suite.arguments.at:
                continue
            attempt = lambda dialect=dialect, arguments=arguments: Login(server, dialect, **arguments)  # noqa: E731
            suite.report.case(f"smbprotocol/{dialect}/{name}", expect_status, wanted, attempt)


def main():
    suite = Suite(__doc__)
    with suite.server() as server:
        for dialect in DIALECTS:
            FileCases(suite, server, dialect, sealed=False).run()
        for dialect in ("3.0", "3.0.2", "3.1.1"):
            FileCases(suite, server, dialect, sealed=True).run()
        for name, cipher in CIPHERS.items():
            suite.report.case(f"smbprotocol/cipher/{name}", one_file, server, "3.1.1", True, cipher)
        for name, signer in SIGNERS.items():
            suite.report.case(f"smbprotocol/signing/{name}", one_file, server, "3.1.1", False, None, signer)
        refusals(suite, server)
    if not suite.arguments.at:
        with suite.server(Profile(signing_required=True)) as server:
            for dialect in DIALECTS:
                suite.report.case(f"smbprotocol/sign-required/{dialect}", one_file, server, dialect, False)
        with suite.server(Profile(sealing_required=True)) as server:
            for dialect in ("3.0", "3.0.2", "3.1.1"):
                suite.report.case(f"smbprotocol/seal-required/{dialect}", one_file, server, dialect, True)
    suite.leave()


if __name__ == "__main__":
    main()
