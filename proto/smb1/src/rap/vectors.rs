//! The examples of [MS-RAP] 4, byte for byte, and what no bytes break.

use super::*;
use crate::Text;
use lanward_wire::{CodePage, ReplyBudget, Writer};
use proptest::prelude::*;

const OEM: Text = Text { unicode: false, code_page: CodePage::Cp437 };

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
    digits.chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

fn encoded(request: &RapRequest<'_>) -> Vec<u8> {
    let mut bytes = Vec::new();
    request.encode(&mut Writer::new(&mut bytes), OEM);
    bytes
}

fn both_ways(bytes: &[u8], expected: &RapRequest<'_>) {
    assert_eq!(RapRequest::decode(bytes, OEM).as_ref(), Ok(expected));
    assert_eq!(encoded(expected), bytes);
    let described = opcode::is_described(expected.opcode, expected.parameter_descriptor);
    assert_eq!(described, Some(true));
}

fn response(status: u16, converter: u16, words: &[u16]) -> RapResponse {
    RapResponse { status, converter, outputs: words.iter().map(|v| Output::Word(*v)).collect() }
}

fn share(name: &str, share_type: u16, remark: &str) -> Vec<Field> {
    vec![Field::Name(name.into()), Field::Byte(0), Field::Word(share_type), Field::Text(remark.into())]
}

/// 4.1 NetShareEnum
#[test]
fn an_enumeration_of_shares() {
    let bytes = hex("00 00 57 72 4C 65 68 00 42 31 33 42 57 7A 00 01 00 00 10");
    let request = RapRequest {
        opcode: opcode::SHARE_ENUM,
        parameter_descriptor: Descriptor::new("WrLeh"),
        data_descriptor: Descriptor::new("B13BWz"),
        parameters: vec![Parameter::Word(1), Parameter::ReceiveLength(0x1000)],
        auxiliary_descriptor: Descriptor::default(),
    };
    both_ways(&bytes, &request);
    let descriptor = structures::share(1).unwrap();
    assert_eq!(descriptor, request.data_descriptor);
    let shares = [
        share("C$", 0, "Default share"),
        share("IPC$", 3, "Remote IPC"),
        share("ADMIN$", 0, "Remote Admin"),
        share("D$", 0, "Default share"),
    ];
    let mut packer = Packer::new(0x1000, 4096, CodePage::Cp437);
    shares.iter().for_each(|fields| packer.push(descriptor, fields));
    let packed = packer.finish();
    let data =
        hex("43 24 00 00 00 00 00 00 00 00 00 00 00 00 00 00 F2 0F 00 00 49 50 43 24 00 00 00 00 00 00 00 00
         00 00 03 00 E7 0F 00 00 41 44 4D 49 4E 24 00 00 00 00 00 00 00 00 00 00 DA 0F 00 00 44 24 00 00
         00 00 00 00 00 00 00 00 00 00 00 00 CC 0F 00 00 44 65 66 61 75 6C 74 20 73 68 61 72 65 00 52 65
         6D 6F 74 65 20 41 64 6D 69 6E 00 52 65 6D 6F 74 65 20 49 50 43 00 44 65 66 61 75 6C 74 20 73 68
         61 72 65 00");
    assert_eq!(packed.data, data);
    assert_eq!((packed.entries, packed.needed, packed.complete), (4, 132, true));
    let parameters = hex("00 00 7C 0F 04 00 04 00");
    let answer = response(0, packed.converter, &[4, 4]);
    assert_eq!(RapResponse::decode(&parameters, request.parameter_descriptor).as_ref(), Ok(&answer));
    let mut out = Vec::new();
    answer.encode(ReplyBudget::new(8, 8), &mut out).unwrap();
    assert_eq!(out, parameters);
    let rows = unpack(descriptor, 4, 0x0f7c, &data, CodePage::Cp437).unwrap();
    for (row, share) in rows.iter().zip(&shares) {
        assert_eq!(row[1..], share[1..]);
        let (Field::Bytes(bytes), Field::Name(name)) = (&row[0], &share[0]) else { panic!("{row:?}") };
        assert_eq!(String::from_utf8_lossy(bytes).trim_end_matches('\0'), name.to_string_lossy());
    }
}

/// 4.2 NetServerEnum2
#[test]
fn an_enumeration_of_servers() {
    let bytes = hex("68 00 57 72 4C 65 68 44 4F 00 42 31 36 42 42 44 7A 00 01 00 00 18 FF FF FF FF");
    let request = RapRequest {
        opcode: opcode::SERVER_ENUM2,
        parameter_descriptor: Descriptor::new("WrLehDO"),
        data_descriptor: structures::server(1).unwrap(),
        parameters: vec![
            Parameter::Word(1),
            Parameter::ReceiveLength(0x1800),
            Parameter::Dword(u32::MAX),
            Parameter::Null,
        ],
        auxiliary_descriptor: Descriptor::default(),
    };
    both_ways(&bytes, &request);
    let server = |name: &str, version: (u8, u8), server_type: u32, comment: &str| {
        vec![
            Field::Name(name.into()),
            Field::Byte(version.0),
            Field::Byte(version.1),
            Field::Dword(server_type),
            Field::Text(comment.into()),
        ]
    };
    let long = "123456789012345678901234567890123456789012345678";
    let servers = [
        server("BRUCCO-OFF3", (5, 2), 0x0082_9203, ""),
        server("SMBNT4SRV", (4, 0), 0x0001_9003, ""),
        server("SMBWFW311", (1, 0x33), 0x0001_2003, long),
        server("SMBWIN2000", (5, 0), 0x0202_9003, ""),
        server("SMBWIN2003", (5, 2), 0x0082_9003, ""),
        server("SMBWIN2003IA64", (5, 2), 0x0082_9003, ""),
        server("SMBWIN98SE", (4, 0), 0x0041_2003, "WINSE FILE SYSTEM"),
        server("SMBWIN98SE-UM", (4, 0), 0x0041_2003, "WINSE FILE SYSTEM"),
        server("SMBWINXP", (5, 1), 0x0000_1003, ""),
        server("SPSMBDC1", (5, 0), 0x0282_9003, ""),
        server("SPSMBDC2", (5, 2), 0x0084_102b, ""),
    ];
    let mut packer = Packer::new(0x1800, 6144, CodePage::Cp437);
    servers.iter().for_each(|fields| packer.push(request.data_descriptor, fields));
    let packed = packer.finish();
    assert_eq!((packed.converter, packed.data.len(), packed.entries), (0x1685, 379, 11));
    let first = hex("42 52 55 43 43 4F 2D 4F 46 46 33 00 00 00 00 00 05 02 03 92 82 00 FF 17 00 00");
    assert_eq!(packed.data[..26], first);
    assert_eq!(&packed.data[packed.data.len() - 51..], [long.as_bytes(), &[0; 3]].concat());
    // SMBWIN98SE-UM points where the example says, and so do all in between.
    assert_eq!(packed.data[7 * 26 + 22..8 * 26], [0xa6, 0x17, 0, 0]);
    assert_eq!(packed.data[10 * 26 + 22..11 * 26], [0xa3, 0x17, 0, 0]);
}

/// 4.3 NetPrintJobDel
#[test]
fn the_end_of_a_print_job() {
    let request = RapRequest {
        opcode: opcode::PRINT_JOB_DELETE,
        parameter_descriptor: Descriptor::new("W"),
        data_descriptor: Descriptor::default(),
        parameters: vec![Parameter::Word(3)],
        auxiliary_descriptor: Descriptor::default(),
    };
    both_ways(&hex("51 00 57 00 00 03 00"), &request);
    assert_eq!(RapResponse::decode(&[0; 4], request.parameter_descriptor), Ok(response(0, 0, &[])));
}

#[test]
fn a_password_is_changed_with_bytes_in_the_parameters() {
    let (old, new) = ([1; 16], [2; 16]);
    let request = RapRequest {
        opcode: opcode::USER_PASSWORD_SET2,
        parameter_descriptor: Descriptor::new("zb16b16WW"),
        data_descriptor: Descriptor::default(),
        parameters: vec![
            Parameter::Text("alice".into()),
            Parameter::Bytes(&old),
            Parameter::Bytes(&new),
            Parameter::Word(0),
            Parameter::Word(7),
        ],
        auxiliary_descriptor: Descriptor::default(),
    };
    let bytes = encoded(&request);
    both_ways(&bytes, &request);
    for end in 0..bytes.len() {
        assert!(RapRequest::decode(&bytes[..end], OEM).is_err(), "{end} bytes are not all");
    }
}

#[test]
fn what_does_not_fit_is_left_out_whole() {
    let descriptor = structures::share(1).unwrap();
    let packed = |bound: u16, max_data: u32| {
        let mut packer = Packer::new(bound, max_data, CodePage::Cp437);
        packer.push(descriptor, &share("a", 0, "12345"));
        packer.push(descriptor, &share("b", 0, "1"));
        packer.finish()
    };
    // 20 bytes each, 6 and 2 behind them.
    for (bound, entries, length, complete) in [
        (0, 0, 0, false),
        (19, 0, 0, false),
        (20, 1, 20, false),
        (22, 1, 20, false),
        (26, 1, 26, false),
        (45, 1, 26, false),
        (46, 2, 46, false),
        (47, 2, 46, false),
        (48, 2, 48, true),
        (0xffff, 2, 48, true),
    ] {
        for (by_call, by_transaction) in [(bound, 0xffff), (0xffff, u32::from(bound))] {
            let packed = packed(by_call, by_transaction);
            let seen = (packed.entries, packed.data.len(), packed.complete);
            assert_eq!(seen, (entries, length, complete), "{bound}");
            assert_eq!(packed.needed, 48);
            let rows = unpack(descriptor, entries, packed.converter, &packed.data, CodePage::Cp437).unwrap();
            let lost = rows.iter().any(|row| row[3] == Field::Null);
            assert_eq!(lost || entries < 2, !complete, "{bound}");
        }
    }
}

#[test]
fn names_are_cut_and_terminated() {
    let mut packer = Packer::new(13, 13, CodePage::Cp437);
    packer.push(structures::share(0).unwrap(), &[Field::Name("thirteen chars".into())]);
    assert_eq!(packer.finish().data, b"thirteen cha\0");
}

#[test]
fn auxiliary_structures_go_with_theirs_or_not_at_all() {
    // The example of 2.5.11: three of two double words behind a structure of four words.
    let (outer, inner) = (Descriptor::new("WWNW"), Descriptor::new("DD"));
    let row = [Field::Word(1), Field::Word(2), Field::Word(3), Field::Word(4)];
    let aux = [Field::Dword(5), Field::Dword(6)];
    let all: [(Descriptor<'_>, &[Field]); 4] = [(outer, &row), (inner, &aux), (inner, &aux), (inner, &aux)];
    for (bound, entries, length) in [(31, 0, 0), (32, 1, 32), (63, 1, 32), (64, 2, 64)] {
        let mut packer = Packer::new(bound, 0xffff, CodePage::Cp437);
        packer.push_all(&all);
        packer.push_all(&all);
        let packed = packer.finish();
        assert_eq!((packed.entries, packed.data.len()), (entries, length), "{bound}");
    }
}

#[test]
fn responses_are_cut_where_their_client_takes_no_more() {
    let answer = response(234, 5, &[1, 9]);
    for (bound, length) in [(0, 0), (1, 1), (7, 7), (8, 8), (65_535, 8)] {
        let mut out = Vec::new();
        let outcome = answer.encode(ReplyBudget::new(bound, u32::MAX), &mut out);
        assert_eq!((out.len(), outcome.is_ok()), (length, bound >= 8));
    }
}

#[test]
fn every_call_and_structure_is_written_in_letters_that_are_known() {
    for (opcode, descriptor) in opcode::ALL {
        let zeros = vec![0; 512];
        let mut r = lanward_wire::Reader::new(&zeros);
        let read = Parameter::read_all(Descriptor::new(descriptor), &mut r, OEM);
        assert!(read.is_ok(), "{opcode:#x} {descriptor}");
        assert_eq!(opcode::is_described(*opcode, Descriptor::new(descriptor)), Some(true));
    }
    assert_eq!(opcode::is_described(opcode::SHARE_ENUM, Descriptor::new("WrLe")), Some(false));
    assert_eq!(opcode::is_described(0xffff, Descriptor::new("WrLeh")), None);
    // Lengths as the specification's diagrams have them.
    for (descriptor, length) in [
        (structures::user(11), 86),
        (structures::user(10), 34),
        (structures::user(2), 112),
        (structures::logon(1), 78),
        (structures::session(2), 30),
        (structures::file(3), 16),
        (structures::print_queue(1), 44),
    ] {
        assert_eq!(descriptor.unwrap().fixed_length(), length, "{descriptor:?}");
    }
}

proptest! {
    #[test]
    fn no_bytes_break_requests(bytes: Vec<u8>) {
        crate::oracle::fuzz_rap(&bytes);
    }

    #[test]
    fn nothing_passes_either_bound(bound: u16, max_data in 0u32..70_000, rows in 0usize..40, length in 0usize..300) {
        let descriptor = structures::share(2).unwrap();
        let mut packer = Packer::new(bound, max_data, CodePage::Cp437);
        let text = Field::Text("x".repeat(length).as_str().into());
        for _ in 0..rows {
            packer.push(descriptor, &[Field::Name("n".into()), Field::Byte(0), Field::Word(0), text.clone(), Field::Word(0), Field::Word(0), Field::Word(0), text.clone()]);
        }
        let packed = packer.finish();
        prop_assert!(packed.data.len() <= usize::from(bound) && packed.data.len() as u64 <= u64::from(max_data));
        prop_assert!(unpack(descriptor, packed.entries, packed.converter, &packed.data, CodePage::Cp437).is_ok());
        prop_assert_eq!(packed.complete, packed.data.len() == packed.needed);
    }
}
