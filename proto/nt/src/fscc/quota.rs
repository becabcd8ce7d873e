use super::ea::chain;
use crate::{FileTime, Sid};
use lanward_wire::{Decode, DecodeError, Encode, Reader, Writer};

/// [MS-FSCC] 2.4.41 FileQuotaInformation: what one user takes of a volume, and may take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileQuotaInformation {
    /// When the limits were set; ignored when they are being set.
    pub change_time: FileTime,
    /// Bytes taken; ignored when limits are being set.
    pub quota_used: i64,
    /// From how many bytes on the user is warned; [`Self::NO_LIMIT`] for never.
    pub quota_threshold: i64,
    /// How many bytes the user may take; [`Self::NO_LIMIT`], or [`Self::DELETE`] to take the entry away.
    pub quota_limit: i64,
    /// Whose it is.
    pub sid: Sid,
}

impl FileQuotaInformation {
    /// No threshold, no limit.
    pub const NO_LIMIT: i64 = -1;
    /// As a limit that is set: the entry goes.
    pub const DELETE: i64 = -2;
    /// Bytes of the shortest entry, its 8-byte SID included.
    pub const SHORTEST: usize = 48;
}

impl Encode for FileQuotaInformation {
    /// With NextEntryOffset 0, to be patched when another follows.
    fn encode(&self, w: &mut Writer<'_>) {
        let sid = self.sid.to_bytes();
        w.u32(0);
        w.u32(u32::try_from(sid.len()).unwrap_or(0));
        w.u64(self.change_time.0);
        for number in [self.quota_used, self.quota_threshold, self.quota_limit] {
            w.u64(number.cast_unsigned());
        }
        w.bytes(&sid);
    }
}

/// Reads a list of [`FileQuotaInformation`], each on 8 bytes.
///
/// # Errors
/// An entry is cut off, not aligned, has a SID that is none, or points into itself or behind the data.
pub fn decode_quotas(data: &[u8]) -> Result<Vec<FileQuotaInformation>, DecodeError> {
    chain(data, FileQuotaInformation::SHORTEST, 8, |r| {
        let length = r.u32("SidLength")?;
        let change_time = FileTime(r.u64("ChangeTime")?);
        let [quota_used, quota_threshold, quota_limit] =
            [r.u64("QuotaUsed")?, r.u64("QuotaThreshold")?, r.u64("QuotaLimit")?].map(u64::cast_signed);
        Ok(FileQuotaInformation {
            change_time,
            quota_used,
            quota_threshold,
            quota_limit,
            sid: sid(r, length)?,
        })
    })
}

/// Reads a list of FILE_GET_QUOTA_INFORMATION ([MS-FSCC] 2.4.41.1), each on 4 bytes: whose quota is asked for.
///
/// # Errors
/// As for [`decode_quotas`].
pub fn decode_get_quotas(data: &[u8]) -> Result<Vec<Sid>, DecodeError> {
    chain(data, 16, 4, |r| {
        let length = r.u32("SidLength")?;
        sid(r, length)
    })
}

/// Writes a list of FILE_GET_QUOTA_INFORMATION.
pub fn encode_get_quotas(sids: &[Sid], w: &mut Writer<'_>) {
    for (index, sid) in sids.iter().enumerate() {
        let sid = sid.to_bytes();
        let length = u32::try_from(sid.len()).unwrap_or(0);
        let is_last = index.saturating_add(1) == sids.len();
        w.u32(if is_last { 0 } else { length.saturating_add(8) });
        w.u32(length);
        w.bytes(&sid);
    }
}

/// A SID that fills exactly the bytes it says it has.
fn sid(r: &mut Reader<'_>, length: u32) -> Result<Sid, DecodeError> {
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    let mut bytes = Reader::new(r.bytes(length, "Sid")?);
    let sid = Sid::decode(&mut bytes)?;
    if bytes.rest().is_empty() { Ok(sid) } else { Err(DecodeError::invalid("SidLength", "is not the SID's")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn entry(sid: Sid) -> FileQuotaInformation {
        FileQuotaInformation {
            change_time: FileTime(1),
            quota_used: 2,
            quota_threshold: FileQuotaInformation::NO_LIMIT,
            quota_limit: 3,
            sid,
        }
    }

    fn bytes(next: u8) -> Vec<u8> {
        let mut bytes = vec![next, 0, 0, 0, 12, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0];
        bytes.extend([0xff; 8]);
        bytes.extend([3, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0]);
        bytes
    }

    #[test]
    fn entries_as_bytes() {
        assert_eq!(entry(Sid::everyone()).to_bytes(), bytes(0));
        let two = [bytes(56), vec![0; 4], bytes(0)].concat();
        assert_eq!(decode_quotas(&two), Ok(vec![entry(Sid::everyone()); 2]));
        assert!(decode_quotas(&[bytes(52), bytes(0)].concat()).is_err(), "not on 8 bytes");
        let mut longer = bytes(0);
        longer[4] = 11;
        assert!(decode_quotas(&longer).is_err());
        longer[4] = 13;
        longer.push(0);
        assert!(decode_quotas(&longer).is_err(), "a SID of 12 bytes in 13");
    }

    #[test]
    fn sids_as_bytes() {
        let sids = [Sid::everyone(), Sid::administrators()];
        let mut buf = Vec::new();
        encode_get_quotas(&sids, &mut Writer::new(&mut buf));
        let first = [20, 0, 0, 0, 12, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0];
        let second = [0, 0, 0, 0, 16, 0, 0, 0, 1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 0x20, 2, 0, 0];
        assert_eq!(buf, [&first[..], &second[..]].concat());
        assert_eq!(decode_get_quotas(&buf), Ok(sids.to_vec()));
        assert!(decode_get_quotas(&buf[..buf.len() - 1]).is_err());
    }

    proptest! {
        #[test]
        fn no_list_panics(data: Vec<u8>) {
            let _ = (decode_quotas(&data), decode_get_quotas(&data));
        }
    }
}
