use crate::Utf16;
use crate::field::{counted32, index, long};
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use lanward_wire::{Decode, DecodeError, Encode, Reader, Writer};

/// [MS-SMB2] 2.2.2.2.2 Share Redirect Error Context Response: where the share is now. The data of an error context with
/// [`ErrorId::SHARE_REDIRECT`](super::ErrorId::SHARE_REDIRECT).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShareRedirect<'a> {
    /// Addresses of the server that has the share (MOVE_DST_IPADDR).
    pub addresses: Vec<IpAddr>,
    /// The share.
    pub resource_name: Utf16<'a>,
}

const SHARE_MOVE_NOTIFICATION: u32 = 3;
const MOVE_DST_IPADDR_V4: u32 = 1;
const MOVE_DST_IPADDR_V6: u32 = 2;
/// Bytes before IPAddrMoveList.
const FIXED: usize = 24;
/// Bytes of a MOVE_DST_IPADDR.
const ADDRESS: usize = 24;

impl<'a> Decode<'a> for ShareRedirect<'a> {
    fn decode(r: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let r = &mut Reader::new(r.rest());
        if r.u32("StructureSize")? != 48 {
            return Err(DecodeError::invalid("StructureSize", "must be 48"));
        }
        let notification_type = r.u32("NotificationType")?;
        if notification_type != SHARE_MOVE_NOTIFICATION {
            return Err(DecodeError::unexpected("NotificationType", notification_type));
        }
        let (name_at, name_len) = (index(r.u32("ResourceNameOffset")?), index(r.u32("ResourceNameLength")?));
        r.skip(4, "TargetType")?;
        let count = index(r.u32("IPAddrCount")?);
        let list = &mut Reader::new(r.bytes(count.saturating_mul(ADDRESS), "IPAddrMoveList")?);
        let addresses = (0..count).map(|_| decode_address(list)).collect::<Result<_, _>>()?;
        Ok(Self { addresses, resource_name: Utf16(r.slice_at(name_at, name_len, "ResourceName")?) })
    }
}

fn decode_address(r: &mut Reader<'_>) -> Result<IpAddr, DecodeError> {
    let kind = r.u32("Type")?;
    r.skip(4, "Reserved")?;
    let bytes: [u8; 16] = r.array("IPv6Address")?;
    let [a, b, c, d, ..] = bytes;
    match kind {
        MOVE_DST_IPADDR_V4 => Ok(Ipv4Addr::new(a, b, c, d).into()),
        MOVE_DST_IPADDR_V6 => Ok(Ipv6Addr::from(bytes).into()),
        _ => Err(DecodeError::unexpected("Type", kind)),
    }
}

impl Encode for ShareRedirect<'_> {
    fn encode(&self, w: &mut Writer<'_>) {
        let (name, name_len) = counted32(self.resource_name.0);
        let name_at = self.addresses.len().saturating_mul(ADDRESS).saturating_add(FIXED);
        w.u32(48);
        w.u32(SHARE_MOVE_NOTIFICATION);
        w.u32(long(name_at));
        w.u32(name_len);
        w.u32(0);
        w.u32(long(self.addresses.len()));
        for address in &self.addresses {
            match address {
                IpAddr::V4(v4) => {
                    w.u32(MOVE_DST_IPADDR_V4);
                    w.u32(0);
                    w.bytes(&v4.octets());
                    w.zeros(12);
                }
                IpAddr::V6(v6) => {
                    w.u32(MOVE_DST_IPADDR_V6);
                    w.u32(0);
                    w.bytes(&v6.octets());
                }
            }
        }
        w.bytes(name);
    }
}
