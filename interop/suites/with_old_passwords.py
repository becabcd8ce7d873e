#!/usr/bin/python3
"""Passwords as clients of Windows 9x and NT 4 change them: by their LM hash, with impacket's structures and its own arithmetic, and by NT hash with
rpcclient; who has changed one logs on with it, by the answers of LAN Manager too."""

import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from harness.report import expect, expect_equal  # noqa: E402
from harness.servers import SECOND_USER, Profile  # noqa: E402
from harness.target import Suite  # noqa: E402

try:
    from impacket import crypto, ntlm
    from impacket.dcerpc.v5 import samr, transport
    from impacket.dcerpc.v5.rpcrt import DCERPCException
    from Cryptodome.Cipher import ARC4
except ImportError as error:
    print(f"skip impacket {error} (package python3-impacket)\n0 passed, 0 failed, 1 skipped")
    sys.exit(0)

NOT_SUPPORTED, WRONG_PASSWORD = 0xC00000BB, 0xC000006A
BY_LM = ("client min protocol=LANMAN1", "client max protocol=LANMAN2", "client lanman auth=yes", "client use spnego=no", "client ntlmv2 auth=no")


def changed(server, user, old, new):
    """SamrOemChangePasswordUser2 ([MS-SAMR] 3.1.5.10.2)."""
    link = transport.SMBTransport(server.host, server.port, r"\samr", server.user, server.password)
    call = link.get_dce_rpc()
    call.connect()
    call.bind(samr.MSRPC_UUID_SAMR)
    old_hash, new_hash = ntlm.compute_lmhash(old), ntlm.compute_lmhash(new)
    text = new.encode("cp437")
    request = samr.SamrOemChangePasswordUser2()
    request["ServerName"] = "\0"
    request["UserName"] = user
    request["NewPasswordEncryptedWithOldLm"]["Buffer"] = ARC4.new(old_hash).encrypt(
        b"\0" * (512 - len(text)) + text + len(text).to_bytes(4, "little")
    )
    request["OldLmOwfPasswordEncryptedWithNewLm"] = crypto.SamEncryptNTLMHash(old_hash, new_hash)
    try:
        call.request(request)
    except DCERPCException as error:
        return error.get_error_code() & 0xFFFFFFFF
    return 0


def logs_on(server, user, password, *options):
    command = ["smbclient", "-s", "/dev/null", *(f"--option={option}" for option in options), "-p", str(server.port)]
    command += ["-U", f"{user}%{password}", f"//{server.host}/{server.share}", "-c", "ls"]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
    return done.returncode == 0


def by_lm_hash(server):
    old, new = server.password, "Other-word7"
    expect_equal(changed(server, server.user, "not-it", new), WRONG_PASSWORD, "with a wrong password")
    expect_equal(changed(server, SECOND_USER, old, new), WRONG_PASSWORD, "of whom no such hash is kept")
    expect_equal(changed(server, server.user, old, new), 0, "change")
    expect(not logs_on(server, server.user, old, *BY_LM), "the old password still does")
    expect(logs_on(server, server.user, new, *BY_LM), "the new password, by LM")
    expect(logs_on(server, server.user, new), "the new password, by NTLMv2")
    server.password = new


def by_nt_hash(server):
    """SamrUnicodeChangePasswordUser2 alone, as smbpasswd has it (operation 55)."""
    old, new = server.password, "Third-word8"
    command = ["rpcclient", "-s", "/dev/null", "-p", str(server.port), "-U", f"{server.user}%{old}", server.host]
    done = subprocess.run([*command, "-c", f"chgpasswd2 {server.user} {old} {new}"], capture_output=True, text=True, timeout=60)
    expect("NT_STATUS" not in done.stdout + done.stderr, done.stdout + done.stderr)
    expect(logs_on(server, server.user, new), "the new password")
    # The account keeps its hash for clients of such a zone.
    expect(logs_on(server, server.user, new, *BY_LM), "the new password, by LM")
    server.password = new


def not_elsewhere(server):
    expect_equal(changed(server, server.user, server.password, "Other-word7"), NOT_SUPPORTED, "in a zone without LM")


def main():
    suite = Suite(__doc__)
    suite.judges_ours_alone("the reference keeps no hashes of LAN Manager")
    suite.needs("rpcclient", "smbclient")
    suite.needs("smbclient", "smbclient")
    with suite.server(Profile(oldest="LANMAN1", lm=True)) as server:
        suite.report.case("by-lm-hash", by_lm_hash, server)
        suite.report.case("by-nt-hash", by_nt_hash, server)
    with suite.server(Profile()) as server:
        suite.report.case("not-elsewhere", not_elsewhere, server)
    suite.leave()


if __name__ == "__main__":
    main()
