//! An answer by IPP ([RFC 8010] 3.1): its status and the numbers and texts of its attributes. It is read from its beginning to its end, without
//! going into what nests, however deep a printer nests it.

use ipp::IppHeader;
use ipp::model::{DelimiterTag, IppVersion, StatusCode};
use std::collections::BTreeMap;

/// [RFC 8010] 3.5.1 delimiter-tag values
const END_OF_ATTRIBUTES: u8 = 0x03;
const LAST_DELIMITER: u8 = 0x0f;

/// [RFC 8010] 3.5.2 value-tag values
const INTEGER: u8 = 0x21;
const ENUM: u8 = 0x23;
const BEGIN_COLLECTION: u8 = 0x34;
const TEXT_WITH_LANGUAGE: u8 = 0x35;
const NAME_WITH_LANGUAGE: u8 = 0x36;
const END_COLLECTION: u8 = 0x37;
const TEXT: u8 = 0x41;
const NAME: u8 = 0x42;
const KEYWORD: u8 = 0x44;

/// What a printer answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    /// RFC 8011 4.1.8 and appendix B
    pub(crate) status: StatusCode,
    groups: Vec<Group>,
}

/// Attributes that belong together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Group {
    tag: u8,
    values: BTreeMap<String, Vec<Value>>,
}

/// A value that is asked for; there are many more kinds.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Value {
    Number(i32),
    Text(String),
}

impl Answer {
    /// Reads an answer. `None`: it is cut off, or none.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        let [_, _, high, low, _, _, _, _, rest @ ..] = bytes else { return None };
        let (operation_or_status, version) = (i16::from_be_bytes([*high, *low]), IppVersion::v1_1());
        let status = IppHeader { version, operation_or_status, request_id: 1 }.status_code();
        let mut answer = Self { status, groups: Vec::new() };
        let (mut rest, mut depth, mut name) = (rest, 0_u32, String::new());
        loop {
            let (tag, behind) = rest.split_first()?;
            rest = behind;
            match *tag {
                END_OF_ATTRIBUTES => return Some(answer),
                tag @ ..=LAST_DELIMITER => {
                    (depth, name) = (0, String::new());
                    answer.groups.push(Group { tag, values: BTreeMap::new() });
                }
                tag => {
                    let (own, value);
                    (own, rest) = counted(rest)?;
                    (value, rest) = counted(rest)?;
                    if depth == 0 && !own.is_empty() {
                        name = String::from_utf8_lossy(own).into_owned();
                    }
                    match tag {
                        BEGIN_COLLECTION => depth += 1,
                        END_COLLECTION => depth = depth.saturating_sub(1),
                        _ if depth > 0 => {}
                        _ => {
                            if let (Some(value), Some(group)) =
                                (Value::of(tag, value), answer.groups.last_mut())
                            {
                                group.values.entry(name.clone()).or_default().push(value);
                            }
                        }
                    }
                }
            }
        }
    }

    /// The groups of a kind, in their order.
    pub(crate) fn groups_of(&self, kind: DelimiterTag) -> impl Iterator<Item = &Group> {
        self.groups.iter().filter(move |group| group.tag == kind as u8)
    }

    /// An integer or enum of the job that it is about.
    pub(crate) fn number(&self, name: &str) -> Option<i32> {
        self.groups_of(DelimiterTag::JobAttributes).next()?.number(name)
    }

    /// Why the job is as it is, in the printer's words.
    pub(crate) fn reasons(&self) -> String {
        let job = self.groups_of(DelimiterTag::JobAttributes).next();
        let reasons: Vec<&str> = job.into_iter().flat_map(|job| job.texts("job-state-reasons")).collect();
        reasons.join(", ").chars().filter(|c| !c.is_control()).take(200).collect()
    }
}

impl Group {
    fn all(&self, name: &str) -> impl Iterator<Item = &Value> {
        self.values.get(name).into_iter().flatten()
    }

    /// Integers or enums.
    pub(crate) fn numbers(&self, name: &str) -> impl Iterator<Item = i32> {
        self.all(name).filter_map(|value| match value {
            Value::Number(number) => Some(*number),
            Value::Text(_) => None,
        })
    }

    /// The first of them.
    pub(crate) fn number(&self, name: &str) -> Option<i32> {
        self.numbers(name).next()
    }

    /// Keywords, names or texts.
    pub(crate) fn texts(&self, name: &str) -> impl Iterator<Item = &str> {
        self.all(name).filter_map(|value| match value {
            Value::Text(text) => Some(text.as_str()),
            Value::Number(_) => None,
        })
    }
}

impl Value {
    fn of(tag: u8, bytes: &[u8]) -> Option<Self> {
        let text = match tag {
            INTEGER | ENUM => return Some(Self::Number(i32::from_be_bytes(bytes.try_into().ok()?))),
            TEXT | NAME | KEYWORD => bytes,
            TEXT_WITH_LANGUAGE | NAME_WITH_LANGUAGE => counted(counted(bytes)?.1)?.0,
            _ => return None,
        };
        Some(Self::Text(String::from_utf8_lossy(text).into_owned()))
    }
}

/// Bytes behind the two that say how many they are, and what is behind those.
fn counted(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk()?;
    rest.split_at_checked(u16::from_be_bytes(*length).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attribute(tag: u8, name: &str, value: &[u8]) -> Vec<u8> {
        let counted = |bytes: &[u8]| [&(bytes.len() as u16).to_be_bytes(), bytes].concat();
        [&[tag][..], &counted(name.as_bytes()), &counted(value)].concat()
    }

    fn answer(attributes: &[Vec<u8>]) -> Vec<u8> {
        [
            &[1, 1, 0, 1, 0, 0, 0, 1, 1][..],
            &attribute(0x47, "attributes-charset", b"utf-8"),
            &[DelimiterTag::JobAttributes as u8],
        ]
        .into_iter()
        .chain(attributes.iter().map(Vec::as_slice))
        .chain([&[END_OF_ATTRIBUTES][..]])
        .collect::<Vec<_>>()
        .concat()
    }

    #[test]
    fn what_is_asked_for_is_found_beside_what_is_not() {
        let bytes = answer(&[
            attribute(INTEGER, "job-id", &[0, 0, 0, 7]),
            attribute(INTEGER, "", &[0, 0, 0, 8]),
            attribute(BEGIN_COLLECTION, "media-col", b""),
            attribute(0x4a, "", b"job-state"),
            attribute(ENUM, "", &[0, 0, 0, 4]),
            attribute(END_COLLECTION, "", b""),
            attribute(ENUM, "job-state", &[0, 0, 0, 9]),
            attribute(NAME_WITH_LANGUAGE, "job-name", b"\0\x02de\0\x05Brief"),
            attribute(KEYWORD, "job-state-reasons", b"media-empty"),
            attribute(KEYWORD, "", b"door\nopen"),
            vec![DelimiterTag::JobAttributes as u8],
            attribute(INTEGER, "job-id", &[0, 0, 0, 9]),
        ]);
        let read = Answer::parse(&bytes).unwrap();
        assert!(read.status.is_success());
        let ids: Vec<_> =
            read.groups_of(DelimiterTag::JobAttributes).map(|job| job.number("job-id")).collect();
        assert_eq!(ids, [Some(7), Some(9)]);
        let first = read.groups_of(DelimiterTag::JobAttributes).next().unwrap();
        assert_eq!(first.numbers("job-id").collect::<Vec<_>>(), [7, 8]);
        assert_eq!(first.texts("job-name").collect::<Vec<_>>(), ["Brief"]);
        assert_eq!((read.number("job-id"), read.number("job-state")), (Some(7), Some(9)));
        assert_eq!((read.number("media-col"), read.reasons()), (None, "media-empty, dooropen".to_owned()));
        for end in 0..bytes.len() {
            assert_eq!(Answer::parse(&bytes[..end]), None, "{end}");
        }
    }

    #[test]
    fn nobody_falls_into_what_a_printer_nests() {
        let deep = attribute(BEGIN_COLLECTION, "", b"");
        let mut attributes = vec![attribute(BEGIN_COLLECTION, "c", b""); 1];
        attributes.extend(std::iter::repeat_n(deep, 50_000));
        attributes.extend(std::iter::repeat_n(attribute(END_COLLECTION, "", b""), 50_001));
        attributes.push(attribute(INTEGER, "job-id", &[0, 0, 0, 7]));
        assert_eq!(Answer::parse(&answer(&attributes)).unwrap().number("job-id"), Some(7));
        // Texts with languages whose lengths lie.
        let lying = answer(&[attribute(0x35, "job-name", &[0xff, 0xff, b'x'])]);
        assert_eq!(Answer::parse(&lying).unwrap().number("job-id"), None);
    }
}
