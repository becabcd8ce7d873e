use crate::NtString;
use lanward_wire::{Decode, DecodeError, Reader};

/// One entry of an answer, whatever its version.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DecodedReferral {
    /// VersionNumber
    pub version: u16,
    /// It is a root.
    pub root: bool,
    /// ReferralEntryFlags
    pub flags: u16,
    /// Seconds it may be kept.
    pub time_to_live: u32,
    /// What it stands for; in a list of names the name.
    pub dfs_path: NtString,
    /// Where that is; in a list of names those the name stands for.
    pub targets: Vec<NtString>,
}

/// [MS-DFSC] 2.2.4 RESP_GET_DFS_REFERRAL as a client reads it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DecodedReferrals {
    /// Bytes of the path that was asked for.
    pub path_consumed: u16,
    /// ReferralHeaderFlags
    pub flags: u32,
    /// The entries.
    pub entries: Vec<DecodedReferral>,
}

const NAME_LIST: u16 = 2;

impl Decode<'_> for DecodedReferrals {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let path_consumed = r.u16("PathConsumed")?;
        let count = r.u16("NumberOfReferrals")?;
        let flags = r.u32("ReferralHeaderFlags")?;
        let mut entries = Vec::new();
        for _ in 0..count {
            let start = r.rest();
            let size = entry(start, &mut entries)?;
            *r = Reader::new(start);
            r.skip(size, "Size")?;
        }
        Ok(Self { path_consumed, flags, entries })
    }
}

/// One entry and everything behind it; answers the entry's size.
fn entry(bytes: &[u8], entries: &mut Vec<DecodedReferral>) -> Result<usize, DecodeError> {
    let r = &mut Reader::new(bytes);
    let version = r.u16("VersionNumber")?;
    let size = usize::from(r.u16("Size")?);
    let root = r.u16("ServerType")? != 0;
    let flags = r.u16("ReferralEntryFlags")?;
    if size < 8 {
        return Err(DecodeError::unexpected("Size", u32::try_from(size).unwrap_or_default()));
    }
    let whole = Reader::new(bytes);
    let text = |at: u16| name_at(&whole, at.into()).map(|(name, _)| name);
    let mut entry = DecodedReferral { version, root, flags, ..DecodedReferral::default() };
    if version == 1 {
        entry.targets = vec![text(8)?];
    } else {
        if version == 2 {
            r.skip(4, "Proximity")?;
        }
        entry.time_to_live = r.u32("TimeToLive")?;
        let (first, second, third) =
            (r.u16("DFSPathOffset")?, r.u16("DFSAlternatePathOffset")?, r.u16("NetworkAddressOffset")?);
        entry.dfs_path = text(first)?;
        if version > 2 && flags & NAME_LIST != 0 {
            let mut at = usize::from(third);
            for _ in 0..second {
                let (name, next) = name_at(&whole, at)?;
                entry.targets.push(name);
                at = next;
            }
        } else {
            entry.targets = vec![text(third)?];
        }
    }
    entries.push(entry);
    Ok(size)
}

/// The name that a NUL ends, and where the next one begins.
fn name_at(whole: &Reader<'_>, at: usize) -> Result<(NtString, usize), DecodeError> {
    let rest = whole.whole().get(at..).unwrap_or_default();
    let (pairs, _) = rest.as_chunks::<2>();
    let units: Vec<u16> = pairs.iter().map(|p| u16::from_le_bytes(*p)).take_while(|u| *u != 0).collect();
    let length = units.len().saturating_add(1).saturating_mul(2);
    whole.slice_at(at, length, "StringBuffer")?;
    Ok((NtString(units), at.saturating_add(length)))
}

#[cfg(test)]
mod tests {
    use super::super::{NameList, Referrals};
    use super::*;

    fn decoded(bytes: &[u8]) -> DecodedReferrals {
        DecodedReferrals::decode(&mut Reader::new(bytes)).unwrap()
    }

    #[test]
    fn every_version_there_and_back() {
        for version in 1..=4 {
            let targets: Vec<NtString> = vec![r"\a\one".into(), r"\bb\two\x".into()];
            let prefix: NtString = r"\s\dfs\link".into();
            let link = Referrals {
                version,
                prefix: prefix.clone(),
                root: false,
                storage: true,
                time_to_live: 300,
                targets,
            };
            let bytes = link.bytes_within(4096).unwrap();
            let answer = decoded(&bytes);
            assert_eq!((answer.path_consumed, answer.entries.len()), (22, 2), "{version}");
            assert_eq!(answer.flags, if version == 1 { 3 } else { 2 });
            for (index, entry) in answer.entries.iter().enumerate() {
                assert_eq!((entry.version, entry.root), (version, false));
                assert_eq!(entry.targets, [link.targets[index].clone()]);
                assert_eq!(entry.flags, if version == 4 && index == 0 { 4 } else { 0 });
                if version > 1 {
                    assert_eq!((entry.time_to_live, &entry.dfs_path), (300, &prefix));
                }
            }
            let one = decoded(&link.bytes_within(bytes.len() - 1).unwrap());
            assert_eq!(one.entries.len(), 1, "a target that does not fit is left out");
            assert_eq!(link.bytes_within(20), None);
            for cut in 0..bytes.len() {
                assert!(
                    DecodedReferrals::decode(&mut Reader::new(&bytes[..cut])).is_err(),
                    "{version} {cut}"
                );
            }
        }
    }

    #[test]
    fn names() {
        let domains =
            NameList { time_to_live: 600, names: vec![(r"\EX".into(), vec![]), (r"\ex.org".into(), vec![])] };
        let answer = decoded(&domains.bytes_within(4096).unwrap());
        let found: Vec<_> = answer.entries.iter().map(|e| e.dfs_path.to_string_lossy()).collect();
        assert_eq!(
            (found, answer.path_consumed, answer.flags),
            (vec![r"\EX".into(), r"\ex.org".into()], 0, 0)
        );
        let dcs: Vec<NtString> = vec![r"\dc1".into(), r"\dc2".into()];
        let list = NameList { time_to_live: 600, names: vec![(r"\ex.org".into(), dcs.clone())] };
        let bytes = list.bytes_within(4096).unwrap();
        assert_eq!(decoded(&bytes).entries[0].targets, dcs);
        assert_eq!(decoded(&list.bytes_within(bytes.len() - 1).unwrap()).entries[0].targets, dcs[..1]);
        assert_eq!(list.bytes_within(50), None);
    }
}
