//! [MS-XCA] 2.1 and 2.2 LZ77+Huffman.

use super::huffman_code::{DecodingTable, LONGEST, SYMBOLS, codes, lengths};
use super::matcher::{Match, Matcher};
use super::{DecompressError, copy_match};
use lanward_wire::Reader;

/// Bytes of data that share one code.
const BLOCK: usize = 65_536;
/// How far back a match may be.
const WINDOW: usize = 65_535;
/// The symbol behind the last of the data.
const END: usize = 256;
/// Lengths that a symbol, then a byte cannot hold.
const LONG: usize = 15;
const BYTE: usize = 255;

#[derive(Debug, Clone, Copy)]
enum Item {
    Literal(u8),
    Match(Match),
}

impl Item {
    /// [MS-XCA] 2.1.4.1
    fn symbol(self) -> usize {
        match self {
            Self::Literal(byte) => usize::from(byte),
            Self::Match(m) => {
                let length = m.length.saturating_sub(3).min(LONG);
                let high = usize::try_from(high_bit(m.distance)).unwrap_or(0);
                END | high << 4 | length
            }
        }
    }
}

fn high_bit(distance: usize) -> u32 {
    distance.checked_ilog2().unwrap_or(0)
}

pub(super) fn compress(data: &[u8], out: &mut Vec<u8>) {
    let mut matcher = Matcher::new();
    let mut items = Vec::new();
    let mut at = 0_usize;
    loop {
        let block_end = at.saturating_add(BLOCK).min(data.len());
        items.clear();
        while at < block_end {
            let found = matcher.find(data, at, WINDOW, block_end.saturating_sub(at));
            let (item, length) = match (found, data.get(at)) {
                (Some(found), _) => (Item::Match(found), found.length),
                (None, Some(byte)) => (Item::Literal(*byte), 1),
                (None, None) => break,
            };
            items.push(item);
            at = at.saturating_add(length);
        }
        let last = at >= data.len();
        write_block(&items, last, out);
        if last {
            return;
        }
    }
}

fn write_block(items: &[Item], last: bool, out: &mut Vec<u8>) {
    let mut counts = [0_u32; SYMBOLS];
    let mut count = |symbol: usize| counts.get_mut(symbol).into_iter().for_each(|n| *n = n.saturating_add(1));
    items.iter().for_each(|i| count(i.symbol()));
    count(END);
    if counts.iter().filter(|n| **n > 0).count() < 2 {
        // One symbol alone has no whole code.
        counts[0] = 1;
    }
    let lengths = lengths(&counts);
    let codes = codes(&lengths);
    let packed = lengths.as_chunks::<2>().0.iter().map(|[even, odd]| even | odd << 4);
    out.extend(packed);
    let mut bits = BitWriter::begin(out);
    let code = |symbol: usize| -> (u32, u16) {
        let length = lengths.get(symbol).copied().unwrap_or(0);
        (u32::from(length), codes.get(symbol).copied().unwrap_or(0))
    };
    for item in items {
        bits.write(code(item.symbol()));
        if let Item::Match(m) = item {
            bits.length(m.length.saturating_sub(3));
            let high = high_bit(m.distance);
            let low = m.distance & !(1_usize.checked_shl(high).unwrap_or(0));
            bits.write((high, u16::try_from(low).unwrap_or(0)));
        }
    }
    if last {
        bits.write(code(END));
    }
    bits.flush();
}

/// Bits in words of 16, the first ones on top, with whole bytes between them where the reader will look for them ([MS-XCA] 2.1.4.3).
struct BitWriter<'a> {
    out: &'a mut Vec<u8>,
    /// Where the word that is being filled goes, and the one behind it.
    places: [usize; 2],
    word: u16,
    free: u32,
}

impl<'a> BitWriter<'a> {
    fn begin(out: &'a mut Vec<u8>) -> Self {
        let start = out.len();
        out.extend_from_slice(&[0; 4]);
        Self { out, places: [start, start.saturating_add(2)], word: 0, free: 16 }
    }

    fn write(&mut self, (count, bits): (u32, u16)) {
        if let Some(free) = self.free.checked_sub(count) {
            self.word = self.word.checked_shl(count).unwrap_or(0) | bits;
            self.free = free;
            return;
        }
        let over = count.saturating_sub(self.free);
        self.word = self.word.checked_shl(self.free).unwrap_or(0) | bits.checked_shr(over).unwrap_or(0);
        self.put();
        self.places = [self.places[1], self.out.len()];
        self.out.extend_from_slice(&[0; 2]);
        self.free = 16_u32.saturating_sub(over);
        // What of it was written already is shifted out again.
        self.word = bits;
    }

    fn put(&mut self) {
        let [place, _] = self.places;
        if let Some(bytes) = self.out.get_mut(place..place.saturating_add(2)) {
            bytes.copy_from_slice(&self.word.to_le_bytes());
        }
    }

    /// What of a length (less 3) its symbol has no room for.
    fn length(&mut self, length: usize) {
        let Some(more) = length.checked_sub(LONG) else { return };
        self.out.push(u8::try_from(more).unwrap_or(u8::MAX));
        if more < BYTE {
            return;
        }
        match u16::try_from(length) {
            Ok(short) => self.out.extend_from_slice(&short.to_le_bytes()),
            Err(_) => {
                self.out.extend_from_slice(&[0; 2]);
                self.out.extend_from_slice(&u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes());
            }
        }
    }

    fn flush(mut self) {
        self.word = self.word.checked_shl(self.free).unwrap_or(0);
        self.put();
    }
}

/// The same from the other side: at least the next 16 bits are at hand.
struct BitReader<'a, 'r> {
    r: &'r mut Reader<'a>,
    bits: u32,
    /// Bits at hand beyond 16.
    extra: u32,
    /// Words read behind the end.
    beyond: u32,
}

impl<'a, 'r> BitReader<'a, 'r> {
    fn begin(r: &'r mut Reader<'a>) -> Self {
        let mut reader = Self { r, bits: 0, extra: 16, beyond: 0 };
        reader.bits = reader.word() << 16 | reader.word();
        reader
    }

    /// Behind the end there are zeros: the reader looks up to two words ahead of what it needs.
    fn word(&mut self) -> u32 {
        if let Ok(word) = self.r.u16("Bits") {
            return u32::from(word);
        }
        self.beyond = self.beyond.saturating_add(1);
        0
    }

    fn is_exhausted(&self) -> bool {
        self.beyond > 2
    }

    fn top(&self, count: u32) -> u32 {
        self.bits.checked_shr(32_u32.saturating_sub(count)).unwrap_or(0)
    }

    fn consume(&mut self, count: u32) {
        self.bits = self.bits.checked_shl(count).unwrap_or(0);
        if let Some(extra) = self.extra.checked_sub(count) {
            self.extra = extra;
            return;
        }
        let missing = count.saturating_sub(self.extra);
        self.bits |= self.word().checked_shl(missing).unwrap_or(0);
        self.extra = 16_u32.saturating_sub(missing);
    }

    /// A match's length, whose symbol says `low`.
    fn length(&mut self, low: usize) -> Result<usize, DecompressError> {
        if low < LONG {
            return Ok(low.saturating_add(3));
        }
        let byte = usize::from(self.r.u8("MatchLength").map_err(|_| DecompressError)?);
        if byte < BYTE {
            return Ok(byte.saturating_add(LONG).saturating_add(3));
        }
        let length = match self.r.u16("MatchLength").map_err(|_| DecompressError)? {
            0 => self.r.u32("MatchLength").map_err(|_| DecompressError)?,
            short => u32::from(short),
        };
        let length = usize::try_from(length).map_err(|_| DecompressError)?;
        if length < LONG { Err(DecompressError) } else { Ok(length.saturating_add(3)) }
    }
}

pub(super) fn decompress(data: &[u8], size: usize, out: &mut Vec<u8>) -> Result<(), DecompressError> {
    let start = out.len();
    let end = start.saturating_add(size);
    let mut r = Reader::new(data);
    let mut table = DecodingTable::default();
    while out.len() < end {
        let packed: [u8; 256] = r.array("SymbolLengths").map_err(|_| DecompressError)?;
        table.fill(&packed)?;
        let mut bits = BitReader::begin(&mut r);
        let block_end = out.len().saturating_add(BLOCK).min(end);
        while out.len() < block_end {
            let (symbol, length) = table.look_up(bits.top(LONGEST));
            bits.consume(length);
            if bits.is_exhausted() {
                return Err(DecompressError);
            }
            if let Ok(literal) = u8::try_from(symbol) {
                out.push(literal);
                continue;
            }
            let length = bits.length(usize::from(symbol & 15))?;
            let high = u32::from(symbol >> 4 & 15);
            let distance = bits.top(high) | 1_u32.checked_shl(high).unwrap_or(0);
            bits.consume(high);
            let distance = usize::try_from(distance).map_err(|_| DecompressError)?;
            copy_match(out, start, size, distance, length)?;
        }
    }
    Ok(())
}
