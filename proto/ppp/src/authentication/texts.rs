//! What messages of success and failure say in MS-CHAP (RFC 2433, 8 and 9; RFC 2759, 5 and 6).

use super::MsChapError;
use lanward_auth::mschap::AUTHENTICATOR_RESPONSE;

/// What a message of success says: nothing behind the response, as Windows 98 takes nothing there.
pub(super) fn success(response: &[u8; AUTHENTICATOR_RESPONSE]) -> Vec<u8> {
    let mut text = b"S=".to_vec();
    text.extend(hexadecimal(response));
    text
}

/// The response in a message of success (RFC 2759, 5), whatever follows it and with or without a space between.
#[must_use]
pub fn read_success(text: &[u8]) -> Option<[u8; AUTHENTICATOR_RESPONSE]> {
    octets(text.strip_prefix(b"S=")?.get(..AUTHENTICATOR_RESPONSE.checked_mul(2)?)?)
}

/// Why, and whether another try may follow, in a message of failure (RFC 2759, 6). What is missing or makes no sense is as if the least had been said.
#[must_use]
pub fn read_failure(text: &[u8]) -> (MsChapError, bool) {
    let Failure { error, retry, .. } = Failure::read(text);
    (error, retry)
}

/// A message of failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failure<'a> {
    /// `E=`
    pub(super) error: MsChapError,
    /// `R=`: whether the peer may try again.
    pub(super) retry: bool,
    /// `C=`: the next challenge.
    pub(super) challenge: Option<Challenge<'a>>,
    /// `V=`: which packet changes a password.
    pub(super) version: u32,
}

/// A challenge in a text, as bytes or as they are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Challenge<'a> {
    /// To be written.
    Bytes(&'a [u8]),
    /// As it was read, of MS-CHAPv2 or of version 1.
    Read(Vec<u8>),
}

impl Challenge<'_> {
    pub(super) fn bytes(&self) -> &[u8] {
        match self {
            Self::Bytes(bytes) => bytes,
            Self::Read(bytes) => bytes,
        }
    }
}

impl Failure<'_> {
    pub(super) fn to_text(&self) -> Vec<u8> {
        let mut text = format!("E={} R={}", self.error.number(), u8::from(self.retry)).into_bytes();
        if let Some(challenge) = &self.challenge {
            text.extend_from_slice(b" C=");
            text.extend(hexadecimal(challenge.bytes()));
        }
        if self.version != 0 {
            text.extend_from_slice(format!(" V={} M={}", self.version, explanation(self.error)).as_bytes());
        }
        text
    }

    /// Whatever a server may say: what is missing or makes no sense is as if it had said the least.
    pub(super) fn read(text: &[u8]) -> Failure<'static> {
        let mut failure =
            Failure { error: MsChapError::AuthenticationFailure, retry: false, challenge: None, version: 0 };
        // What is said to the user comes last and may have anything in it.
        for field in text.split(|byte| *byte == b' ').take(8) {
            let Some((key, value)) = field.split_first_chunk::<2>() else { continue };
            match key {
                b"E=" => failure.error = number(value).map_or(failure.error, MsChapError::of_number),
                b"R=" => failure.retry = value == b"1",
                b"C=" => failure.challenge = challenge(value),
                b"V=" => failure.version = number(value).unwrap_or(0),
                b"M=" => break,
                _ => {}
            }
        }
        failure
    }
}

const fn explanation(error: MsChapError) -> &'static str {
    match error {
        MsChapError::RestrictedLogonHours => "Not at this time of day",
        MsChapError::AccountDisabled => "The account is disabled",
        MsChapError::PasswordExpired => "The password has expired",
        MsChapError::NoDialInPermission => "The account may not dial in",
        MsChapError::AuthenticationFailure => "Access denied",
        MsChapError::ChangingPassword => "The password was not changed",
        MsChapError::Other(_) => "Refused",
    }
}

fn challenge(text: &[u8]) -> Option<Challenge<'static>> {
    match text.len() {
        32 => Some(Challenge::Read(octets::<16>(text)?.to_vec())),
        16 => Some(Challenge::Read(octets::<8>(text)?.to_vec())),
        _ => None,
    }
}

fn number(text: &[u8]) -> Option<u32> {
    core::str::from_utf8(text).ok()?.parse().ok()
}

fn hexadecimal(bytes: &[u8]) -> impl Iterator<Item = u8> {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let digit = |nibble: u8| DIGITS.get(usize::from(nibble & 0xf)).copied().unwrap_or(b'0');
    bytes.iter().flat_map(move |byte| [digit(byte >> 4), digit(*byte)])
}

fn octets<const N: usize>(digits: &[u8]) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    let (pairs, rest) = digits.as_chunks::<2>();
    if !rest.is_empty() || pairs.len() != N {
        return None;
    }
    for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
        let digit = |digit: u8| char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        *byte = digit(*high)? << 4 | digit(*low)?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RESPONSE: [u8; 20] = [
        0x40, 0x7a, 0x55, 0x89, 0x11, 0x5f, 0xd0, 0xd6, 0x20, 0x9f, 0x51, 0x0f, 0xe9, 0xc0, 0x45, 0x66, 0x93,
        0x2c, 0xda, 0x56,
    ];

    #[test]
    fn rfc_2759_5_success() {
        let text = success(&RESPONSE);
        assert_eq!(text, b"S=407A5589115FD0D6209F510FE9C04566932CDA56");
        for more in [&b""[..], b" M=Welcome", b"M=Welcome", &[0xff; 300]] {
            assert_eq!(read_success(&[&text, more].concat()), Some(RESPONSE));
        }
        assert_eq!(read_success(&text.to_ascii_lowercase()), None, "the letter in front is a capital");
        assert_eq!(read_success(b"S=407a5589115fd0d6209f510fe9c04566932cda56"), Some(RESPONSE));
        for wrong in
            [&b""[..], b"S=", b"M=Welcome", &text[..41], b" S=407A5589115FD0D6209F510FE9C04566932CDA56"]
        {
            assert_eq!(read_success(wrong), None);
        }
        assert_eq!(read_success(b"S=407A5589115FD0D6209F510FE9C04566932CDAG6"), None);
    }

    #[test]
    fn rfc_2759_6_failure() {
        let challenge: Vec<u8> = (0..16).map(|n| n * 16 + n).collect();
        let failure = Failure {
            error: MsChapError::AuthenticationFailure,
            retry: true,
            challenge: Some(Challenge::Bytes(&challenge)),
            version: 3,
        };
        let text = failure.to_text();
        assert_eq!(text, b"E=691 R=1 C=00112233445566778899AABBCCDDEEFF V=3 M=Access denied");
        let read = Failure::read(&text);
        assert_eq!(read.challenge.unwrap().bytes(), challenge);
        assert_eq!((read.error, read.retry, read.version), (failure.error, true, 3));
        let old = Failure { challenge: Some(Challenge::Bytes(&challenge[..8])), version: 0, ..failure };
        assert_eq!(old.to_text(), b"E=691 R=1 C=0011223344556677");
        assert_eq!(Failure::read(&old.to_text()).challenge.unwrap().bytes().len(), 8);
    }

    #[test]
    fn a12_failures_that_make_no_sense() {
        let denied = MsChapError::AuthenticationFailure;
        for (text, error, retry, challenge) in [
            (&b""[..], denied, false, false),
            (b"R=1 C=00", denied, true, false),
            (b"E=4294967296 R=9 C=zz112233445566778899AABBCCDDEEFF V=3", denied, false, false),
            (b"E=99999999999999999999999999 R=1", denied, true, false),
            (b"E=-1 R=1", denied, true, false),
            (b"E=5 R=1 C=00112233445566778899AABBCCDDEEFF0", MsChapError::Other(5), true, false),
            (
                b"E=648 R=0 C=00112233445566778899aabbccddeeff V=3 M=E=1 R=1",
                MsChapError::PasswordExpired,
                false,
                true,
            ),
            (b"E=646 M= R=1", MsChapError::RestrictedLogonHours, false, false),
            (b"a b c d e f g h E=649", denied, false, false),
        ] {
            let read = Failure::read(text);
            assert_eq!((read.error, read.retry, read.challenge.is_some()), (error, retry, challenge));
        }
    }
}
