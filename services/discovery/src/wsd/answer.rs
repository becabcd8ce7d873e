//! What a host says.

use super::version::{ENVELOPE, GET, METADATA, PNPX, PUBLICATION, Version};
use lanward_nt::Guid;
use quick_xml::escape::escape;
use std::fmt::Write as _;

/// Who says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Host {
    /// The computer's name, by which others connect to it.
    pub name: String,
    /// Its workgroup.
    pub workgroup: String,
    /// Its endpoint: the same in every run.
    pub endpoint: Guid,
    /// WS-Discovery AppSequence/@InstanceId: higher in each run than in the one before.
    pub instance: u32,
    /// Who made it.
    pub manufacturer: String,
    /// What it is.
    pub model: String,
    /// In which version.
    pub version: String,
}

impl Host {
    /// Its endpoint as an address.
    pub(super) fn address(&self) -> String {
        format!("urn:uuid:{}", self.endpoint)
    }
}

/// Where a message stands among those of its sender.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sequence {
    pub(super) instance: u32,
    pub(super) id: Guid,
    pub(super) number: u64,
}

/// A message's frame.
pub(super) struct Headers<'a> {
    pub(super) version: Version,
    pub(super) id: Guid,
    /// The MessageID of what it answers; `None`: it is for everybody.
    pub(super) relates_to: Option<&'a str>,
    pub(super) sequence: Option<Sequence>,
}

/// WS-Discovery 4.1 Hello.
pub(super) fn hello(headers: &Headers<'_>, host: &Host, urls: &str) -> String {
    let body = format!("<wsd:Hello>{}</wsd:Hello>", described(host, urls));
    said(headers, "Hello", &body)
}

/// WS-Discovery 4.2 Bye.
pub(super) fn bye(headers: &Headers<'_>, host: &Host) -> String {
    said(headers, "Bye", &format!("<wsd:Bye>{}</wsd:Bye>", reference(host)))
}

/// WS-Discovery 5.3 Probe Match.
pub(super) fn probe_matches(headers: &Headers<'_>, host: &Host, urls: &str) -> String {
    let body = format!(
        "<wsd:ProbeMatches><wsd:ProbeMatch>{}</wsd:ProbeMatch></wsd:ProbeMatches>",
        described(host, urls)
    );
    said(headers, "ProbeMatches", &body)
}

/// WS-Discovery 6.3 Resolve Match.
pub(super) fn resolve_matches(headers: &Headers<'_>, host: &Host, urls: &str) -> String {
    let body = format!(
        "<wsd:ResolveMatches><wsd:ResolveMatch>{}</wsd:ResolveMatch></wsd:ResolveMatches>",
        described(host, urls)
    );
    said(headers, "ResolveMatches", &body)
}

/// WS-Transfer 3.2 GetResponse with a device's metadata (DPWS 4, [MS-PBSD] 2.2).
pub(crate) fn metadata(host: &Host, version: Version, relates_to: &str, id: Guid) -> String {
    let (profile, address) = (version.profile(), host.address());
    let [name, workgroup, manufacturer, model, number] =
        [&host.name, &host.workgroup, &host.manufacturer, &host.model, &host.version].map(escape);
    let section = |dialect: &str, content: &str| {
        format!("<wsx:MetadataSection Dialect=\"{profile}/{dialect}\">{content}</wsx:MetadataSection>")
    };
    let device = format!(
        "<wsdp:ThisDevice><wsdp:FriendlyName>{name}</wsdp:FriendlyName>\
         <wsdp:FirmwareVersion>{number}</wsdp:FirmwareVersion>\
         <wsdp:SerialNumber>{}</wsdp:SerialNumber></wsdp:ThisDevice>",
        host.endpoint
    );
    let model = format!(
        "<wsdp:ThisModel><wsdp:Manufacturer>{manufacturer}</wsdp:Manufacturer>\
         <wsdp:ModelName>{model}</wsdp:ModelName><wsdp:ModelNumber>{number}</wsdp:ModelNumber>\
         <pnpx:DeviceCategory>Computers</pnpx:DeviceCategory></wsdp:ThisModel>"
    );
    // A slash as in the examples, and as Windows writes it; the text of 2.2 has a backslash.
    let relationship = format!(
        "<wsdp:Relationship Type=\"{profile}/host\"><wsdp:Host>{}<wsdp:Types>pub:Computer</wsdp:Types>\
         <wsdp:ServiceId>{address}</wsdp:ServiceId>\
         <pub:Computer>{name}/Workgroup:{workgroup}</pub:Computer></wsdp:Host></wsdp:Relationship>",
        reference(host)
    );
    let sections = [
        section("ThisDevice", &device),
        section("ThisModel", &model),
        section("Relationship", &relationship),
    ];
    let body = format!("<wsx:Metadata>{}</wsx:Metadata>", sections.concat());
    let headers = Headers { version, id, relates_to: Some(relates_to), sequence: None };
    envelope(&headers, &format!("{GET}Response"), &body)
}

fn reference(host: &Host) -> String {
    format!("<wsa:EndpointReference><wsa:Address>{}</wsa:Address></wsa:EndpointReference>", host.address())
}

/// What is said of a target service. Its metadata may be others in each run, so the run is their version.
fn described(host: &Host, urls: &str) -> String {
    format!(
        "{}<wsd:Types>wsdp:Device pub:Computer</wsd:Types><wsd:XAddrs>{}</wsd:XAddrs>\
         <wsd:MetadataVersion>{}</wsd:MetadataVersion>",
        reference(host),
        escape(urls),
        host.instance
    )
}

fn said(headers: &Headers<'_>, action: &str, body: &str) -> String {
    envelope(headers, &format!("{}/{action}", headers.version.discovery()), body)
}

fn envelope(headers: &Headers<'_>, action: &str, body: &str) -> String {
    let version = headers.version;
    let to = headers.relates_to.map_or(version.everybody(), |_| version.anonymous());
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><soap:Envelope xmlns:soap=\"{ENVELOPE}\" xmlns:wsa=\"{}\" \
         xmlns:wsd=\"{}\" xmlns:wsdp=\"{}\" xmlns:wsx=\"{METADATA}\" xmlns:pnpx=\"{PNPX}\" \
         xmlns:pub=\"{PUBLICATION}\"><soap:Header><wsa:To>{to}</wsa:To><wsa:Action>{action}</wsa:Action>\
         <wsa:MessageID>urn:uuid:{}</wsa:MessageID>",
        version.addressing(),
        version.discovery(),
        version.profile(),
        headers.id
    );
    if let Some(id) = headers.relates_to {
        // Writing to a string cannot fail.
        let _ = write!(text, "<wsa:RelatesTo>{}</wsa:RelatesTo>", escape(id));
    }
    if let Some(Sequence { instance, id, number }) = headers.sequence {
        let _ = write!(
            text,
            "<wsd:AppSequence InstanceId=\"{instance}\" SequenceId=\"urn:uuid:{id}\" MessageNumber=\"{number}\"/>"
        );
    }
    text + "</soap:Header><soap:Body>" + body + "</soap:Body></soap:Envelope>"
}
