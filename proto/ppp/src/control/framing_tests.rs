//! The stream, cut and joined in every way, and every type with every length that is wrong.

use lanward_wire::Encode;
use proptest::prelude::*;

use super::vectors::messages;
use super::*;

/// All that comes out of a stream that is read in these pieces, and how it ends.
fn read(pieces: &[&[u8]]) -> (Vec<ControlMessage>, Result<(), FramingError>) {
    let (mut framing, mut messages) = (Framing::new(), Vec::new());
    for mut piece in pieces.iter().copied() {
        loop {
            match framing.next(&mut piece) {
                Ok(Some(message)) => messages.push(message),
                Ok(None) => break,
                Err(error) => return (messages, Err(error)),
            }
        }
        assert!(piece.is_empty(), "left behind");
    }
    (messages, Ok(()))
}

#[test]
fn every_split_and_all_at_once_are_the_same() {
    let expected: Vec<_> = messages().into_iter().map(|(message, _)| message).collect();
    let stream: Vec<u8> = messages().into_iter().flat_map(|(_, bytes)| bytes).collect();
    assert_eq!(read(&[&stream]), (expected.clone(), Ok(())));
    let octets: Vec<&[u8]> = stream.chunks(1).collect();
    assert_eq!(read(&octets), (expected.clone(), Ok(())));
    for at in 0..stream.len() {
        let (head, tail) = stream.split_at(at);
        assert_eq!(read(&[head, tail]), (expected.clone(), Ok(())), "split at {at}");
    }
}

#[test]
fn every_type_with_every_wrong_length_is_told_by_its_tenth_octet() {
    for (message, bytes) in messages() {
        let size = u16::try_from(bytes.len()).unwrap();
        for len in [0, 1, 2, 11, 12, size - 1, size, size + 1, 65535] {
            let mut changed = bytes.clone();
            changed[..2].copy_from_slice(&len.to_be_bytes());
            let (read_so_far, end) = read(&[&changed[..10]]);
            assert_eq!(read_so_far, []);
            if len == size {
                assert_eq!(end, Ok(()));
                continue;
            }
            assert_eq!(end, Err(FramingError::Length(len)), "{:?}", message.message_type());
            if !(12..=220).contains(&len) {
                assert_eq!(read(&[&changed[..2]]).1, Err(FramingError::Length(len)), "two octets are enough");
            }
        }
    }
}

#[test]
fn the_first_field_that_is_wrong_is_enough() {
    let (_, good) = messages().swap_remove(0);
    for (at, octet, needed, error) in [
        (3, 2, 4, FramingError::MessageType(2)),
        (7, 0x4e, 8, FramingError::Magic(0x1a2b_3c4e)),
        (9, 0, 10, FramingError::ControlMessageType(0)),
        (9, 16, 10, FramingError::ControlMessageType(16)),
    ] {
        let mut bytes = good.clone();
        bytes[at] = octet;
        assert_eq!(read(&[&bytes[..needed - 1]]).1, Ok(()));
        assert_eq!(read(&[&bytes[..needed]]).1, Err(error));
    }
}

#[test]
fn after_an_error_there_is_no_next_message() {
    let mut framing = Framing::new();
    assert!(framing.next(&mut &[0, 0][..]).is_err());
    let (_, good) = messages().swap_remove(2);
    assert!(framing.next(&mut &good[..]).is_err());
}

#[test]
fn reserved_fields_are_suffered_and_counted() {
    let mut framing = Framing::new();
    let (message, mut bytes) = messages().swap_remove(4);
    bytes[11] = 7;
    assert_eq!(framing.next(&mut &bytes[..]), Ok(Some(message)));
    assert_eq!(framing.reserved_not_zero(), 1);
}

proptest! {
    #[test]
    fn any_stream_gives_the_same_in_any_pieces(
        picks in proptest::collection::vec((0usize..15, any::<u8>(), 0usize..64), 0..6),
        cut in 1usize..40,
    ) {
        let messages = messages();
        let mut stream = Vec::new();
        for (pick, octet, at) in picks {
            let mut bytes = messages[pick].1.clone();
            // A field of the body, mostly; now and then of the header.
            if let Some(place) = bytes.get_mut(at) {
                *place = octet;
            }
            stream.extend(bytes);
        }
        let whole = read(&[&stream]);
        let pieces: Vec<&[u8]> = stream.chunks(cut).collect();
        prop_assert_eq!(&read(&pieces), &whole);
        for message in whole.0 {
            let again = message.to_bytes();
            prop_assert_eq!(read(&[&again]).0, vec![message]);
        }
    }
}
