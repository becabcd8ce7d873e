#!/usr/bin/python3
"""rpcclient at the account store: names, SIDs, rights, users, groups and passwords, seen by everybody and changed by an administrator."""

import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from harness.report import expect, expect_equal  # noqa: E402
from harness.servers import SECOND_USER, Profile  # noqa: E402
from harness.target import Suite  # noqa: E402
from with_rpcclient import Client  # noqa: E402

DENIED = "NT_STATUS_ACCESS_DENIED"


class AccountCases:
    def __init__(self, server):
        self.server = server
        self.admin, self.user = Client(server, server.user), Client(server, SECOND_USER)

    def names_and_sids(self):
        seen = self.user.must(f"lookupnames {self.server.user} Everyone Administrators")
        sid = re.search(r"(S-1-5-21-\S+) \(User: 1\)", seen)
        expect(sid and "S-1-1-0" in seen and "S-1-5-32-544 (Local Group: 4)" in seen, seen)
        back = self.user.must(f"lookupsids {sid.group(1)} S-1-5-18 S-1-5-32-545")
        expect(f"\\{self.server.user} (1)" in back and "NT AUTHORITY\\SYSTEM" in back, back)
        expect("BUILTIN\\Users (4)" in back, back)

    def policy_and_rights(self):
        expect("Domain Name" in self.user.must("lsaquery"), "no domain")
        expect("SeBackupPrivilege" in self.user.must("enumprivs"), "no privileges")
        expect("S-1-5-32-544" in self.admin.must("lsaenumsid"), "administrators have no rights")
        expect("SeBackupPrivilege" in self.admin.must("lsaenumacctrights S-1-5-32-551"), "no rights of operators")
        self.admin.must(f"lsaaddacctrights {SECOND_USER} SeBackupPrivilege")
        expect(DENIED in self.user.run(f"lsaaddacctrights {SECOND_USER} SeRestorePrivilege"), "anybody gives rights")
        self.admin.must(f"lsaremoveacctrights {SECOND_USER} SeBackupPrivilege")

    def lists(self):
        for command, expected in [
            ("enumdomusers", self.server.user),
            ("enumdomgroups", "None"),
            ("enumalsgroups builtin", "Administrators"),
            ("querydispinfo", SECOND_USER),
            (f"queryuser {SECOND_USER}", SECOND_USER),
            ("getdompwinfo", "min_password_length"),
            ("querydominfo", "Total Users"),
        ]:
            expect(expected in self.user.must(command), command)
        expect("S-1-5-21-" in self.user.must("queryaliasmem builtin 544"), "no administrators")

    def accounts_come_and_go(self):
        self.admin.must("createdomuser late")
        expect("late" in self.admin.must("enumdomusers"), "it is not there")
        for level in (24, 26, 31, 18):
            self.admin.must(f"setuserinfo2 late {level} Another-Secret-{level}")
        expect(DENIED in self.user.run("createdomuser theirs"), "anybody makes accounts")
        self.admin.must("deletedomuser late")
        expect("late" not in self.admin.must("enumdomusers"), "it is still there")

    def passwords(self):
        old, new = self.server.password, "Another-Secret-9"
        wrong = self.user.run(f"chgpasswd3 {SECOND_USER} not-{old} {new}")
        expect("NT_STATUS_WRONG_PASSWORD" in wrong, wrong)
        short = self.user.run(f"chgpasswd2 {SECOND_USER} {old} abc")
        expect("NT_STATUS_PASSWORD_RESTRICTION" in short, short)
        self.user.must(f"chgpasswd3 {SECOND_USER} {old} {new}")
        self.admin.must(f"setuserinfo2 {SECOND_USER} 24 {old}")
        expect_equal("NT_STATUS" in self.user.run("getusername"), False, "the old password is not back")

    def cases(self):
        names = ["names_and_sids", "policy_and_rights", "lists", "accounts_come_and_go", "passwords"]
        return [(f"rpcclient-accounts/{name}", getattr(self, name)) for name in names]


def main():
    suite = Suite(__doc__)
    suite.needs("rpcclient", "smbclient")
    server = suite.server(Profile(administrator=True))
    try:
        for name, case in AccountCases(server).cases():
            suite.report.case(name, case)
    finally:
        if server.process:
            server.stop()
    suite.leave()


if __name__ == "__main__":
    main()
