use super::RapCall;
use crate::win32;
use lanward_nt::NtString;
use lanward_server::LanmanResponse;
use lanward_smb1::rap::{Descriptor, Field, Output, Packed, Packer, RapResponse, unpack};
use lanward_wire::ReplyBudget;

/// What a call comes to: what is in the parameters of the response, and structures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Answer {
    status: u32,
    converter: u16,
    /// In the order of the descriptor of the request; what is not here is zero.
    outputs: Vec<Output>,
    data: Vec<u8>,
}

impl Answer {
    /// Nothing but how it ended.
    pub(super) const fn status(status: u32) -> Self {
        Self { status, converter: 0, outputs: Vec::new(), data: Vec::new() }
    }

    /// Nothing but a word.
    pub(super) fn word(value: u16) -> Self {
        Self { outputs: vec![Output::Word(value)], ..Self::status(win32::SUCCESS) }
    }

    /// With something more behind what is there.
    pub(super) fn and(mut self, output: Output) -> Self {
        self.outputs.push(output);
        self
    }

    /// How many structures it has.
    pub(super) fn entries(&self) -> u16 {
        match self.outputs.first() {
            Some(Output::Word(entries)) => *entries,
            _ => 0,
        }
    }

    fn of(packed: Packed, status: u32, outputs: Vec<Output>) -> Self {
        if packed.entries == 0 {
            return Self { outputs, ..Self::status(status) };
        }
        Self { status, converter: packed.converter, outputs, data: packed.data }
    }

    /// The answer as its transaction takes it: no more parameters than `max_parameters`, and no data that they do not tell of.
    pub(super) fn within(self, request: Descriptor<'_>, max_parameters: u32) -> LanmanResponse {
        let mut outputs = Output::zeros(request);
        for (place, output) in outputs.iter_mut().zip(self.outputs) {
            *place = output;
        }
        let status = |status| u16::try_from(status).unwrap_or(u16::MAX);
        let whole = RapResponse { status: status(self.status), converter: self.converter, outputs };
        let budget = ReplyBudget::new(max_parameters, u16::MAX.into());
        let mut parameters = Vec::new();
        if whole.encode(budget, &mut parameters).is_ok() {
            return LanmanResponse { parameters, data: self.data };
        }
        parameters.clear();
        let failed = |s| s != win32::SUCCESS && s != win32::MORE_DATA;
        let told = if failed(self.status) { self.status } else { win32::BUFFER_TOO_SMALL };
        // Cut again, as was known.
        let cut = RapResponse { status: status(told), converter: 0, outputs: whole.outputs };
        let _ = cut.encode(budget, &mut parameters);
        LanmanResponse { parameters, data: Vec::new() }
    }
}

/// A number as far as a word goes; all ones stay all ones.
pub(super) fn word(value: u32) -> u16 {
    u16::try_from(value).unwrap_or(u16::MAX)
}

/// A count as far as a word goes.
pub(super) fn count(value: usize) -> u16 {
    u16::try_from(value).unwrap_or(u16::MAX)
}

/// A string that may be missing.
pub(super) fn text(string: Option<NtString>) -> Field {
    Field::Text(string.unwrap_or_default())
}

/// A name in a field of its own.
pub(super) fn name(string: Option<NtString>) -> Field {
    Field::Name(string.unwrap_or_default())
}

fn push(packer: &mut Packer, row: &[(Descriptor<'_>, Vec<Field>)]) {
    let parts: Vec<_> = row.iter().map(|(descriptor, fields)| (*descriptor, fields.as_slice())).collect();
    packer.push_all(&parts);
}

impl RapCall<'_> {
    /// A list ([MS-RAP] 2.5.11): as many of `rows` as fit, of `total` that there are.
    pub(super) fn list(
        &self,
        descriptor: Descriptor<'_>,
        receive_length: u16,
        rows: impl IntoIterator<Item = Vec<Field>>,
    ) -> Answer {
        self.list_of(receive_length, rows.into_iter().map(|fields| vec![(descriptor, fields)]))
    }

    /// A list of structures, each with the auxiliary ones behind it.
    pub(super) fn list_of<'d>(
        &self,
        receive_length: u16,
        rows: impl IntoIterator<Item = Vec<(Descriptor<'d>, Vec<Field>)>>,
    ) -> Answer {
        let mut packer = Packer::new(receive_length, self.max_data, self.code_page);
        let mut total = 0_usize;
        for row in rows {
            push(&mut packer, &row);
            total += 1;
        }
        let packed = packer.finish();
        let status = match packed.complete {
            true => win32::SUCCESS,
            false if packed.entries == 0 => win32::BUFFER_TOO_SMALL,
            false => win32::MORE_DATA,
        };
        let outputs = vec![Output::Word(packed.entries), Output::Word(count(total))];
        Answer::of(packed, status, outputs)
    }

    /// One structure, and how many bytes all of it needs.
    pub(super) fn one(&self, descriptor: Descriptor<'_>, receive_length: u16, fields: &[Field]) -> Answer {
        self.one_of(receive_length, &[(descriptor, fields.to_vec())])
    }

    /// One structure with the auxiliary ones behind it.
    pub(super) fn one_of(&self, receive_length: u16, row: &[(Descriptor<'_>, Vec<Field>)]) -> Answer {
        let mut packer = Packer::new(receive_length, self.max_data, self.code_page);
        push(&mut packer, row);
        let packed = packer.finish();
        let status = match packed.complete {
            true => win32::SUCCESS,
            false if packed.entries == 0 => win32::BUFFER_TOO_SMALL,
            false => win32::MORE_DATA,
        };
        let outputs = vec![Output::Word(count(packed.needed))];
        Answer::of(packed, status, outputs)
    }

    /// The structure that was sent, which must be the one that is expected.
    ///
    /// # Errors
    /// INVALID_PARAMETER: it is another, or not all there.
    pub(super) fn sent(&self, expected: Descriptor<'_>) -> Result<Vec<Field>, u32> {
        if self.data_descriptor != expected {
            return Err(win32::INVALID_PARAMETER);
        }
        let rows = unpack(expected, 1, 0, self.data, self.code_page).map_err(|_| win32::INVALID_PARAMETER)?;
        rows.into_iter().next().ok_or(win32::INVALID_PARAMETER)
    }

    /// A string that was sent alone, up to its terminator.
    pub(super) fn sent_text(&self) -> NtString {
        self.string(self.data)
    }

    /// A word that was sent alone.
    ///
    /// # Errors
    /// INVALID_PARAMETER: there is none.
    pub(super) fn sent_word(&self) -> Result<u16, u32> {
        let bytes = self.data.first_chunk().ok_or(win32::INVALID_PARAMETER)?;
        Ok(u16::from_le_bytes(*bytes))
    }

    /// The string in a field of fixed length.
    pub(super) fn string(&self, bytes: &[u8]) -> NtString {
        let end = bytes.iter().position(|b| *b == 0).unwrap_or(bytes.len());
        NtString(self.code_page.decode(&bytes[..end]))
    }
}
