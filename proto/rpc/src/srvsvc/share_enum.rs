use super::{ShareFields, ShareInfo};
use crate::{NdrReader, NdrWriter};
use lanward_nt::NtString;
use lanward_wire::DecodeError;

/// [MS-SRVS] 3.1.4.8 NetrShareEnum (Opnum 15), what the client gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShareEnumRequest {
    /// ServerName
    pub server_name: Option<NtString>,
    /// The level of the structures to return.
    pub level: u32,
    /// PreferedMaximumLength in bytes.
    pub preferred_maximum_length: u32,
    /// ResumeHandle
    pub resume_handle: Option<u32>,
}

/// [MS-SRVS] 3.1.4.8 NetrShareEnum (Opnum 15), what the server returns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShareEnumResponse {
    /// The level of the structures.
    pub level: u32,
    /// The shares; `None` where the server returns no container at all.
    pub shares: Option<Vec<ShareInfo>>,
    /// All there are from where this enumeration began.
    pub total_entries: u32,
    /// Where to go on; present if the client gave one.
    pub resume_handle: Option<u32>,
    /// A Win32 error: 0, ERROR_MORE_DATA (234), ERROR_INVALID_LEVEL (124) ...
    pub status: u32,
}

/// SHARE_ENUM_STRUCT ([MS-SRVS] 2.2.4.38). The arm of an unknown level is taken to be empty.
fn decode_struct(r: &mut NdrReader<'_>) -> Result<(u32, Option<Vec<ShareInfo>>), DecodeError> {
    let level = r.u32("Level")?;
    if r.u32("ShareInfo switch")? != level {
        return Err(DecodeError::invalid("ShareInfo switch", "not the level"));
    }
    let Some(fields) = enumerable(level) else { return Ok((level, None)) };
    if !r.pointer("ShareInfo")? {
        return Ok((level, None));
    }
    let entries = r.u32("EntriesRead")?;
    if !r.pointer("Buffer")? {
        return Ok((level, Some(Vec::new())));
    }
    let count = r.count(fields.fixed_length(), "Buffer count")?;
    if count != entries {
        return Err(DecodeError::invalid("Buffer count", "not EntriesRead"));
    }
    let fixed = (0..count).map(|_| ShareInfo::decode_fixed(fields, r)).collect::<Result<Vec<_>, _>>()?;
    let deferred = fixed.into_iter().map(|(mut share, pointers)| {
        share.decode_deferred(&pointers, r)?;
        Ok(share)
    });
    Ok((level, Some(deferred.collect::<Result<_, DecodeError>>()?)))
}

fn encode_struct(level: u32, shares: Option<&[ShareInfo]>, w: &mut NdrWriter<'_>) {
    w.u32(level);
    w.u32(level);
    let Some(fields) = enumerable(level) else { return };
    w.pointer(shares.is_some());
    let Some(shares) = shares else { return };
    let count = u32::try_from(shares.len()).unwrap_or(u32::MAX);
    w.u32(count);
    w.pointer(!shares.is_empty());
    if shares.is_empty() {
        return;
    }
    w.u32(count);
    for share in shares {
        share.encode_fixed(fields, w);
    }
    for share in shares {
        share.encode_deferred(fields, w);
    }
}

/// The levels NetrShareEnum has.
fn enumerable(level: u32) -> Option<ShareFields> {
    ShareFields::of_level(level).filter(|fields| fields.contains(ShareFields::NAME))
}

impl ShareEnumRequest {
    /// # Errors
    /// The bytes are not this operation's arguments.
    pub fn decode(r: &mut NdrReader<'_>) -> Result<Self, DecodeError> {
        let server_name = r.string_pointer("ServerName")?;
        let (level, _) = decode_struct(r)?;
        let preferred_maximum_length = r.u32("PreferedMaximumLength")?;
        let resume_handle = r.pointer("ResumeHandle")?.then(|| r.u32("ResumeHandle")).transpose()?;
        Ok(Self { server_name, level, preferred_maximum_length, resume_handle })
    }

    /// Appends the arguments.
    pub fn encode(&self, w: &mut NdrWriter<'_>) {
        w.string_pointer(self.server_name.as_ref());
        encode_struct(self.level, Some(&[]), w);
        w.u32(self.preferred_maximum_length);
        w.pointer(self.resume_handle.is_some());
        if let Some(handle) = self.resume_handle {
            w.u32(handle);
        }
    }
}

impl ShareEnumResponse {
    /// # Errors
    /// The bytes are not this operation's results.
    pub fn decode(r: &mut NdrReader<'_>) -> Result<Self, DecodeError> {
        let (level, shares) = decode_struct(r)?;
        let total_entries = r.u32("TotalEntries")?;
        let resume_handle = r.pointer("ResumeHandle")?.then(|| r.u32("ResumeHandle")).transpose()?;
        Ok(Self { level, shares, total_entries, resume_handle, status: r.u32("status")? })
    }

    /// Appends the results.
    pub fn encode(&self, w: &mut NdrWriter<'_>) {
        encode_struct(self.level, self.shares.as_deref(), w);
        w.u32(self.total_entries);
        w.pointer(self.resume_handle.is_some());
        if let Some(handle) = self.resume_handle {
            w.u32(handle);
        }
        w.u32(self.status);
    }
}

#[cfg(test)]
#[path = "share_enum_tests.rs"]
mod tests;
