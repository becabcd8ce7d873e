#!/usr/bin/python3
"""impacket's clients of services, registry and accounts, as its examples services.py, reg.py, lookupsid.py and samrdump.py use them."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from harness.report import expect, expect_equal  # noqa: E402
from harness.servers import DISABLED_USER, SECOND_USER, Profile  # noqa: E402
from harness.target import Suite  # noqa: E402

try:
    from impacket.dcerpc.v5 import lsad, lsat, rrp, samr, scmr, transport
    from impacket.dcerpc.v5.rpcrt import DCERPCException
except ImportError as error:
    print(f"skip impacket {error} (package python3-impacket)\n0 passed, 0 failed, 1 skipped")
    sys.exit(0)

MAXIMUM_ALLOWED = 0x02000000
PARAMETERS = "SYSTEM\\CurrentControlSet\\Services\\LanmanServer\\Parameters"


def bind(server, pipe, interface, user=None):
    link = transport.SMBTransport(server.host, server.port, pipe, user or server.user, server.password)
    call = link.get_dce_rpc()
    call.connect()
    call.bind(interface)
    return call


def expect_error(code, call, *arguments, **named):
    try:
        call(*arguments, **named)
    except DCERPCException as error:
        expect_equal(error.get_error_code(), code, "error")
    else:
        raise AssertionError(f"succeeded, wanted {code}")


class Services:
    """What services.py asks: list, status, config, start, stop."""

    def __init__(self, server):
        self.call = bind(server, r"\svcctl", scmr.MSRPC_UUID_SCMR)
        self.manager = scmr.hROpenSCManagerW(self.call)["lpScHandle"]

    def open(self, name):
        return scmr.hROpenServiceW(self.call, self.manager, name + "\x00")["lpServiceHandle"]

    def list(self):
        found = scmr.hREnumServicesStatusW(self.call, self.manager)
        names = {entry["lpServiceName"][:-1]: entry["ServiceStatus"]["dwCurrentState"] for entry in found}
        expect("Spooler" in names, f"services {sorted(names)}")

    def status(self):
        answer = scmr.hRQueryServiceStatus(self.call, self.open("LanmanServer"))
        expect_equal(answer["lpServiceStatus"]["dwCurrentState"], scmr.SERVICE_RUNNING, "state")

    def config(self):
        answer = scmr.hRQueryServiceConfigW(self.call, self.open("LanmanServer"))
        expect_equal(answer["lpServiceConfig"]["lpDisplayName"], "Server\x00", "display name")

    def pause_and_continue(self):
        service = self.open("LanmanServer")
        for control, state in [(2, scmr.SERVICE_PAUSED), (3, scmr.SERVICE_RUNNING)]:
            answer = scmr.hRControlService(self.call, service, control)
            expect_equal(answer["lpServiceStatus"]["dwCurrentState"], state, "state")

    def refusals(self):
        expect_error(1060, scmr.hROpenServiceW, self.call, self.manager, "Nothing\x00")
        expect_error(1056, scmr.hRStartServiceW, self.call, self.open("LanmanServer"))
        expect_error(1058, scmr.hRStartServiceW, self.call, self.open("Spooler"))
        expect_error(1052, scmr.hRControlService, self.call, self.open("LanmanServer"), scmr.SERVICE_CONTROL_STOP)
        expect_error(5, scmr.hRDeleteService, self.call, self.open("Spooler"))

    def lock(self):
        held = scmr.hRLockServiceDatabase(self.call, self.manager)["lpLock"]
        expect_error(1055, scmr.hRLockServiceDatabase, self.call, self.manager)
        scmr.hRUnlockServiceDatabase(self.call, held)


class Registry:
    """What reg.py asks: query, and what it may not change."""

    def __init__(self, server):
        self.call = bind(server, r"\winreg", rrp.MSRPC_UUID_RRP)
        self.machine = rrp.hOpenLocalMachine(self.call)["phKey"]

    def open(self, name):
        return rrp.hBaseRegOpenKey(self.call, self.machine, name, samDesired=MAXIMUM_ALLOWED)["phkResult"]

    def query(self):
        kind, value = rrp.hBaseRegQueryValue(self.call, self.open(PARAMETERS), "AutoDisconnect")
        expect_equal((kind, value), (rrp.REG_DWORD, 15), "AutoDisconnect")

    def keys(self):
        key = self.open("SYSTEM\\CurrentControlSet\\Services")
        count = rrp.hBaseRegQueryInfoKey(self.call, key)["lpcSubKeys"]
        names = [rrp.hBaseRegEnumKey(self.call, key, index)["lpNameOut"][:-1] for index in range(count)]
        expect("LanmanServer" in names, f"keys {names}")
        expect_error(259, rrp.hBaseRegEnumKey, self.call, key, count)

    def values(self):
        key = self.open("SYSTEM\\CurrentControlSet\\Control\\Lsa")
        names = [rrp.hBaseRegEnumValue(self.call, key, index)["lpValueNameOut"][:-1] for index in range(2)]
        expect_equal(names, ["RestrictAnonymous", "RestrictAnonymousSAM"], "values")

    def several(self):
        asked = [{"ValueName": "Users\x00", "ValueType": rrp.REG_DWORD}, {"ValueName": "SMB1\x00", "ValueType": rrp.REG_DWORD}]
        found = rrp.hBaseRegQueryMultipleValues(self.call, self.open(PARAMETERS), asked)
        expect_equal([entry["ValueData"] for entry in found], [0xFFFFFFFF, 0], "values")

    def security(self):
        answer = rrp.hBaseRegGetKeySecurity(self.call, self.open(PARAMETERS), 4)
        expect(len(b"".join(answer["pRpcSecurityDescriptorOut"]["lpSecurityDescriptor"])) > 20, "no descriptor")

    def nothing_is_written(self):
        key = self.open(PARAMETERS)
        expect_error(5, rrp.hBaseRegSetValue, self.call, key, "Users\x00", rrp.REG_DWORD, 5)
        expect_error(5, rrp.hBaseRegCreateKey, self.call, key, "New\x00")
        expect_error(5, rrp.hBaseRegDeleteValue, self.call, key, "Users\x00")


class Accounts:
    """What lookupsid.py and samrdump.py ask, as somebody who administers nothing."""

    def __init__(self, server):
        self.server = server

    def names_of_every_sid(self):
        call = bind(self.server, r"\lsarpc", lsat.MSRPC_UUID_LSAT, SECOND_USER)
        policy = lsad.hLsarOpenPolicy2(call, MAXIMUM_ALLOWED | lsat.POLICY_LOOKUP_NAMES)["PolicyHandle"]
        own = lsad.POLICY_INFORMATION_CLASS.PolicyAccountDomainInformation
        answer = lsad.hLsarQueryInformationPolicy2(call, policy, own)
        domain = answer["PolicyInformation"]["PolicyAccountDomainInfo"]["DomainSid"].formatCanonical()
        sids = [f"{domain}-{rid}" for rid in range(500, 1500)]
        try:
            answer = lsat.hLsarLookupSids(call, policy, sids, lsat.LSAP_LOOKUP_LEVEL.LsapLookupWksta)
        except DCERPCException as error:  # some are nobody's
            expect_equal(error.get_error_code(), 0x107, "status")
            answer = error.get_packet()
        domains = [entry["Name"] for entry in answer["ReferencedDomains"]["Domains"]]
        known = [entry for entry in answer["TranslatedNames"]["Names"] if entry["Use"] != lsat.SID_NAME_USE.SidTypeUnknown]
        names = {f"{domains[entry['DomainIndex']]}\\{entry['Name']}" for entry in known}
        wanted = {f"LANWARD\\{name}" for name in (self.server.user, SECOND_USER, DISABLED_USER)}
        expect(wanted <= names, f"names {sorted(names)}")

    def every_user(self):
        call = bind(self.server, r"\samr", samr.MSRPC_UUID_SAMR, SECOND_USER)
        server = samr.hSamrConnect(call)["ServerHandle"]
        domains = samr.hSamrEnumerateDomainsInSamServer(call, server)["Buffer"]["Buffer"]
        expect_equal([domain["Name"] for domain in domains], ["LANWARD", "BUILTIN"], "domains")
        sid = samr.hSamrLookupDomainInSamServer(call, server, domains[0]["Name"])["DomainId"]
        domain = samr.hSamrOpenDomain(call, server, domainId=sid)["DomainHandle"]
        disabled = {}
        for user in samr.hSamrEnumerateUsersInDomain(call, domain)["Buffer"]["Buffer"]:
            handle = samr.hSamrOpenUser(call, domain, MAXIMUM_ALLOWED, user["RelativeId"])["UserHandle"]
            every = samr.USER_INFORMATION_CLASS.UserAllInformation
            found = samr.hSamrQueryInformationUser2(call, handle, every)["Buffer"]["All"]
            expect_equal((found["UserName"], found["UserId"]), (user["Name"], user["RelativeId"]), "user")
            disabled[user["Name"]] = bool(found["UserAccountControl"] & samr.USER_ACCOUNT_DISABLED)
            samr.hSamrCloseHandle(call, handle)
        expect_equal(disabled, {self.server.user: False, SECOND_USER: False, DISABLED_USER: True}, "users")


def main():
    suite = Suite(__doc__)
    with suite.server(Profile(administrator=True)) as server:
        services = Services(server)
        for name in ["list", "status", "config", "pause_and_continue", "refusals", "lock"]:
            suite.report.case(f"services/{name}", getattr(services, name))
        registry = Registry(server)
        for name in ["query", "keys", "values", "several", "security", "nothing_is_written"]:
            suite.report.case(f"registry/{name}", getattr(registry, name))
        accounts = Accounts(server)
        for name in ["names_of_every_sid", "every_user"]:
            suite.report.case(f"accounts/{name}", getattr(accounts, name))
    suite.leave()


if __name__ == "__main__":
    main()
