use super::Tower;
use crate::{Alignment, ContextHandle, NdrReader, NdrWriter};
use lanward_nt::Guid;
use lanward_wire::DecodeError;

/// [MS-RPCE] 2.2.1.1.1 RPC_IF_ID
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InterfaceId {
    /// Uuid
    pub uuid: Guid,
    /// VersMajor
    pub major: u16,
    /// VersMinor
    pub minor: u16,
}

/// [MS-RPCE] 2.2.1.2.4 ept_lookup (Opnum 2), what the client gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LookupRequest {
    /// inquiry_type: 0 all, 1 by interface, 2 by object, 3 by both.
    pub inquiry: u32,
    /// object
    pub object: Option<Guid>,
    /// Ifid
    pub interface: Option<InterfaceId>,
    /// vers_option: 1 all, 2 compatible, 3 exact, 4 the same major version, 5 up to.
    pub version_option: u32,
    /// entry_handle: where to go on.
    pub handle: ContextHandle,
    /// max_ents, at most 500.
    pub maximum: u32,
}

/// [MS-RPCE] 2.2.1.2.4 ept_lookup (Opnum 2), what the server returns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LookupResponse {
    /// entry_handle: where to go on; null at the end.
    pub handle: ContextHandle,
    /// As many as were asked for at most.
    pub maximum: u32,
    /// entries
    pub entries: Vec<Entry>,
    /// 0 or what there is to say.
    pub status: u32,
}

/// [C706] ept_entry_t
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// object
    pub object: Guid,
    /// Where.
    pub tower: Tower,
    /// annotation without its terminator, at most 63 bytes.
    pub annotation: Vec<u8>,
}

/// Bytes of an annotation, its terminator included.
const ANNOTATION: u32 = 64;

impl InterfaceId {
    fn decode(r: &mut NdrReader<'_>) -> Result<Self, DecodeError> {
        Ok(Self { uuid: r.guid("Uuid")?, major: r.u16("VersMajor")?, minor: r.u16("VersMinor")? })
    }

    fn encode(&self, w: &mut NdrWriter<'_>) {
        w.guid(&self.uuid);
        w.u16(self.major);
        w.u16(self.minor);
    }
}

impl LookupRequest {
    /// # Errors
    /// The bytes are not this operation's arguments.
    pub fn decode(r: &mut NdrReader<'_>) -> Result<Self, DecodeError> {
        let inquiry = r.u32("inquiry_type")?;
        let object = r.unique("object", |r| r.guid("object"))?;
        let interface = r.unique("Ifid", InterfaceId::decode)?;
        let version_option = r.u32("vers_option")?;
        let handle = r.context_handle("entry_handle")?;
        let maximum = super::map::maximum(r)?;
        Ok(Self { inquiry, object, interface, version_option, handle, maximum })
    }

    /// Appends the arguments.
    pub fn encode(&self, w: &mut NdrWriter<'_>) {
        w.u32(self.inquiry);
        w.unique(self.object.as_ref(), NdrWriter::guid);
        w.unique(self.interface, |w, interface| interface.encode(w));
        w.u32(self.version_option);
        w.context_handle(&self.handle);
        w.u32(self.maximum);
    }
}

impl LookupResponse {
    /// # Errors
    /// The bytes are not this operation's results.
    pub fn decode(r: &mut NdrReader<'_>) -> Result<Self, DecodeError> {
        let handle = r.context_handle("entry_handle")?;
        let count = r.u32("num_ents")?;
        let (maximum, actual) = r.conformant_varying(28, "entries")?;
        if count != actual {
            return Err(DecodeError::invalid("num_ents", "not the array's"));
        }
        let fixed = (0..actual).map(|_| fixed(r)).collect::<Result<Vec<_>, _>>()?;
        let entries = fixed
            .into_iter()
            .map(|(object, annotation)| Ok(Entry { object, tower: Tower::decode(r)?, annotation }));
        let entries = entries.collect::<Result<_, DecodeError>>()?;
        Ok(Self { handle, maximum, entries, status: r.u32("status")? })
    }

    /// Appends the results.
    pub fn encode(&self, w: &mut NdrWriter<'_>) {
        w.context_handle(&self.handle);
        let count = u32::try_from(self.entries.len()).unwrap_or(u32::MAX);
        w.u32(count);
        for n in [self.maximum, 0, count] {
            w.size(n);
        }
        for entry in &self.entries {
            w.align(Alignment::Pointer);
            w.guid(&entry.object);
            w.pointer(true);
            w.size(0);
            w.count(entry.annotation.len().saturating_add(1));
            w.bytes(&entry.annotation);
            w.u8(0);
        }
        for entry in &self.entries {
            entry.tower.encode(w);
        }
        w.u32(self.status);
    }
}

/// The object and annotation of an entry, whose tower follows.
fn fixed(r: &mut NdrReader<'_>) -> Result<(Guid, Vec<u8>), DecodeError> {
    r.align(Alignment::Pointer, "entry")?;
    let object = r.guid("object")?;
    if !r.pointer("tower")? {
        return Err(DecodeError::invalid("tower", "must not be null"));
    }
    let (offset, length) = (r.size("annotation offset")?, r.size("annotation length")?);
    if offset != 0 || length > ANNOTATION {
        return Err(DecodeError::invalid("annotation", "too long"));
    }
    let bytes = r.bytes(usize::try_from(length).unwrap_or(usize::MAX), "annotation")?;
    let annotation = bytes.strip_suffix(&[0]).ok_or(DecodeError::invalid("annotation", "no terminator"))?;
    Ok((object, annotation.to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::epmapper::Transport;
    use crate::{SyntaxId, TransferSyntax};

    #[test]
    fn requests_and_responses_there_and_back() {
        let tower = |port| Tower {
            interface: crate::srvsvc::INTERFACE,
            transfer_syntax: SyntaxId::NDR,
            transport: Transport::Tcp { port, address: [10, 0, 0, 1].into() },
        };
        let entry = |n: u8| Entry {
            object: Guid([n; 16]),
            tower: tower(n.into()),
            annotation: vec![b'a'; usize::from(n)],
        };
        let handle = ContextHandle { attributes: 0, uuid: Guid([1; 16]) };
        let response =
            LookupResponse { handle, maximum: 9, entries: vec![entry(0), entry(1), entry(63)], status: 7 };
        let interface = InterfaceId { uuid: Guid([2; 16]), major: 1, minor: 2 };
        let request = LookupRequest {
            inquiry: 1,
            object: None,
            interface: Some(interface),
            version_option: 3,
            handle: ContextHandle::NULL,
            maximum: 500,
        };
        for syntax in [TransferSyntax::Ndr, TransferSyntax::Ndr64] {
            let mut bytes = Vec::new();
            response.encode(&mut NdrWriter::with_syntax(&mut bytes, syntax));
            let decoded = LookupResponse::decode(&mut NdrReader::with_syntax(&bytes, syntax));
            assert_eq!(decoded.as_ref(), Ok(&response));
            let mut bytes = Vec::new();
            request.encode(&mut NdrWriter::with_syntax(&mut bytes, syntax));
            let decoded = LookupRequest::decode(&mut NdrReader::with_syntax(&bytes, syntax));
            assert_eq!(decoded.as_ref(), Ok(&request));
        }
        let mut bytes = Vec::new();
        LookupRequest { maximum: 501, ..request }.encode(&mut NdrWriter::new(&mut bytes));
        assert!(LookupRequest::decode(&mut NdrReader::new(&bytes)).is_err());
    }
}
