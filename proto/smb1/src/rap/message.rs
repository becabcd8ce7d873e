use super::{Descriptor, Output, Parameter};
use crate::Text;
use lanward_wire::{BufferFull, DecodeError, Reader, ReplyBudget, Writer};

/// [MS-RAP] 2.5.1 RAP Request Message: the parameters of a transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RapRequest<'a> {
    /// What is asked for.
    pub opcode: u16,
    /// ParamDesc: of what the parameters are.
    pub parameter_descriptor: Descriptor<'a>,
    /// DataDesc: of what the structures in the data are.
    pub data_descriptor: Descriptor<'a>,
    /// RAPParams
    pub parameters: Vec<Parameter<'a>>,
    /// AuxDesc: of what the auxiliary structures are; empty where there are none.
    pub auxiliary_descriptor: Descriptor<'a>,
}

/// [MS-RAP] 2.5.2 RAP Response Message: the parameters of a transaction's response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RapResponse {
    /// Win32ErrorCode
    pub status: u16,
    /// What is to be subtracted from the pointers in the data.
    pub converter: u16,
    /// RAPOutParams
    pub outputs: Vec<Output>,
}

fn descriptor<'a>(r: &mut Reader<'a>, field: &'static str) -> Result<Descriptor<'a>, DecodeError> {
    let mut ahead = r.clone();
    let length = ahead.rest().iter().position(|b| *b == 0);
    let length = length.ok_or(DecodeError::invalid(field, "a string without end"))?;
    let text = r.bytes(length, field)?;
    r.skip(1, field)?;
    Ok(Descriptor(text))
}

impl<'a> RapRequest<'a> {
    /// The opcode and the descriptors, and what is behind them.
    ///
    /// # Errors
    /// They are not all there.
    pub fn head(bytes: &'a [u8]) -> Result<(u16, Descriptor<'a>, Descriptor<'a>, Reader<'a>), DecodeError> {
        let mut r = Reader::new(bytes);
        let opcode = r.u16("RAPOpcode")?;
        let (parameters, data) = (descriptor(&mut r, "ParamDesc")?, descriptor(&mut r, "DataDesc")?);
        Ok((opcode, parameters, data, r))
    }

    /// Reads a request, its parameters as its own descriptor has them.
    ///
    /// # Errors
    /// They are not what the descriptor says, or it says what nobody knows.
    pub fn decode(bytes: &'a [u8], text: Text) -> Result<Self, DecodeError> {
        let (opcode, parameter_descriptor, data_descriptor, mut r) = Self::head(bytes)?;
        let parameters = Parameter::read_all(parameter_descriptor, &mut r, text)?;
        // Many clients leave it out, others send what is none.
        let auxiliary_descriptor = descriptor(&mut r, "AuxDesc").unwrap_or_default();
        Ok(Self { opcode, parameter_descriptor, data_descriptor, parameters, auxiliary_descriptor })
    }

    /// Appends the request.
    pub fn encode(&self, w: &mut Writer<'_>, text: Text) {
        w.u16(self.opcode);
        for descriptor in [self.parameter_descriptor, self.data_descriptor] {
            w.bytes(descriptor.0);
            w.u8(0);
        }
        Parameter::write_all(&self.parameters, w, text);
        if !self.auxiliary_descriptor.0.is_empty() {
            w.bytes(self.auxiliary_descriptor.0);
            w.u8(0);
        }
    }
}

impl RapResponse {
    /// Reads the response to a request with this ParamDesc.
    ///
    /// # Errors
    /// It is shorter than it says.
    pub fn decode(bytes: &[u8], request: Descriptor<'_>) -> Result<Self, DecodeError> {
        let mut r = Reader::new(bytes);
        let (status, converter) = (r.u16("Win32ErrorCode")?, r.u16("Converter")?);
        Ok(Self { status, converter, outputs: Output::read_all(request, &mut r)? })
    }

    /// Appends the response, cut where the client takes no more.
    ///
    /// # Errors
    /// It was cut; what fits is there.
    pub fn encode(&self, budget: ReplyBudget, out: &mut Vec<u8>) -> Result<(), BufferFull> {
        budget.writer(out).push_truncated(|w| {
            w.u16(self.status);
            w.u16(self.converter);
            self.outputs.iter().for_each(|output| output.write(w));
        })
    }
}
