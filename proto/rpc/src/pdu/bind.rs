use crate::{NdrReader, SyntaxId};
use lanward_wire::{DecodeError, Encode, Writer};

/// [C706] 12.6.4.3 bind, and 12.6.4.1 alter_context with the same body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bind {
    /// Longest fragment the client will send, in bytes.
    pub max_transmit: u16,
    /// Longest fragment the client can receive, in bytes.
    pub max_receive: u16,
    /// The association group to join, or 0 for a new one.
    pub group: u32,
    /// The presentation contexts that are proposed.
    pub contexts: Vec<ContextElement>,
}

/// [C706] 12.6.3.1 p_cont_elem_t: an interface and the ways its arguments may be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContextElement {
    /// What requests will call the context.
    pub id: u16,
    /// The interface.
    pub interface: SyntaxId,
    /// The transfer syntaxes the client knows.
    pub transfer_syntaxes: Vec<SyntaxId>,
}

impl Bind {
    pub(crate) fn decode(r: &mut NdrReader<'_>) -> Result<Self, DecodeError> {
        let (max_transmit, max_receive) = (r.u16("max_xmit_frag")?, r.u16("max_recv_frag")?);
        let group = r.u32("assoc_group_id")?;
        let count = r.u8("n_context_elem")?;
        r.bytes(3, "reserved")?;
        // Grown by what is there: each element takes at least 24 bytes of the PDU.
        let contexts = (0..count).map(|_| ContextElement::decode(r)).collect::<Result<_, _>>()?;
        Ok(Self { max_transmit, max_receive, group, contexts })
    }
}

impl ContextElement {
    fn decode(r: &mut NdrReader<'_>) -> Result<Self, DecodeError> {
        let id = r.u16("p_cont_id")?;
        let count = r.u8("n_transfer_syn")?;
        r.u8("reserved")?;
        let interface = SyntaxId::decode(r)?;
        let transfer_syntaxes = (0..count).map(|_| SyntaxId::decode(r)).collect::<Result<_, _>>()?;
        Ok(Self { id, interface, transfer_syntaxes })
    }
}

impl Encode for Bind {
    fn encode(&self, w: &mut Writer<'_>) {
        w.u16(self.max_transmit);
        w.u16(self.max_receive);
        w.u32(self.group);
        w.u8(u8::try_from(self.contexts.len()).unwrap_or(u8::MAX));
        w.zeros(3);
        for context in self.contexts.iter().take(usize::from(u8::MAX)) {
            context.encode(w);
        }
    }
}

impl Encode for ContextElement {
    fn encode(&self, w: &mut Writer<'_>) {
        w.u16(self.id);
        w.u8(u8::try_from(self.transfer_syntaxes.len()).unwrap_or(u8::MAX));
        w.u8(0);
        self.interface.encode(w);
        for syntax in self.transfer_syntaxes.iter().take(usize::from(u8::MAX)) {
            syntax.encode(w);
        }
    }
}
