//! The oracles, over frames that are mostly in order.

use crate::oracle;
use proptest::prelude::*;

/// A frame of a protocol that means something here, with a packet whose length is more often right than not.
fn frames() -> impl Strategy<Value = Vec<u8>> {
    let protocol = prop_oneof![
        4 => Just(0xc021u16),
        2 => Just(0x8021),
        2 => Just(0x80fd),
        1 => Just(0x8057),
        2 => Just(0xc223),
        1 => Just(0xc227),
        1 => Just(0xc023),
        1 => Just(0x00fd),
        1 => Just(0x0021),
        1 => any::<u16>(),
    ];
    let options = prop::collection::vec((0u8..24, prop::collection::vec(any::<u8>(), 0..8)), 0..6).prop_map(
        |options| {
            let encoded =
                options.iter().map(|(kind, value)| [&[*kind, value.len() as u8 + 2], &value[..]].concat());
            encoded.collect::<Vec<_>>().concat()
        },
    );
    let data = prop_oneof![3 => options, 1 => prop::collection::vec(any::<u8>(), 0..60)];
    (protocol, 0u8..17, 0u8..6, data, prop::option::weighted(0.1, any::<u16>())).prop_map(
        |(protocol, code, identifier, data, length)| {
            let length = length.unwrap_or(data.len() as u16 + 4);
            [&protocol.to_be_bytes()[..], &[code, identifier], &length.to_be_bytes(), &data].concat()
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn one_end_stays_within_its_bounds(
        first: u8,
        frames in prop::collection::vec(prop_oneof![5 => frames(), 1 => Just(Vec::new())], 0..60),
    ) {
        let frames = frames.into_iter().map(|frame| [vec![frame.len() as u8], frame].concat());
        oracle::link(&[vec![first], frames.collect::<Vec<_>>().concat()].concat());
    }

    #[test]
    fn two_ends_and_a_stranger(
        policies: [u8; 2],
        loss in 0u8..120,
        frames in prop::collection::vec((0u8..2, any::<u8>(), frames()), 0..12),
    ) {
        let frames = frames.into_iter().map(|(to, pause, frame)| [vec![to, pause, frame.len() as u8], frame].concat());
        oracle::links(&[vec![policies[0], policies[1], loss], frames.collect::<Vec<_>>().concat()].concat());
    }

    #[test]
    fn any_bytes_at_all(bytes: Vec<u8>) {
        oracle::link(&bytes);
        oracle::links(&bytes);
    }
}
