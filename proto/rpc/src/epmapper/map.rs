use super::Tower;
use crate::{ContextHandle, NdrReader, NdrWriter};
use lanward_nt::Guid;
use lanward_wire::DecodeError;

/// [MS-RPCE] 2.2.1.2.5 ept_map (Opnum 3), what the client gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MapRequest {
    /// obj
    pub object: Option<Guid>,
    /// map_tower: the interface that is looked for, and over what it is to be reached.
    pub tower: Option<Tower>,
    /// entry_handle: where to go on.
    pub handle: ContextHandle,
    /// max_towers, at most 500.
    pub maximum: u32,
}

/// [MS-RPCE] 2.2.1.2.5 ept_map (Opnum 3), what the server returns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MapResponse {
    /// entry_handle: where to go on; null at the end.
    pub handle: ContextHandle,
    /// As many as were asked for at most.
    pub maximum: u32,
    /// ITowers
    pub towers: Vec<Tower>,
    /// 0 or what there is to say.
    pub status: u32,
}

/// [MS-RPCE] 2.2.1.2.8 ept_lookup_handle_free (Opnum 4), what the server returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FreeHandleResponse {
    /// entry_handle: null.
    pub handle: ContextHandle,
    /// 0
    pub status: u32,
}

/// How many the client takes: range(0,500).
pub(super) fn maximum(r: &mut NdrReader<'_>) -> Result<u32, DecodeError> {
    match r.u32("max_ents")? {
        maximum @ ..=500 => Ok(maximum),
        _ => Err(DecodeError::invalid("max_ents", "more than 500")),
    }
}

impl MapRequest {
    /// # Errors
    /// The bytes are not this operation's arguments.
    pub fn decode(r: &mut NdrReader<'_>) -> Result<Self, DecodeError> {
        let object = r.unique("obj", |r| r.guid("obj"))?;
        let tower = r.unique("map_tower", Tower::decode)?;
        Ok(Self { object, tower, handle: r.context_handle("entry_handle")?, maximum: maximum(r)? })
    }

    /// Appends the arguments.
    pub fn encode(&self, w: &mut NdrWriter<'_>) {
        w.unique(self.object.as_ref(), NdrWriter::guid);
        w.unique(self.tower.as_ref(), |w, tower| tower.encode(w));
        w.context_handle(&self.handle);
        w.u32(self.maximum);
    }
}

impl MapResponse {
    /// # Errors
    /// The bytes are not this operation's results.
    pub fn decode(r: &mut NdrReader<'_>) -> Result<Self, DecodeError> {
        let handle = r.context_handle("entry_handle")?;
        let count = r.u32("num_towers")?;
        let (maximum, actual) = r.conformant_varying(4, "ITowers")?;
        if count != actual {
            return Err(DecodeError::invalid("num_towers", "not the array's"));
        }
        let present = (0..actual).map(|_| r.pointer("tower")).collect::<Result<Vec<_>, _>>()?;
        let present = present.into_iter().filter(|present| *present);
        let towers = present.map(|_| Tower::decode(r)).collect::<Result<_, _>>()?;
        Ok(Self { handle, maximum, towers, status: r.u32("status")? })
    }

    /// Appends the results.
    pub fn encode(&self, w: &mut NdrWriter<'_>) {
        w.context_handle(&self.handle);
        let count = u32::try_from(self.towers.len()).unwrap_or(u32::MAX);
        w.u32(count);
        for n in [self.maximum, 0, count] {
            w.size(n);
        }
        for _ in &self.towers {
            w.pointer(true);
        }
        for tower in &self.towers {
            tower.encode(w);
        }
        w.u32(self.status);
    }
}

impl FreeHandleResponse {
    /// # Errors
    /// The bytes are not this operation's results.
    pub fn decode(r: &mut NdrReader<'_>) -> Result<Self, DecodeError> {
        Ok(Self { handle: r.context_handle("entry_handle")?, status: r.u32("status")? })
    }

    /// Appends the results.
    pub fn encode(&self, w: &mut NdrWriter<'_>) {
        w.context_handle(&self.handle);
        w.u32(self.status);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::epmapper::Transport;
    use crate::{SyntaxId, TransferSyntax};

    #[test]
    fn requests_and_responses_there_and_back() {
        let tower = Tower {
            interface: crate::srvsvc::INTERFACE,
            transfer_syntax: SyntaxId::NDR,
            transport: Transport::Pipe { path: b"\\PIPE\\srvsvc".to_vec(), server: b"\\\\S".to_vec() },
        };
        let handle = ContextHandle { attributes: 0, uuid: Guid([1; 16]) };
        let request = MapRequest { object: None, tower: Some(tower.clone()), handle, maximum: 4 };
        let response = MapResponse { handle, maximum: 4, towers: vec![tower.clone(), tower], status: 0 };
        for syntax in [TransferSyntax::Ndr, TransferSyntax::Ndr64] {
            let mut bytes = Vec::new();
            request.encode(&mut NdrWriter::with_syntax(&mut bytes, syntax));
            assert_eq!(
                MapRequest::decode(&mut NdrReader::with_syntax(&bytes, syntax)).as_ref(),
                Ok(&request)
            );
            let mut bytes = Vec::new();
            response.encode(&mut NdrWriter::with_syntax(&mut bytes, syntax));
            let decoded = MapResponse::decode(&mut NdrReader::with_syntax(&bytes, syntax));
            assert_eq!(decoded.as_ref(), Ok(&response));
        }
    }
}
