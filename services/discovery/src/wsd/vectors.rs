//! Messages as they are written by others, and what they mean.

use super::answer::metadata;
use super::responder_tests::host;
use super::{Nonsense, Probe, Request, Version, Wanted};
use lanward_nt::Guid;

/// WS-Discovery (April 2005), Table 1: an example of a Probe.
const SPECIFIED: &str = r#"<s:Envelope
 xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing"
 xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery"
 xmlns:i="http://printer.example.org/2003/imaging"
 xmlns:s="http://www.w3.org/2003/05/soap-envelope" >
 <s:Header>
  <a:Action>
   http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe
  </a:Action>
  <a:MessageID>
   uuid:0a6dc791-2be6-4991-9af1-454778a1917a
  </a:MessageID>
  <a:To>urn:schemas-xmlsoap-org:ws:2005:04:discovery</a:To>
 </s:Header>
 <s:Body>
  <d:Probe>
   <d:Types>i:PrintBasic</d:Types>
   <d:Scopes MatchBy="http://schemas.xmlsoap.org/ws/2005/04/discovery/ldap" >
    ldap:///ou=engineering,o=examplecom,c=us
   </d:Scopes>
  </d:Probe>
 </s:Body>
</s:Envelope>"#;

/// As Windows looks for computers.
const WINDOWS: &str = concat!(
    r#"<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="http://www.w3.org/2003/05/soap-envelope" "#,
    r#"xmlns:wsa="http://schemas.xmlsoap.org/ws/2004/08/addressing" xmlns:wsd="http://schemas.xmlsoap.org/ws/2005/04/discovery" "#,
    r#"xmlns:wsdp="http://schemas.xmlsoap.org/ws/2006/02/devprof"><soap:Header>"#,
    r#"<wsa:To>urn:schemas-xmlsoap-org:ws:2005:04:discovery</wsa:To>"#,
    r#"<wsa:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe</wsa:Action>"#,
    r#"<wsa:MessageID>urn:uuid:5a3ab4fc-0a0e-4d5e-8a42-bdb6f5e2f2a6</wsa:MessageID></soap:Header>"#,
    r#"<soap:Body><wsd:Probe><wsd:Types>wsdp:Device</wsd:Types></wsd:Probe></soap:Body></soap:Envelope>"#
);

/// The frame of a message, with the version's names.
pub(super) fn message(version: Version, action: &str, headers: &str, body: &str) -> String {
    format!(
        "<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\" xmlns:a=\"{}\" xmlns:d=\"{}\" xmlns:p=\"{}\" \
         xmlns:c=\"http://schemas.microsoft.com/windows/pub/2005/07\"><s:Header><a:Action>{action}</a:Action>\
         {headers}</s:Header><s:Body>{body}</s:Body></s:Envelope>",
        version.addressing(),
        version.discovery(),
        version.profile()
    )
}

pub(super) fn probe(version: Version, id: &str, body: &str) -> String {
    let action = format!("{}/Probe", version.discovery());
    message(
        version,
        &action,
        &format!("<a:MessageID>{id}</a:MessageID>"),
        &format!("<d:Probe>{body}</d:Probe>"),
    )
}

fn wanted(text: &str) -> Result<Wanted, Nonsense> {
    Request::parse(text.as_bytes()).map(|request| request.wanted)
}

#[test]
fn what_others_send_is_understood() {
    let request = Request::parse(SPECIFIED.as_bytes()).unwrap();
    let expected = Request {
        version: Version::April2005,
        message_id: "uuid:0a6dc791-2be6-4991-9af1-454778a1917a".into(),
        wanted: Wanted::Probe(Probe { other_types: true, scopes: true }),
    };
    assert_eq!(request, expected);
    let request = Request::parse(WINDOWS.as_bytes()).unwrap();
    assert_eq!(request.message_id, "urn:uuid:5a3ab4fc-0a0e-4d5e-8a42-bdb6f5e2f2a6");
    assert_eq!(request.wanted, Wanted::Probe(Probe::default()));
    let with_mark = format!("\u{feff}{WINDOWS}");
    assert_eq!(wanted(&with_mark), Ok(Wanted::Probe(Probe::default())));
}

#[test]
fn types_and_scopes_are_matched() {
    let matches = |version, body: &str| match wanted(&probe(version, "urn:x", body)) {
        Ok(Wanted::Probe(probe)) => probe.matches(),
        other => panic!("{other:?}"),
    };
    for version in Version::ALL {
        let none = format!("<d:Scopes MatchBy=\"{}\">urn:any</d:Scopes>", version.no_scopes());
        let cases = [
            ("", true),
            ("<d:Types/>", true),
            ("<d:Types> p:Device\n c:Computer </d:Types>", true),
            ("<d:Types>c:Computer</d:Types><d:Scopes/>", true),
            (
                "<d:Types xmlns:q=\"http://schemas.microsoft.com/windows/pub/2005/07\">q:Computer</d:Types>",
                true,
            ),
            ("<d:Types xmlns=\"http://schemas.microsoft.com/windows/pub/2005/07\">Computer</d:Types>", true),
            ("<d:Types><![CDATA[p:Device]]></d:Types>", true),
            (&none, true),
            ("<d:Types>p:Device p:Printer</d:Types>", false),
            ("<d:Types>p:Computer</d:Types>", false),
            ("<d:Types>Device</d:Types>", false),
            ("<d:Types>nobody:Device</d:Types>", false),
            ("<d:Scopes>urn:somewhere</d:Scopes>", false),
        ];
        for (body, expected) in cases {
            assert_eq!(matches(version, body), expected, "{version:?} {body}");
        }
    }
}

#[test]
fn an_endpoint_is_asked_for() {
    for version in Version::ALL {
        let body = "<d:Resolve><a:EndpointReference><a:Address> urn:uuid:1&amp;2&#x41; </a:Address></a:EndpointReference></d:Resolve>";
        let action = format!("{}/Resolve", version.discovery());
        let text = message(version, &action, "<a:MessageID>urn:x</a:MessageID>", body);
        assert_eq!(wanted(&text), Ok(Wanted::Resolve("urn:uuid:1&2A".into())));
    }
}

#[test]
fn metadata_are_asked_for() {
    let get = "http://schemas.xmlsoap.org/ws/2004/09/transfer/Get";
    for version in Version::ALL {
        let back = format!(
            "<a:MessageID>urn:x</a:MessageID><a:ReplyTo><a:Address>{}</a:Address></a:ReplyTo>",
            version.anonymous()
        );
        assert_eq!(wanted(&message(version, get, &back, "")), Ok(Wanted::Get));
    }
}

/// [MS-PBSD] 3.1, with this host's names.
#[test]
fn metadata_are_as_windows_has_them() {
    let text =
        metadata(&host(), Version::April2005, "urn:uuid:fc7cdb58-30b4-4e0d-a309-5bd7db689a0c", Guid([1; 16]));
    let uuid = "00000000-0000-0000-0000-000000000000";
    let expected = [
        "<wsa:To>http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous</wsa:To>\
         <wsa:Action>http://schemas.xmlsoap.org/ws/2004/09/transfer/GetResponse</wsa:Action>\
         <wsa:MessageID>urn:uuid:01010101-0101-0101-0101-010101010101</wsa:MessageID>\
         <wsa:RelatesTo>urn:uuid:fc7cdb58-30b4-4e0d-a309-5bd7db689a0c</wsa:RelatesTo></soap:Header>"
            .to_owned(),
        "<wsx:MetadataSection Dialect=\"http://schemas.xmlsoap.org/ws/2006/02/devprof/ThisDevice\"><wsdp:ThisDevice>\
         <wsdp:FriendlyName>BOX</wsdp:FriendlyName><wsdp:FirmwareVersion>1.2</wsdp:FirmwareVersion>"
            .to_owned(),
        "<pnpx:DeviceCategory>Computers</pnpx:DeviceCategory></wsdp:ThisModel></wsx:MetadataSection>".to_owned(),
        format!(
            "<wsdp:Relationship Type=\"http://schemas.xmlsoap.org/ws/2006/02/devprof/host\"><wsdp:Host>\
             <wsa:EndpointReference><wsa:Address>urn:uuid:{uuid}</wsa:Address></wsa:EndpointReference>\
             <wsdp:Types>pub:Computer</wsdp:Types><wsdp:ServiceId>urn:uuid:{uuid}</wsdp:ServiceId>\
             <pub:Computer>BOX/Workgroup:R&amp;D</pub:Computer></wsdp:Host></wsdp:Relationship>"
        ),
    ];
    for part in expected {
        assert!(text.contains(&part), "{part}\nis not in\n{text}");
    }
}

#[test]
fn what_is_no_question_is_refused() {
    let version = Version::April2005;
    let good = probe(version, "urn:x", "");
    assert!(wanted(&good).is_ok());
    let nested = format!("{}{}", "<d:x>".repeat(14), "</d:x>".repeat(14));
    let deep = probe(version, "urn:x", &nested);
    let wide = probe(version, "urn:x", &"<d:x/>".repeat(130));
    let prefixes: String = (0..80).map(|n| format!(" xmlns:n{n}=\"urn:{n}\"")).collect();
    let many_prefixes = probe(version, "urn:x", &format!("<d:Types{prefixes}/>"));
    let entities = format!("<!DOCTYPE x [<!ENTITY e \"urn:y\">]>{}", good.replace("urn:x", "&e;"));
    let reply = message(
        version,
        &format!("{}/Probe", version.discovery()),
        "<a:MessageID>urn:x</a:MessageID><a:ReplyTo><a:Address>http://192.0.2.1/</a:Address></a:ReplyTo>",
        "<d:Probe/>",
    );
    let twice = good.replace("<d:Probe></d:Probe>", "<d:Probe/><d:Probe/>");
    let other_version = good.replace(version.addressing(), Version::V1_1.addressing());
    let cases = [
        ("", "no Action"),
        ("\u{0}", "no Action"),
        ("<a>", "cut off"),
        (&good[..good.len() - 9], "not well-formed"),
        (&good[..good.len() - "</s:Envelope>".len()], "cut off"),
        (&good.replace("</d:Probe>", "</d:Resolve>"), "not well-formed"),
        (&good.replace("urn:x", "&e;"), "an entity"),
        (&entities, "a document type or an instruction"),
        (&good.replace("<d:Probe>", "<?php?><d:Probe>"), "a document type or an instruction"),
        (&deep, "too many elements"),
        (&wide, "too many elements"),
        (&many_prefixes, "not well-formed"),
        (&good.replace("d:Probe", "e:Probe"), "a prefix that is not declared"),
        (&good.replace("urn:x", ""), "a MessageID nobody could relate to"),
        (&good.replace("urn:x", "urn: x"), "a MessageID nobody could relate to"),
        (&good.replace("urn:x", &"x".repeat(257)), "a MessageID nobody could relate to"),
        (&good.replace("a:MessageID", "a:Message"), "no MessageID"),
        (&reply, "the answer is to go elsewhere"),
        (&twice, "something is there twice"),
        (&other_version, "asks for nothing"),
        (&good.replace("/Probe<", "/ProbeMatches<"), "asks for nothing"),
        (&good.replace("d:Probe", "d:Resolve"), "asks for nothing"),
    ];
    for (text, reason) in cases {
        assert_eq!(wanted(text), Err(Nonsense(reason)), "{text}");
    }
    assert_eq!(Request::parse(b"\xff\xfe<"), Err(Nonsense("not UTF-8")));
}
