use crate::win32;
use lanward_nt::NtString;
use lanward_rpc::StatusResponse;
use lanward_rpc::wkssvc::ValidateNameRequest;
use lanward_server::{Act, Caller};

/// ERROR_NO_SUCH_DOMAIN
const NO_SUCH_DOMAIN: u32 = 1355;
/// DNS_ERROR_INVALID_NAME_CHAR
const INVALID_NAME_CHARACTER: u32 = 9560;

/// [MS-WKST] 3.2.4.16 NetrValidateName2, as far as one machine can tell: nobody else on the network is asked.
pub(super) fn validate_name(caller: &Caller, request: &ValidateNameRequest) -> StatusResponse {
    if caller.may(Act::Administer).is_err() {
        return StatusResponse { status: win32::ACCESS_DENIED };
    }
    let own = NtString::from(caller.server.identity().name.as_str());
    let name = &request.name;
    let status = match request.name_type {
        // NetSetupMachine
        1 if is_netbios(name) => win32::SUCCESS,
        1 => win32::INVALID_COMPUTER,
        // NetSetupWorkgroup
        2 if !is_netbios(name) || name.eq_ignore_case(&own) => win32::INVALID_WORKGROUP_NAME,
        2 => win32::SUCCESS,
        // NetSetupDomain, NetSetupNonExistentDomain: none is known here.
        3 | 4 if !is_netbios(name) && dns(name) != win32::SUCCESS => win32::INVALID_NAME,
        3 | 4 if name.eq_ignore_case(&"BUILTIN".into()) => win32::INVALID_COMPUTER,
        3 => NO_SUCH_DOMAIN,
        4 => win32::SUCCESS,
        // NetSetupDnsMachine
        5 => dns(name),
        _ => win32::INVALID_PARAMETER,
    };
    StatusResponse { status }
}

/// At most 15 characters, none that NetBIOS and paths use, and not only blanks and dots.
fn is_netbios(name: &NtString) -> bool {
    let forbidden = |u: &u16| *u < 0x20 || "\"/\\[]:|<>+=;,?*".encode_utf16().any(|f| f == *u);
    let empty = name.units().iter().all(|u| matches!(u, 0x20 | 0x2e));
    name.units().len() <= 15 && !empty && !name.units().iter().any(forbidden)
}

/// A DNS name: labels of at most 63 octets, 255 altogether.
fn dns(name: &NtString) -> u32 {
    let text = name.to_string_lossy();
    let label = |label: &str| (1..=63).contains(&label.len());
    let whole = text.strip_suffix('.').unwrap_or(&text);
    if text.len() > 255 || text.contains(|c: char| c.is_control()) || !whole.split('.').all(label) {
        return win32::INVALID_NAME;
    }
    if text.contains(|c: char| " {|}~[\\]^':;<=>?@!\"#$%`()+/,*".contains(c)) {
        return INVALID_NAME_CHARACTER;
    }
    win32::SUCCESS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_computers() {
        for good in ["nas", "NAS-1", "a b"] {
            assert!(is_netbios(&good.into()), "{good}");
        }
        for bad in ["", " .", "a/b", "a*", "sixteen-letters-"] {
            assert!(!is_netbios(&bad.into()), "{bad}");
        }
        let long = "a".repeat(64);
        for bad in ["", ".a", "a..b", "a\u{1}", &long] {
            assert_eq!(dns(&bad.into()), win32::INVALID_NAME, "{bad}");
        }
        assert_eq!(dns(&"a b".into()), INVALID_NAME_CHARACTER);
        assert_eq!((dns(&"nas.example.".into()), dns(&long[1..].into())), (0, 0));
    }
}
