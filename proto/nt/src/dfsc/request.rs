use crate::NtString;
use lanward_wire::{Decode, DecodeError, Encode, Reader, Writer};

/// What is asked for: [MS-DFSC] 2.2.2 REQ_GET_DFS_REFERRAL, or 2.2.3 REQ_GET_DFS_REFERRAL_EX.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReferralRequest {
    /// The highest version of an answer that is understood.
    pub max_level: u16,
    /// `\server\share\path`, `\domain\SYSVOL`, `\domain`, or nothing for the domains there are.
    pub path: NtString,
    /// Where the client is; only in the longer form.
    pub site: Option<NtString>,
}

const SITE_NAME: u16 = 1;

impl ReferralRequest {
    /// The longer form.
    ///
    /// # Errors
    /// A length leads out of the bytes that are there.
    pub fn decode_ex(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let max_level = r.u16("MaxReferralLevel")?;
        let flags = r.u16("RequestFlags")?;
        let length = usize::try_from(r.u32("RequestDataLength")?).unwrap_or(usize::MAX);
        let r = &mut Reader::new(r.bytes(length, "RequestData")?);
        let mut name = |field| -> Result<NtString, DecodeError> {
            let length = r.u16(field)?;
            Ok(until_nul(&NtString::from_utf16le(r.bytes(length.into(), field)?)))
        };
        let path = name("RequestFileName")?;
        let site = if flags & SITE_NAME != 0 { Some(name("SiteName")?) } else { None };
        Ok(Self { max_level, path, site })
    }

    /// Writes the longer form.
    pub fn encode_ex(&self, w: &mut Writer<'_>) {
        let mut data = Vec::new();
        let mut inner = Writer::new(&mut data);
        for name in [Some(&self.path), self.site.as_ref()].into_iter().flatten() {
            inner.u16(u16::try_from(name.units().len().saturating_mul(2)).unwrap_or(u16::MAX));
            inner.utf16(name.units());
        }
        w.u16(self.max_level);
        w.u16(if self.site.is_some() { SITE_NAME } else { 0 });
        w.u32(u32::try_from(data.len()).unwrap_or(u32::MAX));
        w.bytes(&data);
    }
}

impl Decode<'_> for ReferralRequest {
    /// A path that no NUL ends is taken as it is.
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let max_level = r.u16("MaxReferralLevel")?;
        Ok(Self { max_level, path: until_nul(&NtString::from_utf16le(r.rest())), site: None })
    }
}

impl Encode for ReferralRequest {
    fn encode(&self, w: &mut Writer<'_>) {
        w.u16(self.max_level);
        w.utf16(self.path.units());
        w.u16(0);
    }
}

fn until_nul(name: &NtString) -> NtString {
    let end = name.units().iter().position(|u| *u == 0).unwrap_or(name.units().len());
    NtString(name.units().get(..end).unwrap_or_default().to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms() {
        let request = ReferralRequest { max_level: 4, path: r"\s\d".into(), site: None };
        assert_eq!(request.to_bytes(), *b"\x04\0\\\0s\0\\\0d\0\0\0");
        assert_eq!(ReferralRequest::decode(&mut Reader::new(&request.to_bytes())), Ok(request.clone()));
        let request = ReferralRequest { site: Some("here".into()), ..request };
        let mut bytes = Vec::new();
        request.encode_ex(&mut Writer::new(&mut bytes));
        assert_eq!(bytes[..10], [4, 0, 1, 0, 20, 0, 0, 0, 8, 0]);
        assert_eq!(ReferralRequest::decode_ex(&mut Reader::new(&bytes)), Ok(request));
        for (at, lie) in [(4, 21), (4, 0), (8, 99), (8, 17), (18, 9)] {
            let mut bytes = bytes.clone();
            bytes[at] = lie;
            assert!(ReferralRequest::decode_ex(&mut Reader::new(&bytes)).is_err(), "{at} {lie}");
        }
    }
}
