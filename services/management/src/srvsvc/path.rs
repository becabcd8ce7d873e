//! Paths as Windows has them, as pure functions: nothing is opened, and what goes out is never longer than the client said (hostile input: the
//! canonicalization of MS08-067 walked out of its buffer with `\..\`).

use crate::win32;
use lanward_nt::NtString;
use lanward_rpc::StatusResponse;
use lanward_rpc::srvsvc::{
    PathCanonicalizeRequest, PathCanonicalizeResponse, PathCompareRequest, PathTypeRequest, PathTypeResponse,
};

/// Path types ([MS-SRVS] 2.2.2.9).
mod kind {
    pub(super) const UNC_COMPNAME: u32 = 4144;
    pub(super) const UNC_WC: u32 = 4145;
    pub(super) const UNC: u32 = 4096;
    pub(super) const UNC_WC_PATH: u32 = 4097;
    pub(super) const PATH_ABSND: u32 = 8194;
    pub(super) const PATH_ABSND_WC: u32 = 8195;
    pub(super) const PATH_ABSD: u32 = 8198;
    pub(super) const PATH_ABSD_WC: u32 = 8199;
    pub(super) const PATH_RELND: u32 = 8192;
    pub(super) const PATH_RELND_WC: u32 = 8193;
    pub(super) const DEVICE_DISK: u32 = 16384;
    pub(super) const DEVICE_LPT: u32 = 16400;
    pub(super) const DEVICE_COM: u32 = 16416;
}

/// Longest path, in characters.
const LONGEST: usize = 260;

/// Longest output buffer, in bytes.
pub(super) const LONGEST_OUTPUT: u32 = 64_000;

const BACKSLASH: u16 = 0x5c;

/// [MS-SRVS] 3.1.4.29 NetprPathType.
pub(super) fn path_type(request: &PathTypeRequest) -> PathTypeResponse {
    let path = request.path.units();
    let found = match request.flags {
        0 => type_of(path),
        1 => type_of(path).filter(|_| is_old_style(path)),
        _ => return PathTypeResponse { path_type: 0, status: win32::INVALID_PARAMETER },
    };
    let status = if found.is_some() { win32::SUCCESS } else { win32::INVALID_NAME };
    PathTypeResponse { path_type: found.unwrap_or(0), status }
}

/// [MS-SRVS] 3.1.4.30 NetprPathCanonicalize.
pub(super) fn path_canonicalize(request: &PathCanonicalizeRequest) -> PathCanonicalizeResponse {
    let length = request.output_length.min(LONGEST_OUTPUT) as usize;
    let answer = |path: &[u16], path_type, status| {
        let mut output: Vec<u8> = path.iter().flat_map(|unit| unit.to_le_bytes()).collect();
        output.resize(length, 0);
        PathCanonicalizeResponse { output, path_type, status }
    };
    if request.flags & !0x8000_0001 != 0 {
        return answer(&[], request.path_type, win32::INVALID_PARAMETER);
    }
    let found = canonical(request.prefix.units(), request.path.units());
    let Some((path, path_type)) = found else { return answer(&[], request.path_type, win32::INVALID_NAME) };
    if (path.len() + 1/* terminator */) * 2 > length {
        return answer(&[], request.path_type, win32::BUFFER_TOO_SMALL);
    }
    answer(&path, path_type, win32::SUCCESS)
}

/// [MS-SRVS] 3.1.4.31 NetprPathCompare: 0, 1 or -1, or an error.
pub(super) fn path_compare(request: &PathCompareRequest) -> StatusResponse {
    let (first, second) = (request.first.units(), request.second.units());
    let status = match request.flags {
        0 => match (canonical(&[], first), canonical(&[], second)) {
            (Some((_, first)), Some((_, second))) if first != second => 1,
            (Some((first, _)), Some((second, _))) => order(&first, &second),
            _ => win32::INVALID_NAME,
        },
        1 => order(first, second),
        _ => win32::INVALID_PARAMETER,
    };
    StatusResponse { status }
}

/// What a comparison returns.
pub(super) fn order(first: &[u16], second: &[u16]) -> u32 {
    first.cmp(second) as i32 as u32
}

/// [MS-SRVS] 3.1.1.9 Algorithm for Determining Path Type; `None` is ERROR_INVALID_NAME.
fn type_of(path: &[u16]) -> Option<u32> {
    if path.is_empty() || path.len() > LONGEST {
        return None;
    }
    let text = String::from_utf16_lossy(path).to_ascii_uppercase();
    if text.contains(|c: char| "<>\"|".contains(c) || c.is_control()) {
        return None;
    }
    let wild = |rest: &str, with, without| Some(if rest.contains(['*', '?']) { with } else { without });
    if let Some(rest) = text.strip_prefix("\\\\.") {
        let rest = rest.strip_prefix('\\')?;
        return wild(rest, kind::PATH_ABSD_WC, kind::PATH_ABSD);
    }
    if let Some(rest) = text.strip_prefix("\\\\") {
        return unc(rest, wild);
    }
    if let Some(device) = text.strip_prefix("\\DEV\\") {
        return device_of(device);
    }
    if text.starts_with('\\') {
        return wild(&text, kind::PATH_ABSND_WC, kind::PATH_ABSND);
    }
    if let [b'A'..=b'Z', b':', rest @ ..] = text.as_bytes() {
        if rest.is_empty() {
            return Some(kind::DEVICE_DISK);
        }
        return wild(&text[2..], kind::PATH_ABSD_WC, kind::PATH_ABSD);
    }
    device_of(&text).or_else(|| wild(&text, kind::PATH_RELND_WC, kind::PATH_RELND))
}

/// What is behind two backslashes: a computer, and perhaps more.
fn unc(rest: &str, wild: impl Fn(&str, u32, u32) -> Option<u32>) -> Option<u32> {
    if rest == "*" {
        return Some(kind::UNC_WC);
    }
    let (computer, path) = rest.split_once('\\').unwrap_or((rest, ""));
    if computer.is_empty() || computer.contains(['*', '?']) {
        return None;
    }
    if path.is_empty() {
        // One that ends in a backslash is neither a computer nor a path.
        return (!rest.ends_with('\\')).then_some(kind::UNC_COMPNAME);
    }
    wild(path, kind::UNC_WC_PATH, kind::UNC)
}

/// `LPT1`, `COM4:` and the like.
fn device_of(name: &str) -> Option<u32> {
    let bare = name.strip_suffix(':').unwrap_or(name);
    let (device, number) = bare.split_at_checked(3)?;
    let is_number = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
    match device {
        "LPT" if is_number => Some(kind::DEVICE_LPT),
        "COM" if is_number => Some(kind::DEVICE_COM),
        _ => None,
    }
}

/// At most 128 characters, and names of at most 8 and 3 ([MS-SRVS] 3.1.4.29 Flags).
fn is_old_style(path: &[u16]) -> bool {
    let text = String::from_utf16_lossy(path);
    let short = |name: &str| {
        let (base, extension) = name.split_once('.').unwrap_or((name, ""));
        base.chars().count() <= 8 && extension.chars().count() <= 3 && !extension.contains('.')
    };
    let names = text.split(['\\', '/']).map(|name| name.split_once(':').map_or(name, |(_, name)| name));
    path.len() <= 128 && names.filter(|name| !matches!(*name, "." | "..")).all(short)
}

/// A path behind a prefix in its canonical form (note 113), and its type then.
fn canonical(prefix: &[u16], path: &[u16]) -> Option<(Vec<u16>, u32)> {
    type_of(path)?;
    let whole = if prefix.is_empty() {
        path.to_vec()
    } else {
        type_of(prefix)?;
        let separator = (prefix.last() != Some(&BACKSLASH)).then_some(BACKSLASH);
        prefix.iter().copied().chain(separator).chain(path.iter().copied()).collect()
    };
    let mut path: Vec<u16> = whole.iter().map(|u| if *u == 0x2f { BACKSLASH } else { *u }).collect();
    loop {
        let path_type = type_of(&path)?;
        let next = match path_type {
            kind::DEVICE_LPT | kind::DEVICE_COM => device_name(&path),
            kind::DEVICE_DISK | kind::UNC_COMPNAME | kind::UNC_WC => return Some((path, path_type)),
            _ => without_dots(&path)?,
        };
        // What is left may be of another type, with a form of its own: `.\lpt1:`, `.\c:.`. A path only gets shorter, so this ends.
        if next == path {
            return Some((path, path_type));
        }
        path = next;
    }
}

/// In upper case, without a colon behind.
fn device_name(path: &[u16]) -> Vec<u16> {
    let upper = NtString(path.to_vec()).to_uppercase().0;
    upper.strip_suffix(&[0x3a]).map_or_else(|| upper.clone(), <[u16]>::to_vec)
}

/// A path without `.` and `..`; `None` for one that leads out above its root.
fn without_dots(path: &[u16]) -> Option<Vec<u16>> {
    let root = root_length(path);
    let (root, rest) = path.split_at(root);
    let mut names: Vec<&[u16]> = Vec::new();
    for name in rest.split(|u| *u == BACKSLASH) {
        match name {
            [] | [0x2e] => {}
            [0x2e, 0x2e] => drop(names.pop()?),
            name => names.push(name),
        }
    }
    let below = names.join(&BACKSLASH);
    // A UNC path's root is its computer; it keeps the backslash behind that only in front of a name.
    let root = if below.is_empty() && root.starts_with(&[BACKSLASH; 2]) {
        root.strip_suffix(&[BACKSLASH])?
    } else {
        root
    };
    Some([root, &below].concat())
}

/// `\`, `C:\`, `\\.\`, `\\computer\` or nothing.
fn root_length(path: &[u16]) -> usize {
    let behind = |start: usize| {
        let rest = path.get(start..).unwrap_or_default();
        start + rest.iter().position(|u| *u == BACKSLASH).map_or(rest.len(), |at| at + 1)
    };
    match path {
        [BACKSLASH, BACKSLASH, ..] => behind(2),
        [BACKSLASH, ..] => 1,
        [drive, 0x3a, BACKSLASH, ..] if is_letter(*drive) => 3,
        [drive, 0x3a, ..] if is_letter(*drive) => 2,
        _ => 0,
    }
}

/// Whether this can be a drive's.
fn is_letter(unit: u16) -> bool {
    u8::try_from(unit).is_ok_and(|byte| byte.is_ascii_alphabetic())
}

#[cfg(test)]
#[path = "path_tests.rs"]
mod tests;
