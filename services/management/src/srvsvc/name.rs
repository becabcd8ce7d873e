//! Names as Windows has them, as pure functions.

use super::path::{LONGEST_OUTPUT, order};
use crate::win32;
use lanward_nt::NtString;
use lanward_rpc::StatusResponse;
use lanward_rpc::srvsvc::{
    NameCanonicalizeRequest, NameCanonicalizeResponse, NameCompareRequest, NameValidateRequest,
};

/// Name types ([MS-SRVS] 2.2.2.8).
mod kind {
    pub(super) const PASSWORD: u32 = 2;
    pub(super) const COMPUTER: u32 = 4;
    pub(super) const DOMAIN: u32 = 6;
    pub(super) const MESSAGE: u32 = 10;
    pub(super) const MESSAGEDEST: u32 = 11;
    pub(super) const SHAREPASSWORD: u32 = 12;
}

/// LM2.x compatible.
const LM2X: u32 = 0x8000_0000;

/// The output buffer must have room for any name of the type; or: names are canonical already.
const FLAG: u32 = 1;

/// What names of a type are like.
struct Rules {
    shortest: usize,
    longest: usize,
    /// Characters beside the control characters.
    forbidden: &'static str,
    /// The longest canonical name, and whether it is in upper case.
    canonical: (usize, bool),
    /// The same for LM2.x.
    canonical_lm2x: (usize, bool),
}

const DEFAULT: &str = "\"/\\[]:|<>+=;,?";

/// The tables of [MS-SRVS] 2.2.2.8 and 3.1.4.33.
const fn rules(name_type: u32) -> Option<Rules> {
    let (shortest, longest, forbidden, canonical, canonical_lm2x) = match name_type {
        1 | 3 => (1, 256, DEFAULT, (256, false), (20, true)),
        kind::PASSWORD => (0, 256, "", (256, false), (14, false)),
        kind::COMPUTER => (1, 260, "\"/\\[]:|<>+=;,?*", (259, false), (15, true)),
        5 => (1, 16, DEFAULT, (16, true), (16, true)),
        kind::DOMAIN => (1, 15, "\"/\\[]:|<>+=;,?* ", (15, false), (15, true)),
        7 => (1, 80, DEFAULT, (80, false), (15, true)),
        8 => (1, 260, DEFAULT, (259, true), (259, true)),
        9 => (1, 80, DEFAULT, (80, false), (12, true)),
        kind::MESSAGE => (1, 15, DEFAULT, (259, true), (259, true)),
        kind::MESSAGEDEST => (1, 260, DEFAULT, (259, true), (259, true)),
        kind::SHAREPASSWORD => (0, 8, "", (8, false), (8, false)),
        13 => (1, 15, DEFAULT, (15, false), (15, true)),
        _ => return None,
    };
    Some(Rules { shortest, longest, forbidden, canonical, canonical_lm2x })
}

/// [MS-SRVS] 3.1.4.32 NetprNameValidate.
pub(super) fn name_validate(request: &NameValidateRequest) -> StatusResponse {
    let status = match rules(request.name_type) {
        Some(_) if request.flags & !LM2X != 0 => win32::INVALID_PARAMETER,
        Some(rules) if is_valid(&rules, request.name_type, &request.name) => win32::SUCCESS,
        Some(_) => win32::INVALID_NAME,
        None => win32::INVALID_PARAMETER,
    };
    StatusResponse { status }
}

/// [MS-SRVS] 3.1.4.33 NetprNameCanonicalize.
pub(super) fn name_canonicalize(request: &NameCanonicalizeRequest) -> NameCanonicalizeResponse {
    let length = request.output_length.min(LONGEST_OUTPUT) as usize;
    let answer = |mut output: Vec<u16>, status| {
        output.resize(length, 0);
        NameCanonicalizeResponse { output, status }
    };
    let name = match canonical(&request.name, request.name_type, request.flags) {
        Ok(name) => name.0,
        Err(status) => return answer(Vec::new(), status),
    };
    let (longest, _) = longest(request.name_type, request.flags);
    let too_small = request.flags & FLAG != 0 && length < longest;
    if too_small || name.len() >= length {
        return answer(Vec::new(), win32::BUFFER_TOO_SMALL);
    }
    answer(name, win32::SUCCESS)
}

/// [MS-SRVS] 3.1.4.34 NetprNameCompare: 0, 1 or -1, or an error.
pub(super) fn name_compare(request: &NameCompareRequest) -> StatusResponse {
    let (flags, name_type) = (request.flags, request.name_type);
    let pair = if flags & !(LM2X | FLAG) != 0 || rules(name_type).is_none() {
        None
    } else if flags & FLAG != 0 {
        Some((request.first.clone(), request.second.clone()))
    } else {
        let canonical = |name| canonical(name, name_type, flags).ok();
        canonical(&request.first).zip(canonical(&request.second))
    };
    let Some((first, second)) = pair else { return StatusResponse { status: win32::INVALID_PARAMETER } };
    let cased = [kind::PASSWORD, kind::MESSAGE, kind::MESSAGEDEST, kind::SHAREPASSWORD].contains(&name_type);
    let status = if flags & LM2X != 0 && cased {
        order(first.units(), second.units())
    } else {
        order(first.to_uppercase().units(), second.to_uppercase().units())
    };
    StatusResponse { status }
}

fn canonical(name: &NtString, name_type: u32, flags: u32) -> Result<NtString, u32> {
    let rules = rules(name_type).filter(|_| flags & !(LM2X | FLAG) == 0).ok_or(win32::INVALID_PARAMETER)?;
    if !is_valid(&rules, name_type, name) {
        return Err(win32::INVALID_NAME);
    }
    let (longest, upper) = longest(name_type, flags);
    let name = if upper { name.to_uppercase() } else { name.clone() };
    Ok(NtString(name.units().iter().copied().take(longest).collect()))
}

fn longest(name_type: u32, flags: u32) -> (usize, bool) {
    let of = |rules: Rules| if flags & LM2X == 0 { rules.canonical } else { rules.canonical_lm2x };
    rules(name_type).map_or((0, false), of)
}

fn is_valid(rules: &Rules, name_type: u32, name: &NtString) -> bool {
    let units = name.units();
    if !(rules.shortest..=rules.longest).contains(&units.len()) {
        return false;
    }
    // Passwords may have anything but what ends them.
    if rules.forbidden.is_empty() {
        return !units.contains(&0);
    }
    let forbidden = |unit: &u16| *unit < 0x20 || rules.forbidden.encode_utf16().any(|f| f == *unit);
    if units.iter().any(forbidden) {
        return false;
    }
    const BLANK: Option<&u16> = Some(&0x20);
    const STAR: u16 = 0x2a;
    match name_type {
        kind::COMPUTER => units.first() != BLANK && units.last() != BLANK,
        // A star stands for what was cut off: at the end of a name of full length, and nowhere else but at an end.
        kind::MESSAGEDEST => match units.iter().position(|unit| *unit == STAR) {
            Some(at) => at + 1 == units.len(),
            None => units.len() < rules.longest,
        },
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn validate(name: &str, name_type: u32, flags: u32) -> u32 {
        name_validate(&NameValidateRequest { server_name: None, name: name.into(), name_type, flags }).status
    }

    #[test]
    fn lengths() {
        let longest = [256, 256, 256, 260, 16, 15, 80, 260, 80, 15, 260, 8, 15];
        for (name_type, longest) in (1..).zip(longest) {
            for flags in [0, LM2X] {
                let name = |length: usize| {
                    // A destination of full length must end in a star.
                    let star = name_type == 11 && length == 260;
                    if star { "A".repeat(length - 1) + "*" } else { "A".repeat(length) }
                };
                assert_eq!(validate(&name(longest), name_type, flags), 0, "{name_type}");
                assert_eq!(validate(&name(longest + 1), name_type, flags), 123, "{name_type}");
            }
            let empty = if matches!(name_type, 2 | 12) { 0 } else { 123 };
            assert_eq!(validate("", name_type, 0), empty, "{name_type}");
        }
        assert_eq!((validate("a", 0, 0), validate("a", 14, 0), validate("a", 9, 1)), (87, 87, 87));
    }

    #[test]
    fn characters() {
        for c in "\"/\\[]:|<>+=;,?\u{1}\u{1f}".chars() {
            let name = format!("a{c}");
            for name_type in [1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13] {
                assert_eq!(validate(&name, name_type, 0), 123, "{c:?} {name_type}");
            }
            assert_eq!((validate(&name, 2, 0), validate(&name, 12, 0)), (0, 0));
        }
        assert_eq!((validate("a*", 4, 0), validate("a*", 6, 0), validate("a b", 6, 0)), (123, 123, 123));
        assert_eq!((validate(" a", 4, 0), validate("a ", 4, 0), validate("a b", 4, 0)), (123, 123, 0));
        assert_eq!((validate("a*", 11, 0), validate("*a", 11, 0), validate("a*", 9, 0)), (0, 123, 0));
        assert_eq!(validate(&"A".repeat(260), 11, 0), 123);
    }

    #[test]
    fn canonical_names() {
        let canonicalize = |name: &str, name_type, output_length, flags| {
            let name = name.into();
            let request =
                NameCanonicalizeRequest { server_name: None, name, output_length, name_type, flags };
            let response = name_canonicalize(&request);
            assert_eq!(response.output.len(), output_length.min(64_000) as usize);
            let end = response.output.iter().position(|u| *u == 0).unwrap_or(response.output.len());
            (String::from_utf16_lossy(&response.output[..end]), response.status)
        };
        assert_eq!(canonicalize("Docs", 9, 10, 0), ("Docs".into(), 0));
        assert_eq!(canonicalize("a-long-share-name", 9, 20, LM2X), ("A-LONG-SHARE".into(), 0));
        assert_eq!(canonicalize("event", 5, 6, 0), ("EVENT".into(), 0));
        assert_eq!(canonicalize("event", 5, 5, 0), (String::new(), 0x84b));
        assert_eq!((canonicalize("a", 9, 79, 1).1, canonicalize("a", 9, 80, 1).1), (0x84b, 0));
        assert_eq!((canonicalize("a/b", 9, 9, 0).1, canonicalize("a", 9, 9, 2).1), (123, 87));
        assert_eq!(canonicalize("a", 9, 0, 0), (String::new(), 0x84b));
        assert_eq!(canonicalize("a", 9, u32::MAX, 0).1, 0);
    }

    #[test]
    fn comparisons() {
        let compare = |first: &str, second: &str, name_type, flags| {
            let (first, second) = (first.into(), second.into());
            name_compare(&NameCompareRequest { server_name: None, first, second, name_type, flags }).status
        };
        assert_eq!(
            (compare("a", "A", 9, 0), compare("a", "b", 9, 0), compare("b", "a", 9, 0)),
            (0, u32::MAX, 1)
        );
        assert_eq!((compare("p", "P", 2, 0), compare("p", "P", 2, LM2X)), (0, 1));
        assert_eq!((compare("a/", "a", 9, 0), compare("a/", "a", 9, 1)), (87, 1));
        assert_eq!((compare("a", "a", 99, 1), compare("a", "a", 9, 4)), (87, 87));
    }
}
