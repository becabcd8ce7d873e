//! What must hold for any input: for fuzzers and tests alike. A panic is the only way to fail.

use crate::Arguments as _;
use crate::{
    Association, Authentication, ClientAssociation, Environment, Event, Fault, NdrReader, PduStream,
    TransferSyntax, epmapper, mgmt, srvsvc, wkssvc,
};
use lanward_auth::ntlm::Claim;
use lanward_auth::{AcceptorConfig, AccountLookup, Accounts, Identity};
use lanward_nt::FileTime;
use std::sync::Arc;

/// Any bytes as a stream of PDUs: each that can be read is written back as what can be read again.
pub fn pdus(bytes: &[u8]) {
    let mut stream = PduStream::default();
    let _ = stream.receive(bytes, |header, pdu| {
        if let Ok(pdu) = pdu {
            let again =
                pdu.to_bytes_in(header.flags.bits() & !crate::pdu::Flags::OBJECT_UUID.bits(), header.call_id);
            let mut second = PduStream::default();
            let mut same = false;
            let read = second.receive(&again, |_, p| {
                same = p.as_ref() == Ok(&pdu);
                true
            });
            assert!(read.is_ok() && same, "a PDU reads back as another");
        }
        true
    });
}

/// Accounts of which there is none.
struct Nobody;

impl Accounts for Nobody {
    fn look_up(&self, _: &Claim, _: FileTime) -> AccountLookup {
        AccountLookup::Unknown
    }

    fn tried(&self, _: &Claim, _: bool, _: FileTime) {}
}

/// Any bytes, in pieces of `piece`, to both ends of an association; every call is answered.
pub fn association(bytes: &[u8], piece: usize) {
    let mut server = Association::new(&[srvsvc::INTERFACE], "\\PIPE\\srvsvc");
    let mut join = |asked: u32| Some(asked.max(1));
    let config = || Arc::new(AcceptorConfig::default());
    let authentication =
        Authentication { accounts: &Nobody, config: &config, now: FileTime(0), challenge: &|| [7; 8] };
    let mut environment = Environment { join: &mut join, authentication: Some(authentication) };
    let mut client = ClientAssociation::new(srvsvc::INTERFACE);
    for piece in bytes.chunks(piece.max(1)) {
        server.receive(piece);
        while let Some(event) = server.next_event(&mut environment) {
            match event {
                Event::Call(call) => {
                    stubs(&call.stub);
                    assert!(
                        server.respond(&call, Err(Fault::OP_RANGE_ERROR)).len() <= 1,
                        "more than one fault"
                    );
                }
                Event::Reply(reply) => assert!(reply.len() <= 5840, "a reply longer than was agreed"),
                Event::Authenticated(context) => {
                    assert_eq!(context.identity, Identity::Anonymous, "nobody has an account");
                }
                Event::Refused(_) | Event::Close => {}
            }
        }
        let _ = client.receive(piece);
    }
}

/// Any bytes as the arguments or results of every operation.
pub fn stubs(bytes: &[u8]) {
    fn read<T>(bytes: &[u8], decode: impl Fn(&mut NdrReader<'_>) -> Result<T, lanward_wire::DecodeError>) {
        for syntax in [TransferSyntax::Ndr, TransferSyntax::Ndr64] {
            for big_endian in [false, true] {
                let _ = decode(&mut NdrReader::with_syntax(bytes, syntax).big_endian(big_endian));
            }
        }
    }
    read(bytes, srvsvc::ShareEnumRequest::decode);
    read(bytes, srvsvc::ShareEnumResponse::decode);
    read(bytes, srvsvc::ShareGetInfoRequest::decode);
    read(bytes, srvsvc::ShareGetInfoResponse::decode);
    read(bytes, srvsvc::ServerGetInfoRequest::decode);
    read(bytes, srvsvc::ServerGetInfoResponse::decode);
    read(bytes, srvsvc::RemoteTodRequest::decode);
    read(bytes, srvsvc::RemoteTodResponse::decode);
    read(bytes, epmapper::LookupRequest::decode);
    read(bytes, epmapper::LookupResponse::decode);
    read(bytes, epmapper::MapRequest::decode);
    read(bytes, epmapper::MapResponse::decode);
    read(bytes, mgmt::InquireInterfacesResponse::decode);
    read(bytes, mgmt::InquireStatisticsResponse::decode);
    read(bytes, mgmt::InquirePrincipalRequest::decode);
    read(bytes, mgmt::InquirePrincipalResponse::decode);
    read(bytes, wkssvc::WorkstationGetInfoRequest::decode);
    read(bytes, wkssvc::WorkstationGetInfoResponse::decode);
    crate::oracle_services::services(bytes);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_bytes(bytes in proptest::collection::vec(prop_oneof![3 => Just(0u8), 1 => 0u8..6, 1 => any::<u8>()], 0..300)) {
            super::stubs(&bytes);
            super::pdus(&bytes);
        }

        #[test]
        fn any_pdu(packet_type in 0u8..20, flags: u8, body in proptest::collection::vec(any::<u8>(), 0..80)) {
            let mut bytes = vec![5, 0, packet_type, flags, 0x10, 0, 0, 0, 16 + body.len() as u8, 0, 0, 0, 1, 0, 0, 0];
            bytes.extend(body);
            super::pdus(&bytes);
            super::association(&bytes, 5);
        }
    }
}
