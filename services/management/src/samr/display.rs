use super::domains::LISTING;
use super::groups::ATTRIBUTES;
use super::objects::{directory, domain};
use crate::call::Call;
use crate::operations::Refusal;
use crate::page::page;
use lanward_nt::{NtStatus, NtString};
use lanward_rpc::samr::{
    DisplayGroup, DisplayIndex2Request, DisplayIndex2Response, DisplayIndexRequest, DisplayIndexResponse,
    DisplayInformation, DisplayOem, DisplayUser, QueryDisplay2Request, QueryDisplay2Response,
    QueryDisplay3Request, QueryDisplay3Response, QueryDisplayRequest, QueryDisplayResponse,
};
use lanward_rpc::{ByteString, ContextHandle, Counted};
use lanward_server::{AccountControl, AliasDomain, Directory};

/// Most entries of one answer, whatever the client asks for.
const MOST: u32 = 4_096;

/// Somebody who is shown, in the order of names.
struct Shown {
    rid: u32,
    control: u32,
    name: NtString,
    comment: NtString,
    full_name: NtString,
}

fn shown(directory: &Directory, class: u16) -> Result<Vec<Shown>, NtStatus> {
    let none = NtString::default;
    let mut all: Vec<Shown> = match class {
        1 | 4 => {
            let users = directory.users().filter(|user| user.control.contains(AccountControl::NORMAL));
            let shown = users.map(|user| Shown {
                rid: user.rid,
                control: user.control.bits(),
                name: user.name.clone(),
                comment: user.comment.clone(),
                full_name: user.full_name.clone(),
            });
            shown.collect()
        }
        // Computers have accounts in domains, and this is none.
        2 => Vec::new(),
        3 | 5 => {
            let shown = directory.groups().map(|group| Shown {
                rid: group.rid,
                control: ATTRIBUTES,
                name: group.name.clone(),
                comment: group.comment.clone(),
                full_name: none(),
            });
            shown.collect()
        }
        _ => return Err(NtStatus::INVALID_INFO_CLASS),
    };
    all.sort_by_cached_key(|shown| shown.name.to_uppercase());
    Ok(all)
}

fn length(shown: &Shown) -> usize {
    let units = [&shown.name, &shown.comment, &shown.full_name].map(|text| text.units().len());
    36 + 2 * units.into_iter().sum::<usize>()
}

/// What there is in bytes, what of it is returned, and whether more is left.
type Answer = (u32, u32, DisplayInformation, NtStatus);

fn answer(
    call: &Call<'_>,
    handle: &ContextHandle,
    class: u16,
    index: u32,
    entries: u32,
    preferred: u32,
) -> Result<Answer, Refusal> {
    let domain = domain(call, handle, LISTING)?;
    let mut all = shown(&directory(call), class)?;
    if domain == AliasDomain::Builtin {
        all.clear();
    }
    let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let available = number(all.iter().map(length).sum());
    let (left, most) = (all.len(), usize::try_from(entries.min(MOST)).unwrap_or(0));
    let start = usize::try_from(index).unwrap_or(usize::MAX);
    let page = page(all.into_iter().take(start.saturating_add(most)), index, preferred, length);
    let returned = number(page.entries.iter().map(length).sum());
    let more = usize::try_from(page.next).is_ok_and(|next| next < left);
    let status = if more && !page.entries.is_empty() { NtStatus::MORE_ENTRIES } else { NtStatus::SUCCESS };
    let numbered = page.entries.into_iter().zip(index.saturating_add(1)..);
    Ok((available, returned, display(class, numbered), status))
}

fn display(class: u16, numbered: impl Iterator<Item = (Shown, u32)>) -> DisplayInformation {
    let oem = |(shown, index): (Shown, u32)| DisplayOem {
        index,
        name: ByteString(shown.name.to_string_lossy().into_bytes()),
    };
    match class {
        1 => DisplayInformation::Users(Box::new(Counted(
            numbered
                .map(|(shown, index)| DisplayUser {
                    index,
                    rid: shown.rid,
                    control: shown.control,
                    name: shown.name.into(),
                    comment: shown.comment.into(),
                    full_name: shown.full_name.into(),
                })
                .collect(),
        ))),
        2 => DisplayInformation::Machines(Box::default()),
        3 => DisplayInformation::Groups(Box::new(Counted(
            numbered
                .map(|(shown, index)| DisplayGroup {
                    index,
                    rid: shown.rid,
                    attributes: shown.control,
                    name: shown.name.into(),
                    comment: shown.comment.into(),
                })
                .collect(),
        ))),
        4 => DisplayInformation::OemUsers(Box::new(Counted(numbered.map(oem).collect()))),
        _ => DisplayInformation::OemGroups(Box::new(Counted(numbered.map(oem).collect()))),
    }
}

/// [MS-SAMR] 3.1.5.3.3 SamrQueryDisplayInformation
pub(super) fn query(call: &Call<'_>, request: QueryDisplayRequest) -> Result<QueryDisplayResponse, Refusal> {
    let QueryDisplayRequest { domain, class, index, entries, preferred_length } = request;
    let (available, returned, information, status) =
        answer(call, &domain, class.0, index, entries, preferred_length)?;
    Ok(QueryDisplayResponse { available, returned, information, status })
}

/// [MS-SAMR] 3.1.5.3.2 SamrQueryDisplayInformation2
pub(super) fn query2(
    call: &Call<'_>,
    request: QueryDisplay2Request,
) -> Result<QueryDisplay2Response, Refusal> {
    let QueryDisplay2Request { domain, class, index, entries, preferred_length } = request;
    let (available, returned, information, status) =
        answer(call, &domain, class.0, index, entries, preferred_length)?;
    Ok(QueryDisplay2Response { available, returned, information, status })
}

/// [MS-SAMR] 3.1.5.3.1 SamrQueryDisplayInformation3
pub(super) fn query3(
    call: &Call<'_>,
    request: QueryDisplay3Request,
) -> Result<QueryDisplay3Response, Refusal> {
    let QueryDisplay3Request { domain, class, index, entries, preferred_length } = request;
    let (available, returned, information, status) =
        answer(call, &domain, class.0, index, entries, preferred_length)?;
    Ok(QueryDisplay3Response { available, returned, information, status })
}

/// Where the first name is that does not come before a prefix.
fn place(call: &Call<'_>, handle: &ContextHandle, class: u16, prefix: &NtString) -> Result<u32, Refusal> {
    let domain = domain(call, handle, LISTING)?;
    let prefix = prefix.to_uppercase();
    let all = shown(&directory(call), class)?;
    let at = all.iter().position(|shown| shown.name.to_uppercase() >= prefix);
    let at = at.filter(|_| domain == AliasDomain::Account).ok_or(NtStatus::NO_MORE_ENTRIES)?;
    Ok(u32::try_from(at).unwrap_or(u32::MAX))
}

/// [MS-SAMR] 3.1.5.3.5 SamrGetDisplayEnumerationIndex
pub(super) fn index(call: &Call<'_>, request: DisplayIndexRequest) -> Result<DisplayIndexResponse, Refusal> {
    let index = place(call, &request.domain, request.class.0, &request.prefix.string())?;
    Ok(DisplayIndexResponse { index, status: NtStatus::SUCCESS })
}

/// [MS-SAMR] 3.1.5.3.4 SamrGetDisplayEnumerationIndex2
pub(super) fn index2(
    call: &Call<'_>,
    request: DisplayIndex2Request,
) -> Result<DisplayIndex2Response, Refusal> {
    let index = place(call, &request.domain, request.class.0, &request.prefix.string())?;
    Ok(DisplayIndex2Response { index, status: NtStatus::SUCCESS })
}
