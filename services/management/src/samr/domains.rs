use super::objects::{
    LIST_ACCOUNTS, LOOKUP, LOOKUP_DOMAIN, Object, READ_OTHER_PARAMETERS, READ_PASSWORD_PARAMETERS,
    WRITE_OTHER_PARAMETERS, WRITE_PASSWORD_PARAMETERS, directory, domain, opened, server,
};
use crate::call::Call;
use crate::names::builtin;
use crate::operations::{Refusal, change};
use crate::page::page;
use lanward_nt::{NtStatus, NtString};
use lanward_rpc::samr::{
    DomainGeneralInformation, DomainGeneralInformation2, DomainInformation, DomainLockoutInformation,
    DomainModifiedInformation, DomainModifiedInformation2, DomainPasswordInformation, OpenDomainRequest,
    OpenDomainResponse, QueryDomain2Request, QueryDomain2Response, QueryDomainRequest, QueryDomainResponse,
    RidName, SetDomainRequest, SetDomainResponse,
};
use lanward_rpc::{ContextHandle, Counted, Enumeration, Halves};
use lanward_server::{AliasDomain, DomainPolicy, PasswordProperties};
use std::time::Duration;

/// DomainServerPrimary, which every server that stands alone is.
const PRIMARY: u16 = 3;

/// DomainServerEnabled
const ENABLED: u16 = 1;

/// A span of no end, as a negative count of 100 ns.
const FOREVER: u64 = 0x8000_0000_0000_0000;

/// [MS-SAMR] 3.1.5.1.5 SamrOpenDomain
pub(super) fn open(call: &Call<'_>, request: OpenDomainRequest) -> Result<OpenDomainResponse, Refusal> {
    // 3.1.5.1.5 asks for SAM_SERVER_LOOKUP_DOMAIN.
    server(call, &request.server, LOOKUP_DOMAIN)?;
    let domain = if request.sid == call.caller.server.identity().sid {
        AliasDomain::Account
    } else if request.sid == builtin().sid {
        AliasDomain::Builtin
    } else {
        return Err(NtStatus::NO_SUCH_DOMAIN.into());
    };
    let (domain, _) = opened(call, Object::Domain(domain), request.access)?;
    Ok(OpenDomainResponse { domain, status: NtStatus::SUCCESS })
}

/// [MS-SAMR] 3.1.5.5.2 SamrQueryInformationDomain
pub(super) fn query(call: &Call<'_>, request: QueryDomainRequest) -> Result<QueryDomainResponse, Refusal> {
    let information = Some(information(call, &request.domain, request.class.0)?);
    Ok(QueryDomainResponse { information, status: NtStatus::SUCCESS })
}

/// [MS-SAMR] 3.1.5.5.1 SamrQueryInformationDomain2
pub(super) fn query2(call: &Call<'_>, request: QueryDomain2Request) -> Result<QueryDomain2Response, Refusal> {
    let information = Some(information(call, &request.domain, request.class.0)?);
    Ok(QueryDomain2Response { information, status: NtStatus::SUCCESS })
}

fn information(call: &Call<'_>, handle: &ContextHandle, class: u16) -> Result<DomainInformation, Refusal> {
    let rights = match class {
        1 | 12 => READ_PASSWORD_PARAMETERS,
        11 => READ_PASSWORD_PARAMETERS | READ_OTHER_PARAMETERS,
        _ => READ_OTHER_PARAMETERS,
    };
    let domain = domain(call, handle, rights)?;
    let directory = directory(call);
    let policy = directory.policy();
    let created = call.caller.server.started().0;
    let name: NtString = match domain {
        AliasDomain::Account => call.caller.server.identity().name.as_str().into(),
        AliasDomain::Builtin => builtin().name,
    };
    Ok(match class {
        1 => DomainInformation::Password(Box::new(password_information(policy))),
        2 => DomainInformation::General(Box::new(general(call, domain, name))),
        3 => DomainInformation::Logoff(Box::new(Halves(negative(policy.force_logoff)))),
        4 => DomainInformation::Oem(Box::new(policy.comment.clone().into())),
        5 => DomainInformation::Name(Box::new(name.into())),
        6 => DomainInformation::Replication(Box::new(NtString::default().into())),
        7 => DomainInformation::ServerRole(Box::new(Enumeration(PRIMARY))),
        8 => DomainInformation::Modified(Box::new(DomainModifiedInformation {
            modified_count: Halves(1),
            created: Halves(created),
        })),
        9 => DomainInformation::State(Box::new(Enumeration(ENABLED))),
        11 => DomainInformation::General2(Box::new(DomainGeneralInformation2 {
            general: general(call, domain, name),
            lockout_duration: negative(policy.lockout_duration),
            lockout_window: negative(Some(policy.lockout_window)),
            lockout_threshold: policy.lockout_threshold,
        })),
        12 => DomainInformation::Lockout(Box::new(DomainLockoutInformation {
            duration: negative(policy.lockout_duration),
            window: negative(Some(policy.lockout_window)),
            threshold: policy.lockout_threshold,
        })),
        13 => DomainInformation::Modified2(Box::new(DomainModifiedInformation2 {
            modified_count: Halves(1),
            created: Halves(created),
            at_last_promotion: Halves(0),
        })),
        _ => return Err(NtStatus::INVALID_INFO_CLASS.into()),
    })
}

pub(super) fn password_information(policy: &DomainPolicy) -> DomainPasswordInformation {
    DomainPasswordInformation {
        minimum_length: policy.min_password_length,
        history_length: policy.password_history,
        properties: policy.properties.bits(),
        maximum_age: Halves(negative(policy.max_password_age)),
        minimum_age: Halves(negative(Some(policy.min_password_age))),
    }
}

fn general(call: &Call<'_>, domain: AliasDomain, name: NtString) -> DomainGeneralInformation {
    let directory = directory(call);
    let policy = directory.policy();
    let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let own = domain == AliasDomain::Account;
    DomainGeneralInformation {
        force_logoff: Halves(negative(policy.force_logoff)),
        oem_information: policy.comment.clone().into(),
        domain_name: name.into(),
        replica_source: NtString::default().into(),
        modified_count: Halves(1),
        server_state: ENABLED.into(),
        server_role: PRIMARY.into(),
        uas_compatibility: 1,
        users: if own { number(directory.users().len()) } else { 0 },
        groups: if own { number(directory.groups().len()) } else { 0 },
        aliases: number(directory.aliases(domain).count()),
    }
}

/// A span as [MS-SAMR] has it: negative, in 100 ns.
fn negative(span: Option<Duration>) -> u64 {
    let Some(span) = span else { return FOREVER };
    u64::try_from(span.as_nanos() / 100).unwrap_or(FOREVER).wrapping_neg()
}

/// The span of a negative count; `None` for one of no end.
///
/// # Errors
/// INVALID_PARAMETER: it is positive.
fn span(negative: u64) -> Result<Option<Duration>, NtStatus> {
    if negative == FOREVER {
        return Ok(None);
    }
    if negative != 0 && negative < FOREVER {
        return Err(NtStatus::INVALID_PARAMETER);
    }
    let ticks = negative.wrapping_neg();
    let nanoseconds = u32::try_from(ticks % 10_000_000 * 100).unwrap_or(0);
    Ok(Some(Duration::new(ticks / 10_000_000, nanoseconds)))
}

/// [MS-SAMR] 3.1.5.6.1 SamrSetInformationDomain
pub(super) async fn set(call: &Call<'_>, request: SetDomainRequest) -> Result<SetDomainResponse, Refusal> {
    let rights = match request.class.0 {
        1 | 12 => WRITE_PASSWORD_PARAMETERS,
        3 | 4 | 6 | 7 | 9 => WRITE_OTHER_PARAMETERS,
        _ => return Err(NtStatus::INVALID_INFO_CLASS.into()),
    };
    if domain(call, &request.domain, rights)? == AliasDomain::Builtin {
        return Err(NtStatus::ACCESS_DENIED.into());
    }
    if request.class.0 != request.information.level() {
        return Err(NtStatus::INVALID_PARAMETER.into());
    }
    change(call, "policy of passwords set", String::new(), move |draft| {
        let policy = changed(draft.directory().policy().clone(), &request.information)?;
        if policy != *draft.directory().policy() {
            draft.set_policy(policy);
        }
        Ok(())
    })
    .await?;
    Ok(SetDomainResponse { status: NtStatus::SUCCESS })
}

fn changed(mut policy: DomainPolicy, information: &DomainInformation) -> Result<DomainPolicy, NtStatus> {
    /// 3.1.1.6: the most a password can be asked to have, and that can be remembered here.
    const LONGEST: u16 = 256;
    const MOST_REMEMBERED: u16 = 64;
    match information {
        DomainInformation::Password(new) => {
            let (maximum, minimum) = (span(new.maximum_age.0)?, span(new.minimum_age.0)?);
            let minimum = minimum.ok_or(NtStatus::INVALID_PARAMETER)?;
            let never_ends = maximum.filter(|age| !age.is_zero());
            let contradiction = never_ends.is_some_and(|maximum| minimum >= maximum);
            if new.minimum_length > LONGEST || new.history_length > MOST_REMEMBERED || contradiction {
                return Err(NtStatus::INVALID_PARAMETER);
            }
            policy.min_password_length = new.minimum_length;
            policy.password_history = new.history_length;
            policy.properties = PasswordProperties::from_bits_retain(new.properties);
            policy.max_password_age = never_ends;
            policy.min_password_age = minimum;
        }
        DomainInformation::Lockout(new) => {
            let window = span(new.window)?.ok_or(NtStatus::INVALID_PARAMETER)?;
            let duration = span(new.duration)?.filter(|span| !span.is_zero());
            // 3.1.1.6: who is locked stays so for as long as it was counted.
            if duration.is_some_and(|duration| duration < window) {
                return Err(NtStatus::INVALID_PARAMETER);
            }
            (policy.lockout_duration, policy.lockout_window) = (duration, window);
            policy.lockout_threshold = new.threshold;
        }
        DomainInformation::Logoff(new) => policy.force_logoff = span(new.0)?,
        DomainInformation::Oem(new) => policy.comment = new.string(),
        // 3.1.5.6.1.5 and those like it: a server that is no controller has one role and state, and replicates nothing.
        DomainInformation::ServerRole(new) if new.0 == PRIMARY => {}
        DomainInformation::State(new) if new.0 == ENABLED => {}
        DomainInformation::Replication(_) => {}
        _ => return Err(NtStatus::INVALID_PARAMETER),
    }
    Ok(policy)
}

/// Part of a list of names with relative identifiers: where the next begins, the entries, how many, and the status.
pub(super) type RidNames = (u32, Option<Counted<RidName>>, u32, NtStatus);

/// As much of the accounts of one kind as a client asked for; `resume` is the relative identifier it goes on behind.
pub(super) fn rid_names(all: impl Iterator<Item = (u32, NtString)>, resume: u32, preferred: u32) -> RidNames {
    let left = all.filter(|(rid, _)| *rid > resume);
    let page = page(left, 0, preferred, |(_, name)| 16 + 2 * name.units().len());
    let status = page.status_or(NtStatus::SUCCESS);
    let next = page.entries.last().map_or(resume, |(rid, _)| *rid);
    let next = if status == NtStatus::MORE_ENTRIES { next } else { 0 };
    let entries: Vec<_> =
        page.entries.into_iter().map(|(rid, name)| RidName { rid, name: name.into() }).collect();
    let count = u32::try_from(entries.len()).unwrap_or(u32::MAX);
    (next, Some(Counted(entries)), count, status)
}

/// What listing accounts needs.
pub(super) const LISTING: u32 = LIST_ACCOUNTS;

/// What looking for accounts needs.
pub(super) const LOOKING: u32 = LOOKUP;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_negative() {
        let minute = Duration::from_secs(60);
        assert_eq!(negative(Some(minute)), 600_000_000_u64.wrapping_neg());
        assert_eq!(span(negative(Some(minute))), Ok(Some(minute)));
        assert_eq!((span(FOREVER), span(0)), (Ok(None), Ok(Some(Duration::ZERO))));
        assert_eq!(span(1), Err(NtStatus::INVALID_PARAMETER));
    }
}
