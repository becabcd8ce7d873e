use super::*;
use crate::hex::hex;
use crate::pdu::{Bind, ContextElement};
use crate::srvsvc;
use proptest::prelude::*;

/// A bind for srvsvc as smbclient sends it.
pub(super) const BIND: &str =
    "05000b03100000004800000001000000b810b810000000000100000000000100c84f324b7016d30112785a47bf6ee1880300000
    0045d888aeb1cc9119fe808002b10486002000000";

/// The bind_ack Samba answers it with.
const BIND_ACK: &str =
    "05000c03100000004400000001000000b810b810339d00000d005c706970655c7372767376630000010000000000000004
    5d888aeb1cc9119fe808002b10486002000000";

fn unbound() -> Association {
    Association::new(&[srvsvc::INTERFACE], "\\pipe\\srvsvc")
}

fn bound() -> Association {
    let mut association = unbound();
    receive(&mut association, &hex(BIND));
    association
}

/// What bytes lead to where nobody can prove who they are.
fn receive(association: &mut Association, bytes: &[u8]) -> Vec<Event> {
    let mut join = |asked| Some(if asked == 0 { 0x9d33 } else { asked });
    let mut environment = Environment { join: &mut join, authentication: None };
    association.receive(bytes);
    std::iter::from_fn(|| association.next_event(&mut environment)).collect()
}

pub(super) fn only_reply(events: &[Event]) -> &[u8] {
    let ([Event::Reply(reply)] | [Event::Refused(_), Event::Reply(reply)]) = events else {
        panic!("{events:?}")
    };
    reply
}

pub(super) fn request(flags: Flags, call_id: u32, operation: u16, stub: &[u8]) -> Vec<u8> {
    let request = Request { allocation_hint: u32::MAX, context_id: 0, operation, stub };
    Pdu::Request(request).to_bytes_in(flags.bits(), call_id)
}

fn decode(bytes: &[u8]) -> Pdu<'_> {
    use lanward_wire::{Decode, Reader};
    Pdu::decode(&mut Reader::new(bytes)).unwrap()
}

fn statuses(events: &[Event]) -> Vec<Option<Fault>> {
    let status = |event: &Event| match event {
        Event::Reply(bytes) => match decode(bytes) {
            Pdu::Fault(fault) => Some(fault.status),
            _ => None,
        },
        _ => None,
    };
    events.iter().map(status).collect()
}

#[test]
fn a_real_bind_is_answered_like_a_real_server_does() {
    assert_eq!(only_reply(&receive(&mut unbound(), &hex(BIND))), hex(BIND_ACK));
    let Pdu::BindAck(ack) = decode(&hex(BIND_ACK)).clone() else { panic!() };
    assert_eq!((ack.max_transmit, ack.secondary_address.as_slice()), (4280, &b"\\pipe\\srvsvc"[..]));
    assert_eq!(Pdu::BindAck(ack).to_bytes(1), hex(BIND_ACK));
}

#[test]
fn contexts_are_judged_one_by_one() {
    let feature_negotiation = SyntaxId {
        uuid: lanward_nt::Guid::from_fields(0x6cb7_1c2c, 0x9812, 0x4540, [3, 0, 0, 0, 0, 0, 0, 0]),
        major: 1,
        minor: 0,
    };
    let context = |id, interface, transfer_syntaxes| ContextElement { id, interface, transfer_syntaxes };
    let other = SyntaxId { major: 4, ..srvsvc::INTERFACE };
    let contexts = vec![
        context(0, srvsvc::INTERFACE, vec![SyntaxId::NDR64, SyntaxId::NDR]),
        context(1, srvsvc::INTERFACE, vec![SyntaxId::NDR]),
        context(2, srvsvc::INTERFACE, vec![feature_negotiation]),
        context(3, other, vec![SyntaxId::NDR]),
        context(4, srvsvc::INTERFACE, Vec::new()),
    ];
    let bind = Bind { max_transmit: 5840, max_receive: 1, group: 0, contexts };
    let mut association = unbound();
    let events = receive(&mut association, &Pdu::Bind(bind.clone()).to_bytes(7));
    let [Event::Reply(reply)] = events.as_slice() else { panic!("{events:?}") };
    let Pdu::BindAck(ack) = decode(reply) else { panic!() };
    assert_eq!(ack.max_transmit, 1432);
    let expected = [
        ContextResult::accepted(SyntaxId::NDR64),
        ContextResult::accepted(SyntaxId::NDR),
        ContextResult::features(2),
        ContextResult::NO_SUCH_INTERFACE,
        ContextResult::NO_SUCH_TRANSFER_SYNTAX,
    ];
    assert_eq!(ack.results, expected);
    let events = receive(&mut association, &Pdu::AlterContext(bind.clone()).to_bytes(8));
    let [Event::Reply(reply)] = events.as_slice() else { panic!("{events:?}") };
    let Pdu::AlterContextResponse(ack) = decode(reply) else { panic!() };
    assert_eq!((ack.results.as_slice(), ack.secondary_address.len()), (&expected[..], 0));
    let events = receive(&mut association, &Pdu::Bind(bind).to_bytes(9));
    assert_eq!(only_reply(&events), Pdu::BindNak(BindNak::NOT_SPECIFIED).to_bytes(9));
}

#[test]
fn calls_come_in_fragments_and_go_in_fragments() {
    let mut association = bound();
    assert!(receive(&mut association, &request(Flags::FIRST, 2, 15, b"abc")).is_empty());
    assert!(receive(&mut association, &request(Flags::empty(), 2, 15, b"def")).is_empty());
    let mut last = request(Flags::LAST, 2, 15, b"g");
    let split = last.split_off(11);
    assert!(receive(&mut association, &last).is_empty());
    let events = receive(&mut association, &split);
    let [Event::Call(call)] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!((call.operation, call.stub.as_slice()), (15, &b"abcdefg"[..]));

    let answer: Vec<u8> = (0..10_000u32).map(|n| n as u8).collect();
    let mut received = Vec::new();
    let pdus = association.respond(call, Ok(answer.clone()));
    for (i, pdu) in pdus.iter().enumerate() {
        assert!(pdu.len() <= 4280);
        let Pdu::Response(response) = decode(pdu) else { panic!() };
        assert_eq!(response.allocation_hint as usize, answer.len() - received.len());
        assert_eq!(pdu[3], u8::from(i == 0) | u8::from(i == 2) << 1);
        received.extend_from_slice(response.stub);
    }
    assert_eq!((pdus.len(), received == answer), (3, true));
    assert_eq!(association.respond(call, Ok(Vec::new())).len(), 1);
    assert_eq!(
        statuses(&[Event::Reply(association.respond(call, Ok(vec![0; 1 << 21])).remove(0))]),
        [Some(Fault::NO_MEMORY)]
    );
}

#[test]
fn what_does_not_fit_the_state_ends_it() {
    let fatal = [Some(Fault::PROTOCOL_ERROR), None];
    let mut unbound = unbound();
    assert_eq!(statuses(&receive(&mut unbound, &request(Flags::WHOLE, 1, 15, b""))), fatal);
    assert_eq!(statuses(&receive(&mut bound(), &request(Flags::LAST, 1, 15, b""))), fatal);
    let mut mixed = bound();
    receive(&mut mixed, &request(Flags::FIRST, 1, 15, b""));
    assert_eq!(statuses(&receive(&mut mixed, &request(Flags::LAST, 1, 16, b""))), fatal);
    let mut twice = bound();
    receive(&mut twice, &request(Flags::FIRST, 1, 15, b""));
    assert_eq!(statuses(&receive(&mut twice, &request(Flags::FIRST, 2, 15, b""))), fatal);
    let mut endless = bound();
    let part = [0; 60_000];
    receive(&mut endless, &request(Flags::FIRST, 1, 15, &part));
    let outcomes: Vec<_> =
        (0..4).map(|_| statuses(&receive(&mut endless, &request(Flags::empty(), 1, 15, &part)))).collect();
    assert_eq!(outcomes.last().unwrap(), &[Some(Fault::ACCESS_DENIED), None]);
    assert!(matches!(*receive(&mut bound(), b"GET / HTTP/1.0\r\n\r\n"), [Event::Close]));
}

#[test]
fn unknown_contexts_and_given_up_calls() {
    let mut association = bound();
    let stray = Request { allocation_hint: 0, context_id: 9, operation: 15, stub: &[] };
    let events = receive(&mut association, &Pdu::Request(stray).to_bytes(3));
    assert_eq!(statuses(&events), [Some(Fault::UNKNOWN_INTERFACE)]);
    receive(&mut association, &request(Flags::FIRST, 4, 15, b"abc"));
    assert!(receive(&mut association, &Pdu::Other(PacketType::ORPHANED.0).to_bytes(4)).is_empty());
    let events = receive(&mut association, &request(Flags::WHOLE | Flags::MAYBE, 5, 15, b""));
    let [Event::Call(call)] = events.as_slice() else { panic!("{events:?}") };
    assert!(association.respond(call, Err(Fault::OP_RANGE_ERROR)).is_empty());
}

#[test]
fn security_trailers_are_refused() {
    let with_token = |bytes: &str| {
        let mut bytes = hex(bytes);
        bytes.extend_from_slice(&[10, 2, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4]);
        let length = bytes.len() as u8;
        (bytes[8], bytes[10]) = (length, 4);
        bytes
    };
    let mut association = unbound();
    let events = receive(&mut association, &with_token(BIND));
    assert_eq!(only_reply(&events), Pdu::BindNak(BindNak::AUTHENTICATION_TYPE).to_bytes(1));
    assert_eq!(receive(&mut association, &hex(BIND)).len(), 1);
}

proptest! {
    #[test]
    fn nothing_panics_and_memory_is_bounded(pieces in proptest::collection::vec(
        prop_oneof![
            proptest::collection::vec(any::<u8>(), 0..60),
            Just(hex(BIND)),
            (any::<u8>(), 0u32..3, 0u16..60, proptest::collection::vec(any::<u8>(), 0..60))
                .prop_map(|(flags, call, op, stub)| request(Flags::from_bits_retain(flags), call, op, &stub)),
        ], 0..20))
    {
        crate::oracle::association(&pieces.concat(), 7);
    }
}

/// [MS-RPCE] 2.2.2.13
#[test]
fn verification_trailers_are_held_against_the_call() {
    const SIGNATURE: &str = "8ae3137102f43671";
    let ndr = "045d888aeb1cc9119fe808002b10486002000000";
    let interface = "c84f324b7016d30112785a47bf6ee18803000000";
    let outcome = |trailer: &str| {
        let stub = [b"argument".to_vec(), hex(SIGNATURE), hex(trailer)].concat();
        match receive(&mut bound(), &request(Flags::WHOLE, 2, 15, &stub)).as_slice() {
            [Event::Call(call)] => Some(call.stub.len()),
            [Event::Reply(_), Event::Close] => None,
            other => panic!("{other:?}"),
        }
    };
    let contexts = format!("02402800 {interface} {ndr}");
    assert_eq!(outcome(&contexts), Some(8));
    assert_eq!(outcome(&format!("02402800 {ndr} {ndr}")), None);
    assert_eq!(outcome("03401000 00000000 10000000 02000000 0000 0f00"), Some(8));
    assert_eq!(outcome("03401000 00000000 10000000 02000000 0000 1000"), None);
    // Both, and a command nobody knows that need not be understood; and one that must be.
    assert_eq!(outcome(&format!("02002800 {interface} {ndr} 07400400 00000000")), Some(8));
    assert_eq!(outcome("07c00400 00000000"), None);
    // The client says that it asked for header signing, which it did not.
    assert_eq!(outcome("01400400 01000000"), None);
    // Arguments that only look like it.
    assert_eq!(outcome("ffffffff"), Some(20));
    assert_eq!(outcome(&format!("{contexts} {}", "00".repeat(16))), Some(8 + 8 + 44 + 16));
}
