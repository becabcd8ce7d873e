use crate::Writer;

/// How many bytes a reply may have: the smaller of what the client asked for and what the server allows, fixed
/// before a byte is produced. A reply that a client limits is written through [`ReplyBudget::writer`], which
/// cannot pass the limit (behaviour 4.10).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReplyBudget {
    limit: usize,
}

/// What did not fit; nothing of it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BufferFull;

impl ReplyBudget {
    /// The smaller of the two limits, in bytes.
    #[must_use]
    pub fn new(client_max: u32, server_max: u32) -> Self {
        Self { limit: usize::try_from(client_max.min(server_max)).unwrap_or(usize::MAX) }
    }

    /// The limit in bytes.
    #[must_use]
    pub const fn limit(self) -> usize {
        self.limit
    }

    /// A writer behind what `buf` holds that never adds more than the limit.
    pub fn writer(self, buf: &mut Vec<u8>) -> BudgetedWriter<'_> {
        BudgetedWriter { w: Writer::new(buf), limit: self.limit }
    }
}

/// A [`Writer`] that takes whole pieces, or truncates on request, and never passes its budget.
#[derive(Debug)]
pub struct BudgetedWriter<'b> {
    w: Writer<'b>,
    limit: usize,
}

impl BudgetedWriter<'_> {
    /// Bytes written.
    #[must_use]
    pub fn position(&self) -> usize {
        self.w.position()
    }

    /// Bytes that still fit.
    #[must_use]
    pub fn remaining(&self) -> usize {
        self.limit.saturating_sub(self.w.position())
    }

    /// Pads to `align`, then writes one piece: all of it or none (not even the padding). `piece` sees a writer whose
    /// position 0 is the start of the piece.
    ///
    /// # Errors
    /// The piece does not fit.
    pub fn push(&mut self, align: usize, piece: impl FnOnce(&mut Writer<'_>)) -> Result<(), BufferFull> {
        let before = self.w.position();
        self.w.align(align);
        piece(&mut self.w.nested());
        if self.w.position() <= self.limit {
            return Ok(());
        }
        self.w.truncate(before);
        Err(BufferFull)
    }

    /// Writes one piece, cut at the limit.
    ///
    /// # Errors
    /// The piece was cut; what fits stays.
    pub fn push_truncated(&mut self, piece: impl FnOnce(&mut Writer<'_>)) -> Result<(), BufferFull> {
        piece(&mut self.w.nested());
        if self.w.position() <= self.limit {
            return Ok(());
        }
        self.w.truncate(self.limit);
        Err(BufferFull)
    }

    /// Overwrites bytes written earlier (the NextEntryOffset of the entry before).
    pub fn patch(&mut self, position: usize, v: &[u8]) {
        self.w.patch(position, v);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn pieces_are_whole_or_absent() {
        let mut buf = vec![1];
        let mut w = ReplyBudget::new(10, 100).writer(&mut buf);
        assert_eq!(w.push(8, |w| w.u32(1)), Ok(()));
        assert_eq!(w.push(8, |w| w.u32(2)), Err(BufferFull));
        assert_eq!(w.position(), 4);
        assert_eq!(w.push_truncated(|w| w.u64(3)), Err(BufferFull));
        assert_eq!(buf.len(), 1 + 10);
    }

    proptest! {
        #[test]
        fn never_passes_the_limit(client in 0u32..300, server in 0u32..300, pieces: Vec<(u8, bool, u8)>) {
            let mut buf = Vec::new();
            let mut w = ReplyBudget::new(client, server).writer(&mut buf);
            for (n, cut, align) in pieces {
                let n = usize::from(n);
                let _ = if cut { w.push_truncated(|w| w.zeros(n)) } else { w.push(usize::from(align % 9), |w| w.zeros(n)) };
            }
            prop_assert!(buf.len() <= client.min(server) as usize);
        }
    }
}
