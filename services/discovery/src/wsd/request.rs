//! What others ask, out of XML of bounded depth and number, without entities of its own.

use super::version::{ENVELOPE, GET, PUBLICATION, Version};
use quick_xml::NsReader;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::name::{QName, ResolveResult};
use std::fmt;

/// Elements within elements.
const MAX_DEPTH: usize = 16;

/// Elements in a message.
const MAX_ELEMENTS: usize = 128;

/// Prefixes that are declared at once.
const MAX_PREFIXES: usize = 64;

/// DPWS Appendix I MAX_FIELD_SIZE, in characters: the longest identifier that is kept and repeated.
const MAX_FIELD: usize = 256;

/// Why something is no message for us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Nonsense(pub(super) &'static str);

impl fmt::Display for Nonsense {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for Nonsense {}

/// A message that asks for something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// In which version.
    pub version: Version,
    /// WS-Addressing MessageID, which the answer relates to; at most 256 characters.
    pub message_id: String,
    /// What it asks for.
    pub wanted: Wanted,
}

/// What a message asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// Whoever is of these types (WS-Discovery 5.2 Probe).
    Probe(Probe),
    /// Where an endpoint is (WS-Discovery 6.2 Resolve).
    Resolve(String),
    /// What a device says of itself (WS-Transfer 3.1 Get).
    Get,
}

/// What is looked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Probe {
    /// One of its types is not ours.
    pub other_types: bool,
    /// It asks for scopes, of which we have none.
    pub scopes: bool,
}

impl Probe {
    /// Whether a computer without scopes is looked for, among others.
    #[must_use]
    pub const fn matches(&self) -> bool {
        !self.other_types && !self.scopes
    }
}

impl Request {
    /// Reads a message.
    ///
    /// # Errors
    /// It is none, asks for nothing, or wants the answer to go elsewhere.
    pub fn parse(bytes: &[u8]) -> Result<Self, Nonsense> {
        let text = std::str::from_utf8(bytes).map_err(|_| Nonsense("not UTF-8"))?;
        let mut reader = NsReader::from_str(text.trim_start_matches('\u{feff}'));
        reader.config_mut().expand_empty_elements = true;
        reader.resolver_mut().set_max_namespace_bindings(MAX_PREFIXES);
        let mut found = Found::default();
        let (mut path, mut text, mut elements) = (Vec::new(), String::new(), 0usize);
        loop {
            let (namespace, event) = reader.read_resolved_event().map_err(|_| Nonsense("not well-formed"))?;
            match event {
                Event::Start(start) => {
                    elements = elements.saturating_add(1);
                    if elements > MAX_ELEMENTS || path.len() >= MAX_DEPTH {
                        return Err(Nonsense("too many elements"));
                    }
                    path.push(Part::of(&namespace, start.local_name().into_inner())?);
                    text.clear();
                    found.open(&path, &start)?;
                }
                Event::End(_) => {
                    found.close(&path, text.trim(), |name| reader.resolver().resolve(QName(name), true).0)?;
                    path.pop();
                    text.clear();
                }
                Event::Text(some) => text.push_str(&some.xml10_content()),
                Event::CData(some) => text.push_str(&some.xml10_content()),
                Event::GeneralRef(reference) => text.push(character(&reference)?),
                Event::Comment(_) | Event::Decl(_) => {}
                // SOAP 1.2 5: neither instructions nor a document type.
                Event::DocType(_) | Event::PI(_) | Event::Empty(_) => {
                    return Err(Nonsense("a document type or an instruction"));
                }
                Event::Eof if path.is_empty() => return found.request(),
                Event::Eof => return Err(Nonsense("cut off")),
            }
        }
    }
}

/// The character behind a reference; only those every XML has.
fn character(reference: &BytesRef<'_>) -> Result<char, Nonsense> {
    let own = match &*reference.xml10_content() {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "apos" => Some('\''),
        "quot" => Some('"'),
        _ => None,
    };
    own.or_else(|| reference.resolve_char_ref().ok().flatten()).ok_or(Nonsense("an entity"))
}

/// An element that means something, in any place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Envelope,
    Header,
    Body,
    /// Of WS-Addressing.
    Action(Version),
    MessageId(Version),
    ReplyTo,
    EndpointReference,
    Address,
    /// Of WS-Discovery.
    Probe(Version),
    Types,
    Scopes(Version),
    Resolve(Version),
    Other,
}

impl Part {
    fn of(namespace: &ResolveResult<'_>, local: &str) -> Result<Self, Nonsense> {
        let namespace = match namespace {
            ResolveResult::Bound(namespace) => namespace.0,
            ResolveResult::Unbound => return Ok(Self::Other),
            ResolveResult::Unknown(_) => return Err(Nonsense("a prefix that is not declared")),
        };
        if namespace == ENVELOPE {
            return Ok(match local {
                "Envelope" => Self::Envelope,
                "Header" => Self::Header,
                "Body" => Self::Body,
                _ => Self::Other,
            });
        }
        for version in Version::ALL {
            let part = match local {
                "Action" => Self::Action(version),
                "MessageID" => Self::MessageId(version),
                "ReplyTo" => Self::ReplyTo,
                "EndpointReference" => Self::EndpointReference,
                "Address" => Self::Address,
                _ => Self::Other,
            };
            if namespace == version.addressing() {
                return Ok(part);
            }
            let part = match local {
                "Probe" => Self::Probe(version),
                "Types" => Self::Types,
                "Scopes" => Self::Scopes(version),
                "Resolve" => Self::Resolve(version),
                _ => Self::Other,
            };
            if namespace == version.discovery() {
                return Ok(part);
            }
        }
        Ok(Self::Other)
    }
}

/// What was found of a message.
#[derive(Default)]
struct Found {
    action: Option<(Version, String)>,
    message_id: Option<(Version, String)>,
    reply_to: Option<String>,
    probe: Option<(Version, Probe)>,
    resolve: Option<(Version, String)>,
    no_scopes: bool,
}

impl Found {
    fn open(&mut self, path: &[Part], start: &BytesStart<'_>) -> Result<(), Nonsense> {
        match path {
            [Part::Envelope, Part::Body, Part::Probe(version)] => {
                once(&mut self.probe, (*version, Probe::default()))
            }
            [Part::Envelope, Part::Body, Part::Resolve(version)] => {
                once(&mut self.resolve, (*version, String::new()))
            }
            [Part::Envelope, Part::Body, Part::Probe(_), Part::Scopes(version)] => {
                let rule = start.attributes().with_checks(false).flatten().find(|a| a.key.0 == "MatchBy");
                self.no_scopes = rule.is_some_and(|rule| *rule.value == *version.no_scopes());
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn close<'n>(
        &mut self,
        path: &[Part],
        text: &str,
        resolve: impl Fn(&str) -> ResolveResult<'n>,
    ) -> Result<(), Nonsense> {
        match path {
            [Part::Envelope, Part::Header, Part::Action(version)] => {
                once(&mut self.action, (*version, text.to_owned()))
            }
            [Part::Envelope, Part::Header, Part::MessageId(version)] => {
                once(&mut self.message_id, (*version, text.to_owned()))
            }
            [Part::Envelope, Part::Header, Part::ReplyTo, Part::Address] => {
                once(&mut self.reply_to, text.to_owned())
            }
            [Part::Envelope, Part::Body, Part::Probe(_), Part::Types] => {
                let other = |name: &str| !is_own_type(&resolve(name), name);
                if let Some((_, probe)) = &mut self.probe {
                    probe.other_types |= text.split_ascii_whitespace().any(other);
                }
                Ok(())
            }
            [Part::Envelope, Part::Body, Part::Probe(_), Part::Scopes(_)] => {
                if let Some((_, probe)) = &mut self.probe {
                    probe.scopes |= !text.is_empty() && !self.no_scopes;
                }
                Ok(())
            }
            [Part::Envelope, Part::Body, Part::Resolve(_), Part::EndpointReference, Part::Address] => {
                if let Some((_, endpoint)) = &mut self.resolve {
                    text.clone_into(endpoint);
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn request(self) -> Result<Request, Nonsense> {
        let (version, action) = self.action.ok_or(Nonsense("no Action"))?;
        let (_, message_id) =
            self.message_id.filter(|(own, _)| *own == version).ok_or(Nonsense("no MessageID"))?;
        let odd = |c: char| c.is_control() || c.is_whitespace();
        if message_id.is_empty() || message_id.chars().count() > MAX_FIELD || message_id.contains(odd) {
            return Err(Nonsense("a MessageID nobody could relate to"));
        }
        // An answer goes to who has asked, and to nobody he names.
        if self.reply_to.is_some_and(|to| to != version.anonymous()) {
            return Err(Nonsense("the answer is to go elsewhere"));
        }
        let same = |own: &Version| *own == version;
        let wanted = match action.strip_prefix(version.discovery()) {
            Some("/Probe") => self.probe.filter(|(own, _)| same(own)).map(|(_, probe)| Wanted::Probe(probe)),
            Some("/Resolve") => {
                self.resolve.filter(|(own, _)| same(own)).map(|(_, endpoint)| Wanted::Resolve(endpoint))
            }
            _ => (action == GET).then_some(Wanted::Get),
        };
        Ok(Request { version, message_id, wanted: wanted.ok_or(Nonsense("asks for nothing"))? })
    }
}

fn once<T>(place: &mut Option<T>, value: T) -> Result<(), Nonsense> {
    match place.replace(value) {
        Some(_) => Err(Nonsense("something is there twice")),
        None => Ok(()),
    }
}

/// Whether a type is one of ours, in whichever version.
fn is_own_type(namespace: &ResolveResult<'_>, name: &str) -> bool {
    let ResolveResult::Bound(namespace) = namespace else { return false };
    let local = QName(name).local_name().into_inner();
    let device = Version::ALL.iter().any(|version| version.profile() == namespace.0);
    (local == "Device" && device) || (local == "Computer" && namespace.0 == PUBLICATION)
}
