//! Structures of information levels as [MS-SRVS] and [MS-WKST] have them: one in a union, or arrays of them in containers.

use crate::ndr::{Alignment, Arguments, Ndr, NdrWriter};
use lanward_nt::NtString;
use lanward_wire::DecodeError;

/// Most entries of an array that are read: a structure in memory is larger than one on the wire.
const MAX_ENTRIES: usize = 65_536;

/// What the structures of all levels of one thing have, in one type. What a level does not have is neither written nor read.
pub trait Entry: Default + Clone {
    /// Whether unions have an arm for this level; what is not defined is taken to be empty.
    fn has_level(level: u32) -> bool;

    /// Visits the members of a level's structure in their order.
    ///
    /// # Errors
    /// The bytes are not of this layout.
    fn members<N: Ndr>(&mut self, level: u32, m: &mut Members<'_, N>) -> Result<(), DecodeError>;

    /// Whether enumerations have this level.
    #[must_use]
    fn is_enumerable(level: u32) -> bool {
        Self::has_level(level)
    }
}

/// A walk over members: once for what is fixed, once for what its pointers point at.
#[derive(Debug)]
pub struct Members<'n, N> {
    n: &'n mut N,
    phase: Phase,
    fixed_length: usize,
    deferred_length: usize,
    pointers: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Nothing is read or written; what there would be is added up.
    Measure,
    Fixed,
    Deferred,
}

impl<N: Ndr> Members<'_, N> {
    /// A 32-bit integer.
    ///
    /// # Errors
    /// Not enough bytes.
    pub fn u32(&mut self, field: &'static str, v: &mut u32) -> Result<(), DecodeError> {
        match self.phase {
            Phase::Measure => self.measure(4, false),
            Phase::Fixed => self.n.u32(field, v),
            Phase::Deferred => Ok(()),
        }
    }

    /// A fixed array of bytes.
    ///
    /// # Errors
    /// Not enough bytes.
    pub fn bytes(&mut self, field: &'static str, v: &mut [u8]) -> Result<(), DecodeError> {
        match self.phase {
            Phase::Measure => self.measure(v.len(), false),
            Phase::Fixed => self.n.bytes(field, v),
            Phase::Deferred => Ok(()),
        }
    }

    /// A pointer to a string.
    ///
    /// # Errors
    /// As a string.
    pub fn string(&mut self, field: &'static str, v: &mut Option<NtString>) -> Result<(), DecodeError> {
        match (self.phase, v) {
            (Phase::Measure, v) => {
                let units = v.as_ref().map_or(0, |v| v.units().len());
                self.defer(
                    v.is_some(),
                    units.saturating_mul(2).saturating_add(14 /* counts and terminator */),
                );
                self.measure(4, true)
            }
            (Phase::Fixed, v) => self.n.referent_of(field, v),
            (Phase::Deferred, Some(v)) => self.n.string(field, v),
            (Phase::Deferred, None) => Ok(()),
        }
    }

    /// A pointer to an array of bytes.
    ///
    /// # Errors
    /// As an array.
    pub fn byte_array(&mut self, field: &'static str, v: &mut Option<Vec<u8>>) -> Result<(), DecodeError> {
        match (self.phase, v) {
            (Phase::Measure, v) => {
                self.defer(v.is_some(), v.as_ref().map_or(0, Vec::len).saturating_add(4 /* count */));
                self.measure(4, true)
            }
            (Phase::Fixed, v) => self.n.referent_of(field, v),
            (Phase::Deferred, Some(v)) => self.n.byte_array(field, v),
            (Phase::Deferred, None) => Ok(()),
        }
    }

    /// An array's length and then a pointer to it. The length that counts is that of the array.
    ///
    /// # Errors
    /// As its parts.
    pub fn counted_byte_array(
        &mut self,
        field: &'static str,
        v: &mut Option<Vec<u8>>,
    ) -> Result<(), DecodeError> {
        self.u32(field, &mut length_of(v.as_ref()))?;
        self.byte_array(field, v)
    }

    fn defer(&mut self, present: bool, length: usize) {
        if present {
            self.deferred_length = self.deferred_length.saturating_add(length.next_multiple_of(4));
        }
    }

    fn measure(&mut self, length: usize, pointer: bool) -> Result<(), DecodeError> {
        self.fixed_length = self.fixed_length.saturating_add(length);
        self.pointers |= pointer;
        Ok(())
    }
}

/// The length of an array as structures have it beside the array; 0 for none.
pub(crate) fn length_of(v: Option<&Vec<u8>>) -> u32 {
    v.map_or(0, |v| u32::try_from(v.len()).unwrap_or(u32::MAX))
}

fn visit<E: Entry, N: Ndr>(
    entry: &mut E,
    level: u32,
    n: &mut N,
    phase: Phase,
) -> Result<(usize, bool), DecodeError> {
    let mut members = Members { n, phase, fixed_length: 0, deferred_length: 0, pointers: false };
    entry.members(level, &mut members)?;
    Ok((members.fixed_length, members.pointers))
}

/// Bytes an entry takes in NDR: what PreferedMaximumLength counts.
pub fn entry_length<E: Entry>(entry: &mut E, level: u32) -> usize {
    let mut nothing = Vec::new();
    let n = &mut NdrWriter::new(&mut nothing);
    let mut m = Members { n, phase: Phase::Measure, fixed_length: 0, deferred_length: 0, pointers: false };
    // Measuring reads nothing that could be wrong.
    let _ = entry.members(level, &mut m);
    m.fixed_length.saturating_add(m.deferred_length)
}

fn shape<E: Entry>(level: u32, n: &mut impl Ndr) -> Result<(usize, Alignment), DecodeError> {
    let (length, pointers) = visit(&mut E::default(), level, n, Phase::Measure)?;
    Ok((length, if pointers { Alignment::Pointer } else { Alignment::Four }))
}

/// One structure whose pointers' referents follow at once.
pub(crate) fn whole<E: Entry>(entry: &mut E, level: u32, n: &mut impl Ndr) -> Result<(), DecodeError> {
    let (_, alignment) = shape::<E>(level, n)?;
    n.structure(alignment, "structure", |n| visit(entry, level, n, Phase::Fixed).map(drop))?;
    visit(entry, level, n, Phase::Deferred).map(drop)
}

/// A union of pointers to the structures of the levels, its discriminant in front.
pub(crate) fn union<E: Entry>(
    level: &mut u32,
    entry: &mut Option<E>,
    n: &mut impl Ndr,
) -> Result<(), DecodeError> {
    n.union_switch(Alignment::Pointer, "level", level)?;
    if !E::has_level(*level) {
        *entry = None;
        return Ok(());
    }
    n.referent_of("structure", entry)?;
    entry.as_mut().map_or(Ok(()), |entry| whole(entry, *level, n))
}

/// A level and the union for it, as operations have it that set something.
pub(crate) fn level_and_union<E: Entry>(
    level: &mut u32,
    entry: &mut Option<E>,
    n: &mut impl Ndr,
) -> Result<(), DecodeError> {
    n.u32("Level", level)?;
    let mut switch = *level;
    union(&mut switch, entry, n)?;
    agree(switch, *level)
}

/// What enumerations return.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EnumResponse<E> {
    /// The level of the structures.
    pub level: u32,
    /// The entries; `None` where the server returns no container at all.
    pub entries: Option<Vec<E>>,
    /// All there are from where this enumeration began.
    pub total_entries: u32,
    /// Where to go on; present if the client gave one.
    pub resume_handle: Option<u32>,
    /// A Win32 error: 0, ERROR_MORE_DATA (234), ERROR_INVALID_LEVEL (124) ...
    pub status: u32,
}

impl<E: Entry> Arguments for EnumResponse<E> {
    fn walk(&mut self, n: &mut impl Ndr) -> Result<(), DecodeError> {
        containers(&mut self.level, &mut self.entries, n)?;
        n.u32("TotalEntries", &mut self.total_entries)?;
        n.u32_pointer("ResumeHandle", &mut self.resume_handle)?;
        n.u32("status", &mut self.status)
    }
}

/// The part of an enumeration's arguments that all have: a level, what is preferred, and where to begin. A container that a client gives is
/// passed over; an empty one is written.
pub(crate) fn enumeration<E: Entry>(
    level: &mut u32,
    preferred_maximum_length: &mut u32,
    resume_handle: &mut Option<u32>,
    n: &mut impl Ndr,
) -> Result<(), DecodeError> {
    containers::<E>(level, &mut Some(Vec::new()), n)?;
    n.u32("PreferedMaximumLength", preferred_maximum_length)?;
    n.u32_pointer("ResumeHandle", resume_handle)
}

/// A level and a union of pointers to containers: SHARE_ENUM_STRUCT and its like.
pub(crate) fn containers<E: Entry>(
    level: &mut u32,
    entries: &mut Option<Vec<E>>,
    n: &mut impl Ndr,
) -> Result<(), DecodeError> {
    n.structure(Alignment::Pointer, "InfoStruct", |n| {
        n.u32("Level", level)?;
        let mut switch = *level;
        n.union_switch(Alignment::Pointer, "level", &mut switch)?;
        agree(switch, *level)?;
        if !E::is_enumerable(*level) {
            *entries = None;
            return Ok(());
        }
        n.referent_of("container", entries)
    })?;
    entries.as_mut().map_or(Ok(()), |entries| container(*level, entries, n))
}

/// A count and a pointer to that many structures.
pub(crate) fn container<E: Entry>(
    level: u32,
    entries: &mut Vec<E>,
    n: &mut impl Ndr,
) -> Result<(), DecodeError> {
    let mut read = u32::try_from(entries.len()).unwrap_or(u32::MAX);
    let mut present = !entries.is_empty();
    n.structure(Alignment::Pointer, "container", |n| {
        n.u32("EntriesRead", &mut read)?;
        n.pointer("Buffer", &mut present)
    })?;
    if !present {
        return Ok(());
    }
    let (fixed_length, alignment) = shape::<E>(level, n)?;
    let mut count = entries.len();
    n.count(fixed_length, "Buffer", &mut count)?;
    if usize::try_from(read) != Ok(count) {
        return Err(DecodeError::invalid("Buffer", "not EntriesRead"));
    }
    if count > MAX_ENTRIES {
        return Err(DecodeError::invalid("Buffer", "too many entries"));
    }
    if entries.len() != count {
        // The bytes for so many are there: `count` has looked.
        entries.resize_with(count, E::default);
    }
    for entry in entries.iter_mut() {
        n.structure(alignment, "structure", |n| visit(entry, level, n, Phase::Fixed).map(drop))?;
    }
    entries.iter_mut().try_for_each(|entry| visit(entry, level, n, Phase::Deferred).map(drop))
}

fn agree(switch: u32, level: u32) -> Result<(), DecodeError> {
    if switch == level { Ok(()) } else { Err(DecodeError::invalid("level", "not that of the union")) }
}
