//! [C706] appendix Q: the management interface of the RPC runtime, with the types of [MS-RPCE] 2.2.1.3.

use crate::{NdrReader, NdrWriter, SyntaxId};
use lanward_nt::Guid;
use lanward_wire::DecodeError;

/// afa8bd80-7d8a-11c9-bef4-08002b102989, version 1.0.
pub const INTERFACE: SyntaxId = SyntaxId {
    uuid: Guid::from_fields(0xafa8_bd80, 0x7d8a, 0x11c9, [0xbe, 0xf4, 0x08, 0x00, 0x2b, 0x10, 0x29, 0x89]),
    major: 1,
    minor: 0,
};

/// Opnum of rpc__mgmt_inq_if_ids, which takes nothing.
pub const INQUIRE_INTERFACES: u16 = 0;
/// Opnum of rpc__mgmt_inq_stats.
pub const INQUIRE_STATISTICS: u16 = 1;
/// Opnum of rpc__mgmt_is_server_listening, which takes nothing.
pub const IS_LISTENING: u16 = 2;
/// Opnum of rpc__mgmt_stop_server_listening, which takes nothing.
pub const STOP_LISTENING: u16 = 3;
/// Opnum of rpc__mgmt_inq_princ_name.
pub const INQUIRE_PRINCIPAL: u16 = 4;

/// rpc__mgmt_inq_if_ids, what the server returns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InquireInterfacesResponse {
    /// The interfaces.
    pub interfaces: Vec<SyntaxId>,
    /// A Win32 error.
    pub status: u32,
}

/// [MS-RPCE] 2.2.1.3.3 rpc_mgmt_inq_stats, what the client gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InquireStatisticsRequest {
    /// How many numbers it wants.
    pub count: u32,
}

/// [MS-RPCE] 2.2.1.3.3 rpc_mgmt_inq_stats, what the server returns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InquireStatisticsResponse {
    /// Calls in and out, packets in and out.
    pub statistics: Vec<u32>,
    /// A Win32 error.
    pub status: u32,
}

/// rpc__mgmt_is_server_listening, what the server returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IsListeningResponse {
    /// A Win32 error.
    pub status: u32,
    /// Whether it takes calls.
    pub listening: bool,
}

/// rpc__mgmt_stop_server_listening, what the server returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StopListeningResponse {
    /// A Win32 error.
    pub status: u32,
}

/// [MS-RPCE] 2.2.1.3.4 rpc_mgmt_inq_princ_name, what the client gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InquirePrincipalRequest {
    /// authn_proto: a security provider.
    pub provider: u32,
    /// princ_name_size: bytes there is room for, the terminator included; not 0.
    pub size: u32,
}

/// [MS-RPCE] 2.2.1.3.4 rpc_mgmt_inq_princ_name, what the server returns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InquirePrincipalResponse {
    /// As it was asked for.
    pub size: u32,
    /// princ_name without its terminator, no longer than there is room for.
    pub name: Vec<u8>,
    /// A Win32 error.
    pub status: u32,
}

impl InquireInterfacesResponse {
    /// # Errors
    /// The bytes are not this operation's results.
    pub fn decode(r: &mut NdrReader<'_>) -> Result<Self, DecodeError> {
        let mut interfaces = Vec::new();
        if r.pointer("if_id_vector")? {
            let count = r.count(4, "if_id count")?;
            if r.u32("count")? != count {
                return Err(DecodeError::invalid("count", "not the array's"));
            }
            let present = (0..count).map(|_| r.pointer("if_id")).collect::<Result<Vec<_>, _>>()?;
            for _ in present.into_iter().filter(|present| *present) {
                let uuid = r.guid("uuid")?;
                interfaces.push(SyntaxId { uuid, major: r.u16("vers_major")?, minor: r.u16("vers_minor")? });
            }
        }
        Ok(Self { interfaces, status: r.u32("status")? })
    }

    /// Appends the results.
    pub fn encode(&self, w: &mut NdrWriter<'_>) {
        w.pointer(true);
        w.count(self.interfaces.len());
        w.u32(u32::try_from(self.interfaces.len()).unwrap_or(u32::MAX));
        for _ in &self.interfaces {
            w.pointer(true);
        }
        for interface in &self.interfaces {
            w.guid(&interface.uuid);
            w.u16(interface.major);
            w.u16(interface.minor);
        }
        w.u32(self.status);
    }
}

impl InquireStatisticsRequest {
    /// # Errors
    /// The bytes are not this operation's arguments.
    pub fn decode(r: &mut NdrReader<'_>) -> Result<Self, DecodeError> {
        // StatisticsCount ([MS-RPCE] 2.2.1.3.2)
        match r.u32("count")? {
            count @ ..=50 => Ok(Self { count }),
            _ => Err(DecodeError::invalid("count", "more than 50")),
        }
    }

    /// Appends the arguments.
    pub fn encode(&self, w: &mut NdrWriter<'_>) {
        w.u32(self.count);
    }
}

impl InquireStatisticsResponse {
    /// # Errors
    /// The bytes are not this operation's results.
    pub fn decode(r: &mut NdrReader<'_>) -> Result<Self, DecodeError> {
        let _ = r.u32("count")?;
        let count = r.count(4, "statistics count")?;
        let statistics = (0..count).map(|_| r.u32("statistics")).collect::<Result<_, _>>()?;
        Ok(Self { statistics, status: r.u32("status")? })
    }

    /// Appends the results.
    pub fn encode(&self, w: &mut NdrWriter<'_>) {
        w.u32(u32::try_from(self.statistics.len()).unwrap_or(u32::MAX));
        w.count(self.statistics.len());
        for n in &self.statistics {
            w.u32(*n);
        }
        w.u32(self.status);
    }
}

impl IsListeningResponse {
    /// # Errors
    /// The bytes are not this operation's results.
    pub fn decode(r: &mut NdrReader<'_>) -> Result<Self, DecodeError> {
        Ok(Self { status: r.u32("status")?, listening: r.u32("result")? != 0 })
    }

    /// Appends the results.
    pub fn encode(&self, w: &mut NdrWriter<'_>) {
        w.u32(self.status);
        w.u32(self.listening.into());
    }
}

impl StopListeningResponse {
    /// # Errors
    /// The bytes are not this operation's results.
    pub fn decode(r: &mut NdrReader<'_>) -> Result<Self, DecodeError> {
        Ok(Self { status: r.u32("status")? })
    }

    /// Appends the results.
    pub fn encode(&self, w: &mut NdrWriter<'_>) {
        w.u32(self.status);
    }
}

impl InquirePrincipalRequest {
    /// # Errors
    /// The bytes are not this operation's arguments, or there is room for no string at all.
    pub fn decode(r: &mut NdrReader<'_>) -> Result<Self, DecodeError> {
        let request = Self { provider: r.u32("authn_proto")?, size: r.u32("princ_name_size")? };
        match request.size {
            0 => Err(DecodeError::invalid("princ_name_size", "must not be 0")),
            _ => Ok(request),
        }
    }

    /// Appends the arguments.
    pub fn encode(&self, w: &mut NdrWriter<'_>) {
        w.u32(self.provider);
        w.u32(self.size);
    }

    /// Whether there is room for a name and its terminator.
    #[must_use]
    pub fn fits(&self, name: &[u8]) -> bool {
        usize::try_from(self.size).is_ok_and(|size| name.len() < size)
    }
}

impl InquirePrincipalResponse {
    /// # Errors
    /// The bytes are not this operation's results.
    pub fn decode(r: &mut NdrReader<'_>) -> Result<Self, DecodeError> {
        let (size, actual) = r.conformant_varying(1, "princ_name")?;
        let bytes = r.bytes(usize::try_from(actual).unwrap_or(usize::MAX), "princ_name")?;
        let name = bytes.strip_suffix(&[0]).ok_or(DecodeError::invalid("princ_name", "no terminator"))?;
        Ok(Self { size, name: name.to_vec(), status: r.u32("status")? })
    }

    /// Appends the results.
    pub fn encode(&self, w: &mut NdrWriter<'_>) {
        w.size(self.size);
        w.size(0);
        w.count(self.name.len().saturating_add(1));
        w.bytes(&self.name);
        w.u8(0);
        w.u32(self.status);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TransferSyntax;

    fn again<T: PartialEq + core::fmt::Debug>(
        value: &T,
        encode: fn(&T, &mut NdrWriter<'_>),
        decode: fn(&mut NdrReader<'_>) -> Result<T, DecodeError>,
    ) {
        for syntax in [TransferSyntax::Ndr, TransferSyntax::Ndr64] {
            let mut bytes = Vec::new();
            encode(value, &mut NdrWriter::with_syntax(&mut bytes, syntax));
            assert_eq!(decode(&mut NdrReader::with_syntax(&bytes, syntax)).as_ref(), Ok(value));
            assert!(decode(&mut NdrReader::with_syntax(&bytes[..bytes.len() - 1], syntax)).is_err());
        }
    }

    #[test]
    fn every_value_reads_as_it_was_written() {
        let interfaces = vec![INTERFACE, crate::srvsvc::INTERFACE];
        again(
            &InquireInterfacesResponse { interfaces, status: 3 },
            InquireInterfacesResponse::encode,
            InquireInterfacesResponse::decode,
        );
        let statistics = InquireStatisticsResponse { statistics: vec![1, 2, 3], status: 0 };
        again(&statistics, InquireStatisticsResponse::encode, InquireStatisticsResponse::decode);
        let listening = IsListeningResponse { status: 0, listening: true };
        again(&listening, IsListeningResponse::encode, IsListeningResponse::decode);
        let principal = InquirePrincipalResponse { size: 9, name: b"name".to_vec(), status: 0 };
        again(&principal, InquirePrincipalResponse::encode, InquirePrincipalResponse::decode);
        let request = InquirePrincipalRequest { provider: 10, size: 5 };
        again(&request, InquirePrincipalRequest::encode, InquirePrincipalRequest::decode);
        assert!(request.fits(b"name") && !request.fits(b"names"));
        let mut none = Vec::new();
        InquirePrincipalRequest { size: 0, ..request }.encode(&mut NdrWriter::new(&mut none));
        assert!(InquirePrincipalRequest::decode(&mut NdrReader::new(&none)).is_err());
    }
}
