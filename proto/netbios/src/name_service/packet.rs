use lanward_wire::bitflags::bitflags;
use lanward_wire::{Decode, DecodeError, Encode, Reader, Writer};

use super::record::{Record, RecordType};
use crate::FullName;

/// What a packet is about (RFC 1002 4.2.1.1, OPCODE).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Opcode(pub u8);

impl Opcode {
    /// A name or node status query.
    pub const QUERY: Self = Self(0);
    /// A name is registered, or with [`NameFlags::RECURSION_DESIRED`] off overwritten.
    pub const REGISTRATION: Self = Self(5);
    /// A name is given up.
    pub const RELEASE: Self = Self(6);
    /// The answer comes later (4.2.16).
    pub const WACK: Self = Self(7);
    /// A name is still held.
    pub const REFRESH: Self = Self(8);
    /// The same, as the figure of RFC 1002 4.2.4 has it against its table.
    pub const REFRESH_ALTERNATE: Self = Self(9);
    /// [MS-NBTE] 2.2.2: a name is registered by a host with several addresses.
    pub const MULTIHOMED_REGISTRATION: Self = Self(15);

    /// Whether a name is registered, whatever the host.
    #[must_use]
    pub const fn is_registration(self) -> bool {
        matches!(self, Self::REGISTRATION | Self::MULTIHOMED_REGISTRATION)
    }

    /// Whether a name is refreshed, whichever number that has.
    #[must_use]
    pub const fn is_refresh(self) -> bool {
        matches!(self, Self::REFRESH | Self::REFRESH_ALTERNATE)
    }
}

bitflags! {
    /// The NM_FLAGS (RFC 1002 4.2.1.1).
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
    pub struct NameFlags: u8 {
        /// B: the packet was broadcast.
        const BROADCAST = 0x01;
        /// RA: a name server answers.
        const RECURSION_AVAILABLE = 0x08;
        /// RD: of whoever asks an end node or a name server in the usual way.
        const RECURSION_DESIRED = 0x10;
        /// TC: not all of it is here.
        const TRUNCATED = 0x20;
        /// AA: whoever answers is responsible for the name.
        const AUTHORITATIVE = 0x40;
        /// Reserved bits.
        const _ = !0;
    }
}

/// What became of a request (RFC 1002 4.2.6, 4.2.11, 4.2.14), in four bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rcode(pub u8);

impl Rcode {
    /// It was done.
    pub const SUCCESS: Self = Self(0);
    /// FMT_ERR: the request makes no sense.
    pub const FORMAT: Self = Self(1);
    /// SRV_ERR: the server cannot.
    pub const SERVER: Self = Self(2);
    /// NAM_ERR: there is no such name.
    pub const NAME: Self = Self(3);
    /// IMP_ERR: not implemented.
    pub const NOT_IMPLEMENTED: Self = Self(4);
    /// RFS_ERR: refused.
    pub const REFUSED: Self = Self(5);
    /// ACT_ERR: somebody else has the name.
    pub const ACTIVE: Self = Self(6);
    /// CFT_ERR: several have it who each should alone.
    pub const CONFLICT: Self = Self(7);
}

/// A packet of the name service: a header and four lists, of which each packet of RFC 1002 has at most one entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamePacket {
    /// NAME_TRN_ID
    pub id: u16,
    /// R: a response.
    pub response: bool,
    /// What it is about.
    pub opcode: Opcode,
    /// Its flags.
    pub flags: NameFlags,
    /// What became of the request; zero in one.
    pub rcode: Rcode,
    /// The question entries.
    pub questions: Vec<Question>,
    /// The answer resource records.
    pub answers: Vec<Record>,
    /// The authority resource records.
    pub authorities: Vec<Record>,
    /// The additional resource records.
    pub additionals: Vec<Record>,
}

/// A question entry (RFC 1002 4.2.1.2). Its class is always the internet's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// What is asked for.
    pub name: FullName,
    /// What about it.
    pub kind: RecordType,
}

/// QUESTION_CLASS and RR_CLASS: the internet.
pub(super) const CLASS_IN: u16 = 1;

impl NamePacket {
    /// Bytes in the header.
    const HEADER_LEN: usize = 12;
    /// The longest packet that is read or written. RFC 1002 4.2.1 has 576; the status of a node with many names is longer.
    pub const MAX_LEN: usize = 1472;
    /// Records that are read of one packet: a redirection has two.
    const MAX_ENTRIES: usize = 8;

    /// A request about one name.
    #[must_use]
    pub fn request(id: u16, opcode: Opcode, flags: NameFlags, name: FullName, kind: RecordType) -> Self {
        Self {
            id,
            response: false,
            opcode,
            flags,
            rcode: Rcode::SUCCESS,
            questions: vec![Question { name, kind }],
            answers: Vec::new(),
            authorities: Vec::new(),
            additionals: Vec::new(),
        }
    }

    /// The response to this packet with one record; its flags say what the responder is.
    #[must_use]
    pub fn answer(&self, flags: NameFlags, rcode: Rcode, record: Record) -> Self {
        let asked = self.flags & NameFlags::RECURSION_DESIRED;
        let opcode = if self.opcode == Opcode::MULTIHOMED_REGISTRATION || self.opcode.is_refresh() {
            // The answer to each of these is a NAME REGISTRATION RESPONSE (4.2.4, [MS-NBTE] 2.2.2).
            Opcode::REGISTRATION
        } else {
            self.opcode
        };
        Self {
            id: self.id,
            response: true,
            opcode,
            flags: flags | asked,
            rcode,
            questions: Vec::new(),
            answers: vec![record],
            authorities: Vec::new(),
            additionals: Vec::new(),
        }
    }

    /// The name a request is about, or the one a response has a record of.
    #[must_use]
    pub fn subject(&self) -> Option<&FullName> {
        let question = self.questions.first().map(|q| &q.name);
        question.or_else(|| self.answers.first().map(|record| &record.name))
    }

    fn counts(&self) -> [usize; 4] {
        [self.questions.len(), self.answers.len(), self.authorities.len(), self.additionals.len()]
    }
}

impl Decode<'_> for NamePacket {
    /// Reads a packet. The reader must begin where the packet does: pointers count from there.
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let id = r.u16_be("NAME_TRN_ID")?;
        let [high, low] = r.array("FLAGS")?;
        let mut counts = [0usize; 4];
        for count in &mut counts {
            *count = r.u16_be("COUNT")?.into();
        }
        if counts.iter().fold(0usize, |sum, n| sum.saturating_add(*n)) > Self::MAX_ENTRIES {
            return Err(DecodeError::invalid("COUNT", "more entries than any packet has"));
        }
        let [questions, answers, authorities, additionals] = counts;
        Ok(Self {
            id,
            response: high & 0x80 != 0,
            opcode: Opcode(high >> 3 & 0x0f),
            flags: NameFlags::from_bits_retain((high & 0x07) << 4 | low >> 4),
            rcode: Rcode(low & 0x0f),
            questions: (0..questions).map(|_| Question::decode(r)).collect::<Result<_, _>>()?,
            answers: records(r, answers)?,
            authorities: records(r, authorities)?,
            additionals: records(r, additionals)?,
        })
    }
}

fn records(r: &mut Reader<'_>, count: usize) -> Result<Vec<Record>, DecodeError> {
    (0..count).map(|_| Record::decode(r)).collect()
}

impl Encode for NamePacket {
    /// Writes a packet. The writer must begin where the packet does: a record of the name that was asked for points there.
    fn encode(&self, w: &mut Writer<'_>) {
        w.u16_be(self.id);
        let flags = self.flags.bits();
        let high = (self.opcode.0 & 0x0f) << 3 | flags >> 4 & 0x07;
        w.bytes(&[if self.response { high | 0x80 } else { high }, flags << 4 | self.rcode.0 & 0x0f]);
        for count in self.counts() {
            w.u16_be(u16::try_from(count).unwrap_or(u16::MAX));
        }
        for question in &self.questions {
            question.encode(w);
        }
        let asked = self.questions.first().map(|q| &q.name);
        for record in self.answers.iter().chain(&self.authorities).chain(&self.additionals) {
            if asked == Some(&record.name) {
                // The first question follows the header.
                w.bytes(&[0xc0, const { Self::HEADER_LEN.to_le_bytes()[0] }]);
            } else {
                record.name.encode(w);
            }
            record.encode_body(w);
        }
    }
}

impl Decode<'_> for Question {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let name = FullName::decode_compressed(r)?;
        let kind = RecordType(r.u16_be("QUESTION_TYPE")?);
        match r.u16_be("QUESTION_CLASS")? {
            CLASS_IN => Ok(Self { name, kind }),
            other => Err(DecodeError::unexpected("QUESTION_CLASS", other.into())),
        }
    }
}

impl Encode for Question {
    fn encode(&self, w: &mut Writer<'_>) {
        self.name.encode(w);
        w.u16_be(self.kind.0);
        w.u16_be(CLASS_IN);
    }
}
