use super::RapCall;
use super::answer::Answer;
use crate::win32;
use lanward_nt::NtString;
use lanward_server::{Act, BrowseEntry, NoServers};
use lanward_smb1::rap::{Field, Parameter, structures};

/// SV_TYPE bits that say what is asked for ([MS-RAP] 2.5.5.2.1).
const LOCAL_LIST_ONLY: u32 = 0x4000_0000;
const DOMAIN_ENUM: u32 = 0x8000_0000;
const ALL: u32 = u32::MAX;

/// ERROR_REQ_NOT_ACCEP
const REQUEST_NOT_ACCEPTED: u32 = 71;
/// ERROR_NO_BROWSER_SERVERS_FOUND
const NO_BROWSER_SERVERS_FOUND: u32 = 0x17e6;

/// Longest name of a domain or server ([MS-RAP] 2.4).
const LONGEST_NAME: usize = 15;

/// [MS-RAP] 3.2.5.12 NetServerEnum2 and 3.2.5.15 NetServerEnum3, and what [MS-BRWS] 3.3.5.6 has to say of them.
pub(super) fn enumerate(call: &RapCall<'_>) -> Result<Answer, u32> {
    let (Parameter::Word(level), Parameter::ReceiveLength(length), Parameter::Dword(wanted), names) =
        (match call.parameters.as_slice() {
            [level, length, wanted, names @ ..] => (level, length, wanted, names),
            _ => return Err(win32::INVALID_PARAMETER),
        })
    else {
        return Err(win32::INVALID_PARAMETER);
    };
    let descriptor = structures::server(*level).ok_or(win32::INVALID_LEVEL)?;
    let mut names = names.iter().map(|name| match name {
        Parameter::Text(name) => name.clone(),
        _ => NtString::default(),
    });
    let (domain, first) = (names.next().unwrap_or_default(), names.next().unwrap_or_default());
    if [&domain, &first].iter().any(|name| name.units().len() > LONGEST_NAME) {
        return Err(win32::INVALID_PARAMETER);
    }
    if call.caller.may(Act::ListServers).is_err() {
        return Err(win32::ACCESS_DENIED);
    }
    let groups = *wanted != ALL && wanted & DOMAIN_ENUM != 0;
    if groups && wanted & !(DOMAIN_ENUM | LOCAL_LIST_ONLY) != 0 {
        return Err(win32::INVALID_FUNCTION);
    }
    if !groups && !is_own(call, &domain) {
        return Err(NO_BROWSER_SERVERS_FOUND);
    }
    let mut entries = listed(call, groups, *wanted)?;
    if !groups && *wanted != ALL {
        // A request for nothing but the local list asks for all of it.
        let kinds = wanted & !LOCAL_LIST_ONLY;
        entries.retain(|entry| kinds == 0 || entry.server_type & kinds != 0);
    }
    if entries.is_empty() {
        return Err(NO_BROWSER_SERVERS_FOUND);
    }
    // Names are in upper case, and not every list has the one to begin with.
    let first = first.to_uppercase();
    entries.retain(|entry| NtString::from(entry.name.as_str()) >= first);
    Ok(call.list(descriptor, *length, entries.iter().map(|entry| fields(*level, entry))))
}

/// Whether servers of this domain are listed: of the group this server is in, and of the domain its accounts log on to, which clients know from their own
/// logon ([MS-BRWS] 3.3.5.6 primary and logon domain). No name stands for both.
fn is_own(call: &RapCall<'_>, domain: &NtString) -> bool {
    let server = &call.caller.server;
    let own = [&server.identity().workgroup.as_str().into(), server.accounts().domain_name()];
    domain.units().is_empty() || own.iter().any(|own| domain.eq_ignore_case(own))
}

fn listed(call: &RapCall<'_>, groups: bool, wanted: u32) -> Result<Vec<BrowseEntry>, u32> {
    let local = wanted != ALL && wanted & LOCAL_LIST_ONLY != 0;
    let network = local.then(|| call.caller.local.ip().to_canonical());
    call.caller.server.browse_list().entries(groups, network).map_err(|none| match none {
        NoServers::NoBrowser => NO_BROWSER_SERVERS_FOUND,
        NoServers::Potential => REQUEST_NOT_ACCEPTED,
    })
}

/// [MS-RAP] 2.5.5.4
fn fields(level: u16, entry: &BrowseEntry) -> Vec<Field> {
    let mut fields = vec![Field::Name(entry.name.as_str().into())];
    if level > 0 {
        fields.extend([Field::Byte(entry.version.0), Field::Byte(entry.version.1)]);
        fields.extend([Field::Dword(entry.server_type), Field::Text(entry.comment.as_str().into())]);
    }
    fields
}
