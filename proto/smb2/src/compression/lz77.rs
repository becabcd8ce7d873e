//! [MS-XCA] 2.3 and 2.4 Plain LZ77.

use super::matcher::{Match, Matcher};
use super::{DecompressError, copy_match};
use lanward_wire::Reader;

/// How far back a match may be.
const WINDOW: usize = 8192;
/// Lengths that a match's own 16 bits, then half a byte, then a byte cannot hold.
const LONG: usize = 7;
const HALF: usize = 15;
const BYTE: usize = 255;

/// Flags not yet written, and where they go.
struct Flags {
    place: usize,
    bits: u32,
    count: u32,
}

impl Flags {
    fn begin(out: &mut Vec<u8>) -> Self {
        let place = out.len();
        out.extend_from_slice(&[0; 4]);
        Self { place, bits: 0, count: 0 }
    }

    fn push(&mut self, out: &mut Vec<u8>, is_match: bool) {
        self.bits = (self.bits << 1) | u32::from(is_match);
        self.count = self.count.saturating_add(1);
        if self.count == 32 {
            self.write(out);
            *self = Self::begin(out);
        }
    }

    fn write(&self, out: &mut [u8]) {
        let end = self.place.saturating_add(4);
        if let Some(place) = out.get_mut(self.place..end) {
            place.copy_from_slice(&self.bits.to_le_bytes());
        }
    }

    /// The flags nothing follows are ones.
    fn finish(mut self, out: &mut [u8]) {
        let unused = 32_u32.saturating_sub(self.count);
        let ones = u32::MAX.checked_shr(self.count).unwrap_or(0);
        self.bits = self.bits.checked_shl(unused).unwrap_or(0) | ones;
        self.write(out);
    }
}

pub(super) fn compress(data: &[u8], out: &mut Vec<u8>) {
    let mut flags = Flags::begin(out);
    let mut matcher = Matcher::new();
    let mut half = None;
    let mut at = 0;
    while let Some(byte) = data.get(at) {
        let found = matcher.find(data, at, WINDOW, usize::MAX);
        match found {
            None => {
                out.push(*byte);
                at = at.saturating_add(1);
            }
            Some(found) => {
                write_match(found, &mut half, out);
                at = at.saturating_add(found.length);
            }
        }
        flags.push(out, found.is_some());
    }
    flags.finish(out);
}

/// `half` is where a byte has its upper half still free.
fn write_match(found: Match, half: &mut Option<usize>, out: &mut Vec<u8>) {
    let length = found.length.saturating_sub(3);
    let word = found.distance.saturating_sub(1) << 3 | length.min(LONG);
    out.extend_from_slice(&u16::try_from(word).unwrap_or(u16::MAX).to_le_bytes());
    let Some(more) = length.checked_sub(LONG) else { return };
    let nibble = u8::try_from(more.min(HALF)).unwrap_or(0);
    match half.take().and_then(|place| out.get_mut(place)) {
        Some(byte) => *byte |= nibble << 4,
        None => {
            *half = Some(out.len());
            out.push(nibble);
        }
    }
    let Some(more) = more.checked_sub(HALF) else { return };
    out.push(u8::try_from(more).unwrap_or(u8::MAX));
    if more < BYTE {
        return;
    }
    match u16::try_from(length) {
        Ok(short) => out.extend_from_slice(&short.to_le_bytes()),
        Err(_) => {
            out.extend_from_slice(&[0; 2]);
            out.extend_from_slice(&u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes());
        }
    }
}

pub(super) fn decompress(data: &[u8], size: usize, out: &mut Vec<u8>) -> Result<(), DecompressError> {
    let start = out.len();
    let end = start.saturating_add(size);
    let mut r = Reader::new(data);
    let mut half: Option<u8> = None;
    let (mut flags, mut count) = (0_u32, 0_u32);
    loop {
        if count == 0 {
            if out.len() == end && r.is_empty() {
                return Ok(());
            }
            flags = r.u32("Flags").map_err(|_| DecompressError)?;
            count = 32;
        }
        count = count.saturating_sub(1);
        let is_match = flags.checked_shr(count).unwrap_or(0) & 1 == 1;
        if !is_match {
            if out.len() == end {
                return Err(DecompressError);
            }
            out.push(r.u8("Literal").map_err(|_| DecompressError)?);
            continue;
        }
        if r.is_empty() {
            return if out.len() == end { Ok(()) } else { Err(DecompressError) };
        }
        let word = usize::from(r.u16("Match").map_err(|_| DecompressError)?);
        let length = read_length(word & LONG, &mut half, &mut r)?;
        copy_match(out, start, size, (word >> 3).saturating_add(1), length)?;
    }
}

fn read_length(low: usize, half: &mut Option<u8>, r: &mut Reader<'_>) -> Result<usize, DecompressError> {
    if low < LONG {
        return Ok(low.saturating_add(3));
    }
    let nibble = match half.take() {
        Some(high) => usize::from(high),
        None => {
            let byte = r.u8("Length").map_err(|_| DecompressError)?;
            *half = Some(byte >> 4);
            usize::from(byte & 15)
        }
    };
    if nibble < HALF {
        return Ok(nibble.saturating_add(LONG).saturating_add(3));
    }
    let byte = usize::from(r.u8("Length").map_err(|_| DecompressError)?);
    if byte < BYTE {
        return Ok(byte.saturating_add(HALF).saturating_add(LONG).saturating_add(3));
    }
    let length = match r.u16("Length").map_err(|_| DecompressError)? {
        0 => usize::try_from(r.u32("Length").map_err(|_| DecompressError)?).map_err(|_| DecompressError)?,
        short => usize::from(short),
    };
    if length < HALF.saturating_add(LONG) {
        return Err(DecompressError);
    }
    Ok(length.saturating_add(3))
}
