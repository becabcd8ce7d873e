use lanward_nt::{FileTime, NtString};
use lanward_wire::{Decode, DecodeError, Encode, Reader, Writer};

use super::AvFlags;

/// [MS-NLMP] 2.2.2.1 AV_PAIR, all but the MsvAvEOL that ends every list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AvPair {
    /// MsvAvNbComputerName
    NbComputerName(NtString),
    /// MsvAvNbDomainName
    NbDomainName(NtString),
    /// MsvAvDnsComputerName
    DnsComputerName(NtString),
    /// MsvAvDnsDomainName
    DnsDomainName(NtString),
    /// MsvAvDnsTreeName
    DnsTreeName(NtString),
    /// MsvAvFlags
    Flags(AvFlags),
    /// MsvAvTimestamp
    Timestamp(FileTime),
    /// MsvAvSingleHost
    SingleHost(SingleHost),
    /// MsvAvTargetName, an SPN
    TargetName(NtString),
    /// MsvAvChannelBindings, an MD5; zeros for none
    ChannelBindings([u8; 16]),
    /// A pair this crate has no name for.
    Other {
        /// AvId.
        id: u16,
        /// The value's bytes.
        value: Vec<u8>,
    },
}

/// [MS-NLMP] 2.2.2.2 Single_Host_Data, up to the MachineID; what follows is ignored as the specification asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SingleHost {
    /// CustomData.
    pub custom_data: [u8; 8],
    /// MachineID.
    pub machine_id: [u8; 32],
}

/// A list of AV_PAIRs: TargetInfo of the CHALLENGE_MESSAGE, AvPairs of the NTLMv2_CLIENT_CHALLENGE.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TargetInfo {
    /// The pairs in the order of the wire.
    pub pairs: Vec<AvPair>,
}

impl TargetInfo {
    /// MsvAvFlags, empty if there is none.
    #[must_use]
    pub fn flags(&self) -> AvFlags {
        self.find(|p| if let AvPair::Flags(f) = p { Some(*f) } else { None }).unwrap_or_default()
    }

    /// MsvAvTimestamp.
    #[must_use]
    pub fn timestamp(&self) -> Option<FileTime> {
        self.find(|p| if let AvPair::Timestamp(t) = p { Some(*t) } else { None })
    }

    /// MsvAvTargetName.
    #[must_use]
    pub fn target_name(&self) -> Option<&NtString> {
        self.find(|p| if let AvPair::TargetName(n) = p { Some(n) } else { None })
    }

    /// MsvAvNbComputerName.
    #[must_use]
    pub fn nb_computer_name(&self) -> Option<&NtString> {
        self.find(|p| if let AvPair::NbComputerName(n) = p { Some(n) } else { None })
    }

    /// MsvAvNbDomainName.
    #[must_use]
    pub fn nb_domain_name(&self) -> Option<&NtString> {
        self.find(|p| if let AvPair::NbDomainName(n) = p { Some(n) } else { None })
    }

    fn find<'a, T>(&'a self, f: impl Fn(&'a AvPair) -> Option<T>) -> Option<T> {
        self.pairs.iter().find_map(f)
    }
}

impl Decode<'_> for TargetInfo {
    /// Ends at MsvAvEOL and leaves what follows. Bytes that end without it, between two pairs, are taken for a list, too: some
    /// clients send no pairs at all.
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let mut pairs = Vec::new();
        while !r.is_empty() {
            let id = r.u16("AvId")?;
            let len = usize::from(r.u16("AvLen")?);
            let value = r.bytes(len, "AvPair Value")?;
            if id == 0 {
                break;
            }
            pairs.push(pair(id, value)?);
        }
        Ok(Self { pairs })
    }
}

fn pair(id: u16, value: &[u8]) -> Result<AvPair, DecodeError> {
    let mut r = Reader::new(value);
    let name = || NtString::from_utf16le(value);
    Ok(match id {
        1 => AvPair::NbComputerName(name()),
        2 => AvPair::NbDomainName(name()),
        3 => AvPair::DnsComputerName(name()),
        4 => AvPair::DnsDomainName(name()),
        5 => AvPair::DnsTreeName(name()),
        6 => AvPair::Flags(AvFlags::from_bits_retain(r.u32("MsvAvFlags")?)),
        7 => AvPair::Timestamp(FileTime(r.u64("MsvAvTimestamp")?)),
        8 if value.len() >= 48 => {
            r.skip(8, "Single_Host_Data")?;
            let custom_data = r.array("CustomData")?;
            AvPair::SingleHost(SingleHost { custom_data, machine_id: r.array("MachineID")? })
        }
        9 => AvPair::TargetName(name()),
        10 => AvPair::ChannelBindings(r.array("MsvAvChannelBindings")?),
        id => AvPair::Other { id, value: value.to_vec() },
    })
}

impl Encode for TargetInfo {
    fn encode(&self, w: &mut Writer<'_>) {
        for pair in &self.pairs {
            encode_pair(pair, w);
        }
        w.zeros(4); // MsvAvEOL
    }
}

fn encode_pair(pair: &AvPair, w: &mut Writer<'_>) {
    let mut value = Vec::new();
    let mut v = Writer::new(&mut value);
    let id = match pair {
        AvPair::NbComputerName(n) => named(1, n, &mut v),
        AvPair::NbDomainName(n) => named(2, n, &mut v),
        AvPair::DnsComputerName(n) => named(3, n, &mut v),
        AvPair::DnsDomainName(n) => named(4, n, &mut v),
        AvPair::DnsTreeName(n) => named(5, n, &mut v),
        AvPair::Flags(f) => {
            v.u32(f.bits());
            6
        }
        AvPair::Timestamp(t) => {
            v.u64(t.0);
            7
        }
        AvPair::SingleHost(h) => {
            v.u32(48);
            v.zeros(4);
            v.bytes(&h.custom_data);
            v.bytes(&h.machine_id);
            8
        }
        AvPair::TargetName(n) => named(9, n, &mut v),
        AvPair::ChannelBindings(md5) => {
            v.bytes(md5);
            10
        }
        AvPair::Other { id, value } => {
            v.bytes(value);
            *id
        }
    };
    let cut = value.get(..usize::from(u16::MAX)).unwrap_or(&value);
    w.u16(id);
    w.u16(u16::try_from(cut.len()).unwrap_or(u16::MAX));
    w.bytes(cut);
}

fn named(id: u16, name: &NtString, w: &mut Writer<'_>) -> u16 {
    w.utf16(name.units());
    id
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ntlm::testing::hex;
    use proptest::prelude::*;

    #[test]
    fn every_pair_both_ways() {
        let info = TargetInfo {
            pairs: vec![
                AvPair::NbDomainName("Domain".into()),
                AvPair::Flags(AvFlags::MIC_PRESENT),
                AvPair::Timestamp(FileTime(0x0102_0304_0506_0708)),
                AvPair::SingleHost(SingleHost { custom_data: [1; 8], machine_id: [2; 32] }),
                AvPair::TargetName("cifs/a".into()),
                AvPair::ChannelBindings([3; 16]),
                AvPair::Other { id: 0x77, value: vec![1, 2, 3] },
            ],
        };
        let bytes = info.to_bytes();
        assert_eq!(TargetInfo::decode(&mut Reader::new(&bytes)), Ok(info.clone()));
        assert!(info.flags().contains(AvFlags::MIC_PRESENT));
        assert_eq!(info.timestamp(), Some(FileTime(0x0102_0304_0506_0708)));
        assert_eq!(info.target_name(), Some(&"cifs/a".into()));
    }

    #[test]
    fn ends_and_cut_ends() {
        let decode = |hexed: &str| TargetInfo::decode(&mut Reader::new(&hex(hexed)));
        assert_eq!(decode(""), Ok(TargetInfo::default()));
        assert_eq!(decode("00000000ffff"), Ok(TargetInfo::default()));
        for bad in ["06000300010203", "0700040001020304", "0a000100aa", "0100ffff4100", "010002"] {
            assert!(decode(bad).is_err(), "{bad}");
        }
        // Too short for a Single_Host_Data: kept as it is.
        assert_eq!(decode("08000100ee").unwrap().pairs, [AvPair::Other { id: 8, value: vec![0xee] }]);
    }

    proptest! {
        #[test]
        fn what_decodes_encodes_to_what_decodes_the_same(data: Vec<u8>) {
            if let Ok(info) = TargetInfo::decode(&mut Reader::new(&data)) {
                prop_assert_eq!(TargetInfo::decode(&mut Reader::new(&info.to_bytes())), Ok(info));
            }
        }
    }
}
