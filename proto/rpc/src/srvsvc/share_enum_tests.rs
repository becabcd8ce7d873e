use super::*;
use crate::hex::hex;
use crate::srvsvc::{MAX_PREFERRED_LENGTH, ShareType};
use crate::{NdrReader, NdrWriter};
use proptest::prelude::*;

fn encode(response: &ShareEnumResponse, first_referent: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    response.encode(&mut NdrWriter::starting_at(&mut bytes, first_referent));
    bytes
}

fn decode(bytes: &[u8]) -> Result<ShareEnumResponse, DecodeError> {
    ShareEnumResponse::decode(&mut NdrReader::new(bytes))
}

/// What smbclient -L sends.
#[test]
fn a_request_of_smbclient() {
    let bytes =
        hex("00000200 0a000000 00000000 0a000000 3100320037002e0030002e0030002e0031000000 01000000 01000000
        04000200 00000000 00000000 ffffffff 08000200 00000000");
    let request = ShareEnumRequest {
        server_name: Some("127.0.0.1".into()),
        level: 1,
        preferred_maximum_length: MAX_PREFERRED_LENGTH,
        resume_handle: Some(0),
    };
    assert_eq!(ShareEnumRequest::decode(&mut NdrReader::new(&bytes)), Ok(request.clone()));
    let mut encoded = Vec::new();
    request.encode(&mut NdrWriter::new(&mut encoded));
    assert_eq!(encoded, bytes);
}

/// What rpcclient sends for `netshareenumall 502`: no resume handle.
#[test]
fn a_request_of_rpcclient() {
    let bytes =
        hex("00000200 0a000000 00000000 0a000000 3100320037002e0030002e0030002e0031000000 f6010000 f6010000
        04000200 00000000 00000000 ffffffff 00000000");
    let request = ShareEnumRequest::decode(&mut NdrReader::new(&bytes)).unwrap();
    assert_eq!((request.level, request.resume_handle), (502, None));
}

/// What Samba answers smbclient -L.
#[test]
fn a_response_of_samba() {
    let bytes = hex(include_str!("share_enum_samba.hex"));
    let response = decode(&bytes).unwrap();
    let shares = response.entries.as_deref().unwrap();
    let names: Vec<_> = shares.iter().map(|s| s.name.clone().unwrap().to_string_lossy()).collect();
    assert_eq!(names.len(), 21);
    assert_eq!((names[0].as_str(), names[20].as_str()), ("disk", "IPC$"));
    assert_eq!(shares[20].share_type, ShareType::IPC | ShareType::SPECIAL);
    assert_eq!(shares[16].share_type, ShareType::PRINT_QUEUE);
    assert_eq!((response.total_entries, response.status), (21, 0));
    assert_eq!(encode(&response, 0x0002_000c), bytes);
}

#[test]
fn counts_that_lie() {
    let bytes = hex("01000000 01000000 0c000200 ffffff0f 10000200 ffffff0f 00000000 00000000 00000000");
    assert!(decode(&bytes).is_err());
    let bytes = hex(
        "01000000 01000000 0c000200 02000000 10000200 01000000 00000000 00000000 00000000 00000000 00000000",
    );
    assert!(decode(&bytes).is_err());
}

#[test]
fn unknown_levels_are_values() {
    let mut bytes = Vec::new();
    let request =
        ShareEnumRequest { server_name: None, level: 77, preferred_maximum_length: 9, resume_handle: None };
    request.encode(&mut NdrWriter::new(&mut bytes));
    assert_eq!(ShareEnumRequest::decode(&mut NdrReader::new(&bytes)), Ok(request));
    let response =
        ShareEnumResponse { level: 1005, entries: None, total_entries: 0, resume_handle: None, status: 124 };
    assert_eq!(decode(&encode(&response, 1)), Ok(response));
}

proptest! {
    #[test]
    fn every_level_reads_what_it_wrote(
        level in prop_oneof![Just(0u32), Just(1), Just(2), Just(501), Just(502), Just(503)],
        names in proptest::collection::vec("[a-z]{0,9}", 0..9),
        resume: Option<u32>,
        descriptor: Option<Vec<u8>>,
    ) {
        let shares = names.iter().map(|name| ShareInfo {
            name: Some(name.as_str().into()),
            remark: name.strip_prefix('a').map(Into::into),
            path: Some("p".into()),
            security_descriptor: descriptor.clone(),
            flags: 3,
            max_uses: 9,
            ..ShareInfo::default()
        }).collect();
        let response = ShareEnumResponse { level, entries: Some(shares), total_entries: 1, resume_handle: resume, status: 2 };
        let bytes = encode(&response, 0x0002_0000);
        let decoded = decode(&bytes).unwrap();
        prop_assert_eq!(decoded.entries.as_ref().map(Vec::len), Some(names.len()));
        prop_assert_eq!(encode(&decoded, 0x0002_0000), bytes);
    }
}
