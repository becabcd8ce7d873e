//! [MS-XCA] 2.1.4.2 and 2.2.4: canonical Huffman codes of at most 15 bits over 512 symbols.

use super::DecompressError;

pub(super) const SYMBOLS: usize = 512;
/// Bits of the longest code.
pub(super) const LONGEST: u32 = 15;

/// How many bits each symbol's code has; 0 where the symbol does not occur. At least two symbols must.
pub(super) fn lengths(counts: &[u32; SYMBOLS]) -> [u8; SYMBOLS] {
    let mut counts = *counts;
    loop {
        let lengths = unlimited(&counts);
        if lengths.iter().all(|l| u32::from(*l) <= LONGEST) {
            return lengths;
        }
        // Flatter counts make shorter codes; with all of them 1 none is longer than 9 bits.
        counts.iter_mut().for_each(|n| *n = n.saturating_add(1) >> 1);
    }
}

/// The code Huffman's own method gives: a queue of the symbols, rarest first, and one of the nodes made of them.
fn unlimited(counts: &[u32; SYMBOLS]) -> [u8; SYMBOLS] {
    let mut leaves: Vec<(u32, usize)> =
        counts.iter().enumerate().filter(|(_, n)| **n > 0).map(|(symbol, n)| (*n, symbol)).collect();
    leaves.sort_by_key(|(n, _)| *n);
    let mut nodes: Vec<u32> = Vec::with_capacity(leaves.len());
    // Of every leaf, then of every node: the node above it.
    let (mut above_leaves, mut above_nodes) = (Vec::new(), Vec::new());
    while leaves.len().saturating_add(nodes.len())
        > above_leaves.len().saturating_add(above_nodes.len()).saturating_add(1)
    {
        let above = nodes.len();
        let mut weight = 0_u32;
        for _ in 0..2 {
            let leaf = leaves.get(above_leaves.len()).map(|(n, _)| *n);
            let node = nodes.get(above_nodes.len()).copied();
            let takes_leaf = leaf.is_some_and(|l| node.is_none_or(|n| l <= n));
            weight = weight.saturating_add(if takes_leaf { leaf } else { node }.unwrap_or(0));
            if takes_leaf { above_leaves.push(above) } else { above_nodes.push(above) }
        }
        nodes.push(weight);
    }
    let mut depths = vec![0_u8; nodes.len()];
    for (node, above) in above_nodes.iter().enumerate().rev() {
        let depth = depths.get(*above).map_or(0, |d| d.saturating_add(1));
        depths.get_mut(node).into_iter().for_each(|d| *d = depth);
    }
    let mut lengths = [0; SYMBOLS];
    for ((_, symbol), above) in leaves.iter().zip(&above_leaves) {
        let length = depths.get(*above).map_or(1, |d| d.saturating_add(1));
        lengths.get_mut(*symbol).into_iter().for_each(|l| *l = length);
    }
    lengths
}

/// The symbols that occur, by the length of their code and then by their value: the order of the codes.
fn in_order(lengths: &[u8; SYMBOLS]) -> impl Iterator<Item = (u16, u32)> {
    (1..=LONGEST).flat_map(move |length| {
        let of_length = lengths.iter().zip(0_u16..).filter(move |(l, _)| u32::from(**l) == length);
        of_length.map(move |(_, symbol)| (symbol, length))
    })
}

/// The code of each symbol.
pub(super) fn codes(lengths: &[u8; SYMBOLS]) -> [u16; SYMBOLS] {
    let mut codes = [0; SYMBOLS];
    let (mut next, mut before) = (0_u16, 0_u32);
    for (symbol, length) in in_order(lengths) {
        next = next.checked_shl(length.saturating_sub(before)).unwrap_or(0);
        before = length;
        codes.get_mut(usize::from(symbol)).into_iter().for_each(|c| *c = next);
        next = next.wrapping_add(1);
    }
    codes
}

/// Which symbol the next 15 bits begin with, and how many of them are its code.
#[derive(Debug, Default)]
pub(super) struct DecodingTable(Vec<(u16, u8)>);

impl DecodingTable {
    /// Fills the table anew from the 256 bytes in front of a block.
    ///
    /// # Errors
    /// The lengths are no whole code.
    pub(super) fn fill(&mut self, packed: &[u8; 256]) -> Result<(), DecompressError> {
        let mut lengths = [0; SYMBOLS];
        let both = packed.iter().flat_map(|b| [b & 15, b >> 4]);
        lengths.iter_mut().zip(both).for_each(|(l, n)| *l = n);
        self.0.clear();
        for (symbol, length) in in_order(&lengths) {
            let entries = 1_usize.checked_shl(LONGEST.saturating_sub(length)).unwrap_or(0);
            if self.0.len().saturating_add(entries) > 1 << LONGEST {
                return Err(DecompressError);
            }
            let length = u8::try_from(length).unwrap_or(0);
            self.0.resize(self.0.len().saturating_add(entries), (symbol, length));
        }
        if self.0.len() == 1 << LONGEST { Ok(()) } else { Err(DecompressError) }
    }

    /// The symbol whose code `bits`, 15 of them, begin with.
    pub(super) fn look_up(&self, bits: u32) -> (u16, u32) {
        let entry = usize::try_from(bits).ok().and_then(|bits| self.0.get(bits));
        entry.map_or((0, LONGEST), |(symbol, length)| (*symbol, u32::from(*length)))
    }
}
