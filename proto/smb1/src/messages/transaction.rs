use crate::body::{index, short};
use crate::message::wire_words;
use crate::{Body, Command, MessageWriter};
use lanward_nt::NtString;
use lanward_wire::{DecodeError, Reader, Writer, wire_flags};

wire_flags! {
    /// The Flags of SMB_COM_TRANSACTION and SMB_COM_TRANSACTION2.
    TransactionFlags: u16 {
        /// DISCONNECT_TID
        DISCONNECT_TID = 0x0001;
        /// NO_RESPONSE
        NO_RESPONSE = 0x0002;
    }
}

wire_words! { flags: TransactionFlags; values: }

/// Most setup words that are read; the largest request has 255 of them by its count, and 4 by its meaning.
const MAX_SETUP: usize = 16;

/// [MS-CIFS] 2.2.4.33.1 SMB_COM_TRANSACTION, 2.2.4.46.1 SMB_COM_TRANSACTION2 and 2.2.4.62.1 SMB_COM_NT_TRANSACT Requests: a call with
/// parameters and data, or their first part.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TransactionRequest<'a> {
    /// Bytes of all parameters.
    pub total_parameters: u32,
    /// Bytes of all data.
    pub total_data: u32,
    /// Most bytes of parameters in the answer.
    pub max_parameters: u32,
    /// Most bytes of data in the answer.
    pub max_data: u32,
    /// Most setup words in the answer.
    pub max_setup: u8,
    /// What is asked for besides; nothing in NT_TRANSACT.
    pub flags: TransactionFlags,
    /// Milliseconds to wait; 0 in NT_TRANSACT.
    pub timeout: u32,
    /// The subcommand of NT_TRANSACT; the others have it in `setup`.
    pub function: u16,
    /// Setup words.
    pub setup: Vec<u16>,
    /// The pipe or mailslot of SMB_COM_TRANSACTION.
    pub name: NtString,
    /// The parameters that are here.
    pub parameters: &'a [u8],
    /// The data that is here.
    pub data: &'a [u8],
}

/// [MS-CIFS] 2.2.4.34.1, 2.2.4.47.1 and 2.2.4.63.1: a further part of a request
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TransactionSecondaryRequest<'a> {
    /// Bytes of all parameters: what was said before, or less.
    pub total_parameters: u32,
    /// Bytes of all data: what was said before, or less.
    pub total_data: u32,
    /// Where these parameters belong.
    pub parameter_displacement: u32,
    /// Where this data belongs.
    pub data_displacement: u32,
    /// FID, in SMB_COM_TRANSACTION2_SECONDARY.
    pub fid: Option<u16>,
    /// Parameters.
    pub parameters: &'a [u8],
    /// Data.
    pub data: &'a [u8],
}

/// [MS-CIFS] 2.2.4.33.2, 2.2.4.46.2 and 2.2.4.62.2: an answer, or a part of one
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TransactionResponse<'a> {
    /// Bytes of all parameters.
    pub total_parameters: u32,
    /// Bytes of all data.
    pub total_data: u32,
    /// Where these parameters belong.
    pub parameter_displacement: u32,
    /// Where this data belongs.
    pub data_displacement: u32,
    /// Setup words.
    pub setup: Vec<u16>,
    /// Parameters.
    pub parameters: &'a [u8],
    /// Data.
    pub data: &'a [u8],
}

/// Counts and offsets, which NT_TRANSACT has in 32 bits and the others in 16.
#[derive(Clone, Copy)]
struct Width {
    wide: bool,
}

impl Width {
    const fn of(command: Command) -> Self {
        Self { wide: matches!(command, Command::NT_TRANSACT | Command::NT_TRANSACT_SECONDARY) }
    }

    fn read(self, r: &mut Reader<'_>, field: &'static str) -> Result<u32, DecodeError> {
        if self.wide { r.u32(field) } else { r.u16(field).map(u32::from) }
    }

    fn write(self, w: &mut Writer<'_>, v: u32) {
        if self.wide {
            w.u32(v);
        } else {
            w.u16(short(index(v)));
        }
    }
}

/// A length, as far as 32 bits go.
fn long(v: usize) -> u32 {
    u32::try_from(v).unwrap_or(u32::MAX)
}

fn read_setup(r: &mut Reader<'_>, count: u8) -> Result<Vec<u16>, DecodeError> {
    if usize::from(count) > MAX_SETUP {
        return Err(DecodeError::invalid("SetupCount", "more than any request has"));
    }
    (0..count).map(|_| r.u16("Setup")).collect()
}

/// Where parameters and data will be: behind `fixed`, each at a multiple of 4.
struct Places {
    parameters: usize,
    data: usize,
}

impl Places {
    fn behind(fixed: usize, parameters: usize) -> Self {
        let aligned = |v: usize| v.saturating_add(3) & !3;
        let at = aligned(fixed);
        Self { parameters: at, data: aligned(at.saturating_add(parameters)) }
    }

    /// Writes both, padded to where they were said to be.
    fn write(&self, w: &mut Writer<'_>, parameters: &[u8], data: &[u8]) {
        w.zeros(self.parameters.saturating_sub(w.position()));
        w.bytes(parameters);
        w.zeros(self.data.saturating_sub(w.position()));
        w.bytes(data);
    }
}

impl<'a> TransactionRequest<'a> {
    /// Reads the request of `command`.
    ///
    /// # Errors
    /// The bytes are none.
    pub fn decode(command: Command, body: &mut Body<'a>) -> Result<Self, DecodeError> {
        let width = Width::of(command);
        let r = &mut body.words;
        let mut request = Self::default();
        if width.wide {
            request.max_setup = r.u8("MaxSetupCount")?;
            r.skip(2, "Reserved1")?;
        }
        request.total_parameters = width.read(r, "TotalParameterCount")?;
        request.total_data = width.read(r, "TotalDataCount")?;
        request.max_parameters = width.read(r, "MaxParameterCount")?;
        request.max_data = width.read(r, "MaxDataCount")?;
        if !width.wide {
            request.max_setup = r.u8("MaxSetupCount")?;
            r.skip(1, "Reserved1")?;
            request.flags = TransactionFlags::from_bits_retain(r.u16("Flags")?);
            request.timeout = r.u32("Timeout")?;
            r.skip(2, "Reserved2")?;
        }
        let parameters = (width.read(r, "ParameterCount")?, width.read(r, "ParameterOffset")?);
        let data = (width.read(r, "DataCount")?, width.read(r, "DataOffset")?);
        let setup = r.u8("SetupCount")?;
        if width.wide {
            request.function = r.u16("Function")?;
        } else {
            r.skip(1, "Reserved3")?;
        }
        request.setup = read_setup(r, setup)?;
        if command == Command::TRANSACTION {
            request.name = body.text.read(&mut body.bytes, "Name")?;
        }
        request.parameters = body.at(parameters.1, parameters.0, "Parameters")?;
        request.data = body.at(data.1, data.0, "Data")?;
        Ok(request)
    }

    /// Appends the request as a body of `command`.
    pub fn encode(&self, command: Command, w: &mut MessageWriter<'_>, text: crate::Text) {
        let width = Width::of(command);
        let fixed = if width.wide { 38 } else { 28 };
        let setup = self.setup.get(..MAX_SETUP).unwrap_or(&self.setup);
        // Words, the count of bytes and the name.
        let mut before = w
            .words_at(command)
            .saturating_add(fixed)
            .saturating_add(setup.len().saturating_mul(2))
            .saturating_add(2);
        if command == Command::TRANSACTION {
            let name = text.bytes(&self.name).len();
            let (align, end) = if text.unicode { (before & 1, 2) } else { (0, 1) };
            before = before.saturating_add(align).saturating_add(name).saturating_add(end);
        }
        let places = Places::behind(before, self.parameters.len());
        let words = |w: &mut Writer<'_>| {
            if width.wide {
                w.bytes(&[self.max_setup, 0, 0]);
            }
            for v in [self.total_parameters, self.total_data, self.max_parameters, self.max_data] {
                width.write(w, v);
            }
            if !width.wide {
                w.bytes(&[self.max_setup, 0]);
                w.u16(self.flags.bits());
                w.u32(self.timeout);
                w.u16(0);
            }
            for v in [self.parameters.len(), places.parameters, self.data.len(), places.data] {
                width.write(w, long(v));
            }
            w.u8(u8::try_from(setup.len()).unwrap_or(u8::MAX));
            if width.wide {
                w.u16(self.function);
            } else {
                w.u8(0);
            }
            setup.iter().for_each(|word| w.u16(*word));
        };
        w.body(command, words, |w, text| {
            if command == Command::TRANSACTION {
                text.write(&self.name, w);
            }
            places.write(w, self.parameters, self.data);
        });
    }
}

impl<'a> TransactionSecondaryRequest<'a> {
    /// Reads the request of `command`.
    ///
    /// # Errors
    /// The bytes are none.
    pub fn decode(command: Command, body: &mut Body<'a>) -> Result<Self, DecodeError> {
        let width = Width::of(command);
        let r = &mut body.words;
        if width.wide {
            r.skip(3, "Reserved1")?;
        }
        let (total_parameters, total_data) =
            (width.read(r, "TotalParameterCount")?, width.read(r, "TotalDataCount")?);
        let parameters = (width.read(r, "ParameterCount")?, width.read(r, "ParameterOffset")?);
        let parameter_displacement = width.read(r, "ParameterDisplacement")?;
        let data = (width.read(r, "DataCount")?, width.read(r, "DataOffset")?);
        let data_displacement = width.read(r, "DataDisplacement")?;
        let fid = (command == Command::TRANSACTION2_SECONDARY && !r.is_empty())
            .then(|| r.u16("FID"))
            .transpose()?;
        Ok(Self {
            total_parameters,
            total_data,
            parameter_displacement,
            data_displacement,
            fid,
            parameters: body.at(parameters.1, parameters.0, "Parameters")?,
            data: body.at(data.1, data.0, "Data")?,
        })
    }

    /// Appends the request as a body of `command`.
    pub fn encode(&self, command: Command, w: &mut MessageWriter<'_>) {
        let width = Width::of(command);
        let fid = self.fid.filter(|_| command == Command::TRANSACTION2_SECONDARY);
        let fixed = if width.wide { 35 } else { 16 };
        let before =
            w.words_at(command).saturating_add(fixed).saturating_add(if fid.is_some() { 4 } else { 2 });
        let places = Places::behind(before, self.parameters.len());
        let words = |w: &mut Writer<'_>| {
            if width.wide {
                w.zeros(3);
            }
            width.write(w, self.total_parameters);
            width.write(w, self.total_data);
            width.write(w, long(self.parameters.len()));
            width.write(w, long(places.parameters));
            width.write(w, self.parameter_displacement);
            width.write(w, long(self.data.len()));
            width.write(w, long(places.data));
            width.write(w, self.data_displacement);
            if let Some(fid) = fid {
                w.u16(fid);
            } else if width.wide {
                // 18 words: the last byte is reserved.
                w.u8(0);
            }
        };
        let places = &places;
        w.body(command, words, |w, _| places.write(w, self.parameters, self.data));
    }
}

impl<'a> TransactionResponse<'a> {
    /// Bytes of the words without setup, behind which everything else comes.
    const fn fixed(wide: bool) -> usize {
        if wide { 36 } else { 20 }
    }

    /// Bytes that a response of `command` takes beside its parameters and data, at most.
    #[must_use]
    pub fn overhead(command: Command, setup: usize) -> usize {
        let words = Self::fixed(Width::of(command).wide).saturating_add(setup.saturating_mul(2));
        // The counts of words and bytes, and padding before parameters and before data.
        crate::Header::LEN.saturating_add(words).saturating_add(9)
    }

    /// Reads the response to `command`.
    ///
    /// # Errors
    /// The bytes are none.
    pub fn decode(command: Command, body: &mut Body<'a>) -> Result<Self, DecodeError> {
        let width = Width::of(command);
        let r = &mut body.words;
        if width.wide {
            r.skip(3, "Reserved1")?;
        }
        let (total_parameters, total_data) =
            (width.read(r, "TotalParameterCount")?, width.read(r, "TotalDataCount")?);
        if !width.wide {
            r.skip(2, "Reserved1")?;
        }
        let parameters = (width.read(r, "ParameterCount")?, width.read(r, "ParameterOffset")?);
        let parameter_displacement = width.read(r, "ParameterDisplacement")?;
        let data = (width.read(r, "DataCount")?, width.read(r, "DataOffset")?);
        let data_displacement = width.read(r, "DataDisplacement")?;
        let setup = r.u8("SetupCount")?;
        if !width.wide {
            r.skip(1, "Reserved2")?;
        }
        Ok(Self {
            total_parameters,
            total_data,
            parameter_displacement,
            data_displacement,
            setup: read_setup(r, setup)?,
            parameters: body.at(parameters.1, parameters.0, "Parameters")?,
            data: body.at(data.1, data.0, "Data")?,
        })
    }

    /// Appends the response as a body of `command`.
    pub fn encode(&self, command: Command, w: &mut MessageWriter<'_>) {
        let width = Width::of(command);
        let setup = self.setup.get(..MAX_SETUP).unwrap_or(&self.setup);
        let before = w
            .words_at(command)
            .saturating_add(Self::fixed(width.wide))
            .saturating_add(setup.len().saturating_mul(2))
            .saturating_add(2);
        let places = Places::behind(before, self.parameters.len());
        let words = |w: &mut Writer<'_>| {
            if width.wide {
                w.zeros(3);
            }
            width.write(w, self.total_parameters);
            width.write(w, self.total_data);
            if !width.wide {
                w.u16(0);
            }
            width.write(w, long(self.parameters.len()));
            width.write(w, long(places.parameters));
            width.write(w, self.parameter_displacement);
            width.write(w, long(self.data.len()));
            width.write(w, long(places.data));
            width.write(w, self.data_displacement);
            w.u8(u8::try_from(setup.len()).unwrap_or(u8::MAX));
            if !width.wide {
                w.u8(0);
            }
            setup.iter().for_each(|word| w.u16(*word));
        };
        let places = &places;
        w.body(command, words, |w, _| places.write(w, self.parameters, self.data));
    }
}
