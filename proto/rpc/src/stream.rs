use crate::pdu::{Header, Pdu};
use lanward_wire::{Decode, DecodeError, Reader};

/// Cuts what arrives into PDUs, however it was cut on the way. Between pieces it holds less than one PDU (64 KiB).
#[derive(Debug, Default)]
pub struct PduStream {
    pending: Vec<u8>,
    /// Bytes of `pending` that were handed out.
    taken: usize,
}

impl PduStream {
    /// Takes bytes; [`PduStream::pdu`] hands out what they complete.
    pub fn push(&mut self, bytes: &[u8]) {
        self.pending.drain(..self.taken.min(self.pending.len()));
        self.taken = 0;
        self.pending.extend_from_slice(bytes);
    }

    /// Bytes that wait for the rest of their PDU.
    #[must_use]
    pub fn held(&self) -> usize {
        self.pending.len().saturating_sub(self.taken)
    }

    /// The next PDU that is whole.
    ///
    /// # Errors
    /// What arrived is no PDU: the stream cannot be read any further.
    pub fn pdu(&mut self) -> Result<Option<(Header, Vec<u8>)>, DecodeError> {
        let left = self.pending.get(self.taken..).unwrap_or_default();
        if left.len() < Header::LENGTH {
            return Ok(None);
        }
        let header = Header::decode(&mut Reader::new(left))?;
        let length = usize::from(header.fragment_length);
        let Some(whole) = left.get(..length).map(<[u8]>::to_vec) else { return Ok(None) };
        self.taken = self.taken.saturating_add(length);
        Ok(Some((header, whole)))
    }

    /// Takes bytes and hands each PDU they complete to `each`, as long as it answers `true`.
    ///
    /// # Errors
    /// What arrived is no PDU: the stream cannot be read any further.
    pub fn receive(
        &mut self,
        bytes: &[u8],
        mut each: impl FnMut(Header, Result<Pdu<'_>, DecodeError>) -> bool,
    ) -> Result<(), DecodeError> {
        self.push(bytes);
        while let Some((header, pdu)) = self.pdu()? {
            if !each(header, Pdu::decode(&mut Reader::new(&pdu))) {
                break;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Fault;
    use crate::pdu::FaultPdu;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn however_it_is_cut(count in 1usize..5, cuts in proptest::collection::vec(1usize..50, 0..20)) {
            let all: Vec<u8> = (0..count)
                .flat_map(|i| Pdu::Fault(FaultPdu { context_id: i as u16, status: Fault(7) }).to_bytes_in(9, i as u32))
                .collect();
            let (mut stream, mut seen, mut left) = (PduStream::default(), Vec::new(), all.as_slice());
            for cut in cuts.into_iter().chain([all.len()]) {
                let (now, later) = left.split_at(cut.min(left.len()));
                left = later;
                stream.receive(now, |header, pdu| { seen.push((header.call_id, pdu.is_ok())); true }).unwrap();
            }
            let expected: Vec<_> = (0..count).map(|i| (i as u32, true)).collect();
            prop_assert_eq!(seen, expected);
        }
    }
}
