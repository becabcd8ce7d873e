//! [MS-RAP] 2.5.11: structures of a fixed size one after the other from the front of a buffer, and what their pointers lead to from its end.
//! The gap between both is not sent; the converter says how long it was.

use super::{Descriptor, Item};
use crate::Text;
use lanward_nt::NtString;
use lanward_wire::{CodePage, DecodeError, Reader, ReplyBudget};

/// A member of a structure, as the structure's descriptor has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Field {
    /// `B`, alone.
    Byte(u8),
    /// `B` with a number, of a string: as much of it as leaves room for its terminator.
    Name(NtString),
    /// `B` with a number, of anything else.
    Bytes(Vec<u8>),
    /// `W`, alone; `N`, how many auxiliary structures follow.
    Word(u16),
    /// `D`, alone.
    Dword(u32),
    /// `z`: a pointer to a string.
    Text(NtString),
    /// `b` and `l`: a pointer to bytes.
    Pointer(Vec<u8>),
    /// A pointer that leads nowhere.
    Null,
}

/// Puts structures into a buffer whose size is the smaller of what the call and its transaction take. Nothing passes it: what is written goes through a
/// [`ReplyBudget`].
#[derive(Debug)]
pub struct Packer {
    budget: ReplyBudget,
    text: Text,
    fixed: Vec<u8>,
    /// What pointers lead to, the first one at the end of the buffer.
    pointed: Vec<Vec<u8>>,
    pointed_length: usize,
    entries: u16,
    needed: usize,
    complete: bool,
}

/// A buffer with structures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packed {
    /// What is sent.
    pub data: Vec<u8>,
    /// What is to be subtracted from its pointers.
    pub converter: u16,
    /// Structures in it.
    pub entries: u16,
    /// Bytes it would have with everything in it.
    pub needed: usize,
    /// Everything is in it.
    pub complete: bool,
}

impl Packer {
    /// An empty buffer for `receive_length` bytes ([MS-RAP] ReceiveBufferSize) that a transaction takes `max_data` of ([MS-CIFS] MaxDataCount).
    #[must_use]
    pub fn new(receive_length: u16, max_data: u32, code_page: CodePage) -> Self {
        Self {
            budget: ReplyBudget::new(max_data, receive_length.into()),
            text: Text { unicode: false, code_page },
            fixed: Vec::new(),
            pointed: Vec::new(),
            pointed_length: 0,
            entries: 0,
            needed: 0,
            complete: true,
        }
    }

    /// Appends a structure if all of its fixed part fits. What its pointers lead to is left out where it does not, and the pointer is 0 then.
    pub fn push(&mut self, descriptor: Descriptor<'_>, fields: &[Field]) {
        let rows: &[(Descriptor<'_>, &[Field])] = &[(descriptor, fields)];
        self.push_all(rows);
    }

    /// Appends a structure with its auxiliary ones: the fixed parts of all, or none.
    pub fn push_all(&mut self, structures: &[(Descriptor<'_>, &[Field])]) {
        let lengths = structures.iter().map(|(descriptor, _)| descriptor.fixed_length());
        let length = lengths.fold(0, usize::saturating_add);
        self.needed = self.needed.saturating_add(length);
        let fits = length <= self.left();
        let start = self.fixed.len();
        // Room for the fixed parts is taken before anything is pointed to.
        let reserved = if fits { length } else { 0 };
        for (descriptor, fields) in structures {
            for (place, item) in descriptor.items().enumerate() {
                let taken = self.fixed.len().saturating_sub(start);
                self.item(item, fields.get(place), fits, reserved.saturating_sub(taken));
            }
        }
        if fits {
            self.entries = self.entries.saturating_add(1);
        } else {
            self.complete = false;
        }
    }

    /// Bytes that nothing uses yet.
    fn left(&self) -> usize {
        self.budget.limit().saturating_sub(self.fixed.len()).saturating_sub(self.pointed_length)
    }

    fn item(&mut self, item: Item, field: Option<&Field>, fits: bool, reserved: usize) {
        let pointed = match field {
            Some(Field::Text(string)) if item.letter == b'z' => {
                let mut bytes = self.text.bytes(string);
                bytes.push(0);
                Some(bytes)
            }
            Some(Field::Pointer(bytes)) if item.letter != b'z' => Some(bytes.clone()),
            _ => None,
        };
        let pointed = pointed.filter(|_| item.fixed_length() == 4 && item.letter.is_ascii_lowercase());
        if let Some(bytes) = &pointed {
            self.needed = self.needed.saturating_add(bytes.len());
        }
        if !fits {
            return;
        }
        let mut value = match field {
            Some(Field::Byte(v)) => vec![*v],
            Some(Field::Word(v)) => v.to_le_bytes().to_vec(),
            Some(Field::Dword(v)) => v.to_le_bytes().to_vec(),
            Some(Field::Bytes(v)) => v.clone(),
            Some(Field::Name(name)) => {
                let mut bytes = self.text.bytes(name);
                bytes.truncate(item.count.saturating_sub(1));
                bytes
            }
            _ => Vec::new(),
        };
        if let Some(bytes) = pointed {
            value = self.point(bytes, reserved).to_le_bytes().to_vec();
        }
        value.resize(item.fixed_length(), 0);
        self.fixed.extend_from_slice(&value);
    }

    /// The place of what is pointed to, from the end of the buffer down; 0 where there is no more room.
    fn point(&mut self, bytes: Vec<u8>, reserved: usize) -> u32 {
        if bytes.len() > self.left().saturating_sub(reserved) {
            self.complete = false;
            return 0;
        }
        self.pointed_length = self.pointed_length.saturating_add(bytes.len());
        self.pointed.push(bytes);
        u32::try_from(self.budget.limit().saturating_sub(self.pointed_length)).unwrap_or(0)
    }

    /// What is sent.
    #[must_use]
    pub fn finish(self) -> Packed {
        let gap = self.left();
        let mut data = Vec::new();
        let mut w = self.budget.writer(&mut data);
        let mut pieces = core::iter::once(&self.fixed).chain(self.pointed.iter().rev());
        let fits = pieces.all(|piece| w.push(0, |w| w.bytes(piece)).is_ok());
        Packed {
            data,
            converter: u16::try_from(gap).unwrap_or(0),
            entries: self.entries,
            needed: self.needed,
            complete: self.complete && fits,
        }
    }
}

/// Reads `entries` structures of one descriptor, and what their pointers lead to.
///
/// # Errors
/// They are not all there; a pointer leads out of the data.
pub fn unpack(
    descriptor: Descriptor<'_>,
    entries: u16,
    converter: u16,
    data: &[u8],
    code_page: CodePage,
) -> Result<Vec<Vec<Field>>, DecodeError> {
    let text = Text { unicode: false, code_page };
    let mut r = Reader::new(data);
    let mut rows = Vec::new();
    for _ in 0..entries {
        if descriptor.fixed_length() == 0 {
            return Err(DecodeError::invalid("DataDesc", "nothing"));
        }
        let fields = descriptor.items().map(|item| field(item, &mut r, converter, data, text));
        rows.push(fields.collect::<Result<Vec<_>, _>>()?);
    }
    Ok(rows)
}

fn field(
    item: Item,
    r: &mut Reader<'_>,
    converter: u16,
    data: &[u8],
    text: Text,
) -> Result<Field, DecodeError> {
    const FIELD: &str = "RAPOutData";
    Ok(match (item.letter, item.count) {
        (b'B', 1) => Field::Byte(r.u8(FIELD)?),
        (b'W', 1) | (b'N', _) => Field::Word(r.u16(FIELD)?),
        (b'D', 1) => Field::Dword(r.u32(FIELD)?),
        (b'B' | b'W' | b'D' | b'F', _) => Field::Bytes(r.bytes(item.fixed_length(), FIELD)?.to_vec()),
        (b'O', _) => {
            r.skip(4, FIELD)?;
            Field::Null
        }
        (b'z' | b'b' | b'l', count) => {
            // The high word is to be ignored ([MS-RAP] 2.5.1).
            let [low, high, ..] = r.array::<4>(FIELD)?;
            let place = u16::from_le_bytes([low, high]);
            if place == 0 {
                return Ok(Field::Null);
            }
            let place = usize::from(place.wrapping_sub(converter));
            let pointed =
                data.get(place..).ok_or(DecodeError::invalid(FIELD, "a pointer out of the data"))?;
            let mut pointed = Reader::new(pointed);
            if item.letter == b'z' {
                Field::Text(text.read(&mut pointed, FIELD)?)
            } else {
                Field::Pointer(pointed.bytes(count, FIELD)?.to_vec())
            }
        }
        _ => return Err(DecodeError::invalid("DataDesc", "a letter nobody knows")),
    })
}
