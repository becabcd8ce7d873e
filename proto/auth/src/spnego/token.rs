use lanward_wire::{DecodeError, Reader};

use super::der::{
    APPLICATION_0, ENUMERATED, GENERAL_STRING, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE, any, context, end,
    expect, tlv,
};
use super::mech::{Mech, mech_list_der};

/// 1.3.6.1.5.5.2
const SPNEGO: &[u8] = &[0x2b, 6, 1, 5, 5, 2];

/// The most mechanisms that are read from one list; Windows offers five.
const MAX_MECHS: usize = 32;

/// RFC 4178 4.2 NegotiationToken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NegToken<'a> {
    /// negTokenInit
    Init(NegTokenInit<'a>),
    /// negTokenResp
    Resp(NegTokenResp<'a>),
}

/// RFC 4178 4.2.1 NegTokenInit, and [MS-SPNG] 2.2.1 NegTokenInit2, which differs from it by negHints. reqFlags are passed over.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NegTokenInit<'a> {
    /// mechTypes, the most wanted first.
    pub mech_types: Vec<Mech>,
    /// mechToken: the first message of the first mechanism.
    pub mech_token: Option<&'a [u8]>,
    /// hintName of negHints.
    pub hint_name: Option<&'a [u8]>,
    /// mechListMIC.
    pub mech_list_mic: Option<&'a [u8]>,
}

/// RFC 4178 4.2.2 NegTokenResp.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NegTokenResp<'a> {
    /// negState.
    pub neg_state: Option<NegState>,
    /// supportedMech.
    pub supported_mech: Option<Mech>,
    /// responseToken: the mechanism's next message.
    pub response_token: Option<&'a [u8]>,
    /// mechListMIC.
    pub mech_list_mic: Option<&'a [u8]>,
}

/// RFC 4178 4.2.2 negState.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NegState {
    /// accept-completed
    AcceptCompleted,
    /// accept-incomplete
    AcceptIncomplete,
    /// reject
    Reject,
    /// request-mic
    RequestMic,
}

impl<'a> NegToken<'a> {
    /// Reads a token. An initial token may lack the mechanism-independent framing of RFC 2743 3.1, as some peers' do.
    ///
    /// # Errors
    /// The bytes are not DER, or not a NegotiationToken.
    pub fn decode(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        let mut r = Reader::new(bytes);
        let (mut tag, mut contents) = any(&mut r, "NegotiationToken")?;
        end(&r, "NegotiationToken")?;
        if tag == APPLICATION_0 {
            if expect(&mut contents, OBJECT_IDENTIFIER, "thisMech")?.rest() != SPNEGO {
                return Err(DecodeError::invalid("thisMech", "not SPNEGO"));
            }
            let mut inner = contents;
            (tag, contents) = any(&mut inner, "NegotiationToken")?;
            end(&inner, "NegotiationToken")?;
            if tag != context(0) {
                return Err(DecodeError::unexpected("NegotiationToken", u32::from(tag)));
            }
        }
        let mut fields = expect(&mut contents, SEQUENCE, "NegotiationToken")?;
        end(&contents, "NegotiationToken")?;
        match tag {
            t if t == context(0) => NegTokenInit::decode(&mut fields).map(Self::Init),
            t if t == context(1) => NegTokenResp::decode(&mut fields).map(Self::Resp),
            other => Err(DecodeError::unexpected("NegotiationToken", u32::from(other))),
        }
    }
}

/// Walks over the fields of a SEQUENCE, which are tagged in ascending order, each at most once.
fn fields<'a>(
    r: &mut Reader<'a>,
    mut f: impl FnMut(u8, Reader<'a>) -> Result<(), DecodeError>,
) -> Result<(), DecodeError> {
    let mut least = context(0);
    while !r.is_empty() {
        let (tag, contents) = any(r, "field")?;
        if tag < least {
            return Err(DecodeError::unexpected("field", u32::from(tag)));
        }
        least = tag.saturating_add(1);
        f(tag, contents)?;
    }
    Ok(())
}

/// The only value within a tag.
fn only<'a>(mut contents: Reader<'a>, tag: u8, field: &'static str) -> Result<Reader<'a>, DecodeError> {
    let value = expect(&mut contents, tag, field)?;
    end(&contents, field)?;
    Ok(value)
}

impl<'a> NegTokenInit<'a> {
    fn decode(r: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let mut token = Self::default();
        fields(r, |tag, mut contents| {
            match tag {
                0xa0 => token.mech_types = mech_types(only(contents, SEQUENCE, "mechTypes")?)?,
                0xa2 => token.mech_token = Some(only(contents, OCTET_STRING, "mechToken")?.rest()),
                // RFC 4178 has the MIC here, [MS-SPNG] the hints.
                0xa3 => {
                    let (inner, mut value) = any(&mut contents, "negHints")?;
                    end(&contents, "negHints")?;
                    match inner {
                        OCTET_STRING => token.mech_list_mic = Some(value.rest()),
                        SEQUENCE => token.hint_name = hint_name(&mut value)?,
                        other => return Err(DecodeError::unexpected("negHints", u32::from(other))),
                    }
                }
                0xa4 => token.mech_list_mic = Some(only(contents, OCTET_STRING, "mechListMIC")?.rest()),
                _ => {}
            }
            Ok(())
        })?;
        Ok(token)
    }

    /// The token, framed as RFC 2743 3.1 has initial tokens. With a hint it is a NegTokenInit2.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut fields = tlv(context(0), &mech_list_der(&self.mech_types));
        if let Some(token) = self.mech_token {
            fields.extend(tlv(context(2), &tlv(OCTET_STRING, token)));
        }
        if let Some(name) = self.hint_name {
            let hints = tlv(SEQUENCE, &tlv(context(0), &tlv(GENERAL_STRING, name)));
            fields.extend(tlv(context(3), &hints));
        }
        if let Some(mic) = self.mech_list_mic {
            let tag = if self.hint_name.is_some() { context(4) } else { context(3) };
            fields.extend(tlv(tag, &tlv(OCTET_STRING, mic)));
        }
        let mut contents = tlv(OBJECT_IDENTIFIER, SPNEGO);
        contents.extend(tlv(context(0), &tlv(SEQUENCE, &fields)));
        tlv(APPLICATION_0, &contents)
    }
}

fn hint_name<'a>(r: &mut Reader<'a>) -> Result<Option<&'a [u8]>, DecodeError> {
    let mut name = None;
    fields(r, |tag, contents| {
        if tag == context(0) {
            name = Some(only(contents, GENERAL_STRING, "hintName")?.rest());
        }
        Ok(())
    })?;
    Ok(name)
}

fn mech_types(mut list: Reader<'_>) -> Result<Vec<Mech>, DecodeError> {
    let mut mechs = Vec::new();
    while !list.is_empty() {
        if mechs.len() >= MAX_MECHS {
            return Err(DecodeError::invalid("mechTypes", "too many"));
        }
        mechs.push(Mech::from_oid(expect(&mut list, OBJECT_IDENTIFIER, "MechType")?.rest()));
    }
    Ok(mechs)
}

impl<'a> NegTokenResp<'a> {
    fn decode(r: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let mut token = Self::default();
        fields(r, |tag, contents| {
            match tag {
                0xa0 => token.neg_state = Some(neg_state(only(contents, ENUMERATED, "negState")?.rest())?),
                0xa1 => {
                    let oid = only(contents, OBJECT_IDENTIFIER, "supportedMech")?.rest();
                    token.supported_mech = Some(Mech::from_oid(oid));
                }
                0xa2 => token.response_token = Some(only(contents, OCTET_STRING, "responseToken")?.rest()),
                0xa3 => token.mech_list_mic = Some(only(contents, OCTET_STRING, "mechListMIC")?.rest()),
                _ => {}
            }
            Ok(())
        })?;
        Ok(token)
    }

    /// The token.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut fields = Vec::new();
        if let Some(state) = self.neg_state {
            let value = match state {
                NegState::AcceptCompleted => 0,
                NegState::AcceptIncomplete => 1,
                NegState::Reject => 2,
                NegState::RequestMic => 3,
            };
            fields.extend(tlv(context(0), &tlv(ENUMERATED, &[value])));
        }
        if let Some(mech) = &self.supported_mech {
            fields.extend(tlv(context(1), &mech.der()));
        }
        if let Some(token) = self.response_token {
            fields.extend(tlv(context(2), &tlv(OCTET_STRING, token)));
        }
        if let Some(mic) = self.mech_list_mic {
            fields.extend(tlv(context(3), &tlv(OCTET_STRING, mic)));
        }
        tlv(context(1), &tlv(SEQUENCE, &fields))
    }
}

fn neg_state(value: &[u8]) -> Result<NegState, DecodeError> {
    match value {
        [0] => Ok(NegState::AcceptCompleted),
        [1] => Ok(NegState::AcceptIncomplete),
        [2] => Ok(NegState::Reject),
        [3] => Ok(NegState::RequestMic),
        _ => Err(DecodeError::invalid("negState", "no such state")),
    }
}
