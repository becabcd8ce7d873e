use crate::NtString;
use lanward_wire::Writer;

/// The most an answer may have, whoever asks: offsets of 16 bits have to reach its end ([MS-DFSC] 3.3.5.2).
const MOST: usize = 56 << 10;
const HEADER: usize = 8;
const V1: usize = 8;
const V2: usize = 22;
const V3: usize = 34;
const REFERRAL_SERVERS: u32 = 1;
const STORAGE_SERVERS: u32 = 2;
const NAME_LIST: u16 = 2;
const TARGET_SET_BOUNDARY: u16 = 4;

/// [MS-DFSC] 2.2.4 RESP_GET_DFS_REFERRAL with the targets of a root or of a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Referrals {
    /// 1 to 4.
    pub version: u16,
    /// What of the path that was asked for they stand for.
    pub prefix: NtString,
    /// They are roots, which answer such requests themselves.
    pub root: bool,
    /// They can be used without asking again.
    pub storage: bool,
    /// Seconds the answer may be kept.
    pub time_to_live: u32,
    /// `\server\share\path`, the best first.
    pub targets: Vec<NtString>,
}

/// The same with the names of domains, or with those of a domain's controllers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameList {
    /// Seconds the answer may be kept.
    pub time_to_live: u32,
    /// Each name with those it stands for, a backslash before each of them.
    pub names: Vec<(NtString, Vec<NtString>)>,
}

impl Referrals {
    /// The answer with as many targets as `limit` bytes hold; `None` if that is not one.
    #[must_use]
    pub fn bytes_within(&self, limit: usize) -> Option<Vec<u8>> {
        (1..=self.targets.len()).rev().find_map(|count| {
            let bytes = self.bytes(self.targets.get(..count)?);
            (bytes.len() <= limit.min(MOST)).then_some(bytes)
        })
    }

    fn bytes(&self, targets: &[NtString]) -> Vec<u8> {
        let mut bytes = Vec::new();
        let w = &mut Writer::new(&mut bytes);
        // Of version 1 the two bits say nothing and are set (3.2.5.5).
        let flag = |set: bool, bit: u32| if set || self.version == 1 { bit } else { 0 };
        w.u16(length(&self.prefix));
        w.u16(short(targets.len()));
        w.u32(flag(self.root, REFERRAL_SERVERS) | flag(self.storage, STORAGE_SERVERS));
        let size = if self.version == 2 { V2 } else { V3 };
        let strings = HEADER.saturating_add(size.saturating_mul(targets.len()));
        let mut next = strings.saturating_add(terminated(&self.prefix));
        for (index, target) in targets.iter().enumerate() {
            let start = w.position();
            let from_here = |at: usize| short(at.saturating_sub(start));
            w.u16(self.version);
            if self.version == 1 {
                w.u16(short(V1.saturating_add(terminated(target))));
                w.u16(u16::from(self.root));
                w.u16(0);
                w.utf16(target.units());
                w.u16(0);
                continue;
            }
            w.u16(short(size));
            w.u16(u16::from(self.root));
            w.u16(if self.version == 4 && index == 0 { TARGET_SET_BOUNDARY } else { 0 });
            if self.version == 2 {
                w.u32(0);
            }
            w.u32(self.time_to_live);
            w.u16(from_here(strings));
            w.u16(from_here(strings));
            w.u16(from_here(next));
            next = next.saturating_add(terminated(target));
            if self.version > 2 {
                w.zeros(16);
            }
        }
        if self.version > 1 {
            for name in std::iter::once(&self.prefix).chain(targets) {
                w.utf16(name.units());
                w.u16(0);
            }
        }
        bytes
    }
}

impl NameList {
    /// The answer, of version 3, with as many of the names as `limit` bytes hold; of a single name as many of those it stands for. `None` if
    /// that is not one.
    #[must_use]
    pub fn bytes_within(&self, limit: usize) -> Option<Vec<u8>> {
        let limit = limit.min(MOST);
        if let [(name, expanded)] = &*self.names {
            return (0..=expanded.len()).rev().filter(|n| *n > 0 || expanded.is_empty()).find_map(|count| {
                let bytes = self.bytes(&[(name.clone(), expanded.get(..count)?.to_vec())]);
                (bytes.len() <= limit).then_some(bytes)
            });
        }
        (1..=self.names.len()).rev().find_map(|count| {
            let bytes = self.bytes(self.names.get(..count)?);
            (bytes.len() <= limit).then_some(bytes)
        })
    }

    fn bytes(&self, names: &[(NtString, Vec<NtString>)]) -> Vec<u8> {
        let mut bytes = Vec::new();
        let w = &mut Writer::new(&mut bytes);
        w.u16(0);
        w.u16(short(names.len()));
        w.u32(0);
        let mut next = HEADER.saturating_add(V3.saturating_mul(names.len()));
        for (name, expanded) in names {
            let start = w.position();
            let special = short(next.saturating_sub(start));
            next = next.saturating_add(terminated(name));
            let first = short(next.saturating_sub(start));
            next = expanded.iter().fold(next, |at, name| at.saturating_add(terminated(name)));
            w.u16(3);
            w.u16(short(V3));
            w.u16(0);
            w.u16(NAME_LIST);
            w.u32(self.time_to_live);
            w.u16(special);
            w.u16(short(expanded.len()));
            w.u16(if expanded.is_empty() { 0 } else { first });
            w.zeros(16);
        }
        for name in names.iter().flat_map(|(name, expanded)| std::iter::once(name).chain(expanded)) {
            w.utf16(name.units());
            w.u16(0);
        }
        bytes
    }
}

fn short(n: usize) -> u16 {
    u16::try_from(n).unwrap_or(u16::MAX)
}

/// Bytes of a name.
fn length(name: &NtString) -> u16 {
    short(name.units().len().saturating_mul(2))
}

/// Bytes of a name with its NUL.
fn terminated(name: &NtString) -> usize {
    name.units().len().saturating_add(1).saturating_mul(2)
}
