use super::*;
use core::time::Duration;
use lanward_auth::NtHash;
use lanward_auth::mschap::MasterKey;
use lanward_auth::ntlm::Side;
use proptest::prelude::*;

pub(super) fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.chars().map(|c| c.to_digit(16).unwrap() as u8).collect();
    digits.chunks(2).map(|d| d[0] << 4 | d[1]).collect()
}

/// RFC 3079, 3.5.
fn keys() -> MppeKeys {
    let response = hex("82309ecd8d708b5ea08faa3981cd83544233114a3d85d6df");
    let hash = NtHash::of_password(&"clientPass".into());
    MppeKeys::v2(&MasterKey::derive(&hash, &response.try_into().unwrap()))
}

pub(super) fn start(from: Side, strength: KeyStrength) -> StartKey {
    keys().start(from, strength).unwrap()
}

pub(super) const NOW: Duration = Duration::from_secs(9);
const STRENGTHS: [KeyStrength; 3] = [KeyStrength::Bits40, KeyStrength::Bits56, KeyStrength::Bits128];

/// The protocol of IPv4 and an echo request.
pub(super) const PLAIN: &str = "00214500002400010000400166d60a0000020a00000108005435123400016162636465666768";

fn session_key_encrypts(schedule: &KeySchedule, clear: &str) -> Vec<u8> {
    let mut data = clear.as_bytes().to_vec();
    schedule.cipher().apply(&mut data);
    data
}

#[test]
fn rfc_3079_2_5_session_keys_of_v1() {
    let of_start = |strength, start: &str| {
        let bytes: Vec<u8> = hex(start).into_iter().chain([0; 16]).take(16).collect();
        KeySchedule::new(StartKey::new(strength, &bytes.try_into().unwrap())).session_key().to_vec()
    };
    assert_eq!(of_start(KeyStrength::Bits40, "76a152936096d783"), hex("d1269e538cec4a08"));
    assert_eq!(of_start(KeyStrength::Bits56, "76a152936096d783"), hex("d10801538cec4a08"));
    let long = of_start(KeyStrength::Bits128, "a8947850cfc0acc1d1789fb62ddcddb0");
    assert_eq!(long, hex("59d159bc09f76f1da2a86a28ffec0b1e"));
}

#[test]
fn rfc_3079_3_5_session_keys_of_v2() {
    let expected = [
        ("d1269ec49fa62e3e", "929137917e5803d668d75898"),
        // The RFC prints 58 at the end.
        ("d15c00c49fa62e3e", "3f106833fa448da842bc57b8"),
        ("405cb2247a7956e6e211007ae27b22d4", "81848317df68846272fb5abe"),
    ];
    for (strength, (key, sealed)) in STRENGTHS.into_iter().zip(expected) {
        let schedule = KeySchedule::new(start(Side::Server, strength));
        assert_eq!(schedule.session_key().to_vec(), hex(key));
        assert_eq!(session_key_encrypts(&schedule, "test message"), hex(sealed));
    }
}

/// Keys of the packets 0, 1, 2, 0xff, 0x100, 0xfff and of the one after that, without state.
const SCHEDULES: [(KeyStrength, Side, &str, [&str; 7]); 6] = [
    (
        KeyStrength::Bits40,
        Side::Server,
        "d1269ec49fa62e3e",
        [
            "d1269ece4d98d181",
            "d1269edeefbd8aff",
            "d1269eb1a7fcb215",
            "d1269eec59c203cd",
            "d1269e426f77d27d",
            "d1269e5844a39283",
            "d1269ec2f61469cf",
        ],
    ),
    (
        KeyStrength::Bits40,
        Side::Client,
        "d1269ed2ae999038",
        [
            "d1269e772b557ec1",
            "d1269ed36d6287c8",
            "d1269e668c5dd844",
            "d1269ede56e3365a",
            "d1269e2c0b83860e",
            "d1269e1b5f452319",
            "d1269e2c00936ec6",
        ],
    ),
    (
        KeyStrength::Bits56,
        Side::Server,
        "d15c00c49fa62e3e",
        [
            "d16182a2ab481407",
            "d178cc274f63faf1",
            "d1894870daab684a",
            "d1df4d3f9a8e8702",
            "d15b6b02c5fd833d",
            "d198aaa781bfa674",
            "d158aca1ed485954",
        ],
    ),
    (
        KeyStrength::Bits56,
        Side::Client,
        "d16a9bd2ae999038",
        [
            "d1ef3d78b562dea9",
            "d158dcb865db5e4c",
            "d1f665a1ea7713f6",
            "d1cb599c60615fac",
            "d1fd05b26d8c3e7b",
            "d125d6d6fcc63972",
            "d16b3df2272d34f4",
        ],
    ),
    (
        KeyStrength::Bits128,
        Side::Server,
        "405cb2247a7956e6e211007ae27b22d4",
        [
            "726f10500e2b54135b1b74d7682f0471",
            "2805bc7869bec825573a7803e95a3acd",
            "58128c36cabd54968139fd94b5883d4a",
            "7deacf489da29586faeaf17f14fc1773",
            "35aec27e0f3be8c06abf63e57f5d57f9",
            "58d30fea39698607d2627e638f6e12d9",
            "53e2a1b16f09722d2189fc82a18bcbc6",
        ],
    ),
    (
        KeyStrength::Bits128,
        Side::Client,
        "49d11d0f0cc6befba2a9b4b688f91eee",
        [
            "0e09c108101dfddef6c0e2f2d95d0bad",
            "03273439ac5f94c97f13d9133df4dfc5",
            "146489fcdbcddfed41085fb0e7db0166",
            "f9365d685c307f4e2c64020daf26085c",
            "4c2d6483b8afa43b37590b38d7ec131d",
            "e3f0c4af570cb2911d2ba8d4dbff3300",
            "3edb8f1c690523673c8fcc9b0c9b7b5d",
        ],
    ),
];

#[test]
fn rfc_3078_7_keys_of_packets_without_state() {
    for (strength, from, initial, keys) in SCHEDULES {
        let mut schedule = KeySchedule::new(start(from, strength));
        assert_eq!(schedule.session_key().to_vec(), hex(initial));
        let mut at = 0;
        for (number, key) in [1, 2, 3, 0x100, 0x101, 0x1000, 0x1001].into_iter().zip(keys) {
            (at..number).for_each(|_| schedule.rekey());
            at = number;
            assert_eq!(schedule.session_key().to_vec(), hex(key), "{strength:?} {from:?} {number}");
        }
    }
}

#[test]
fn rfc_3078_3_1_frames() {
    use {KeyStrength::*, Mode::*, Side::*};
    let frames = [
        (
            Bits128,
            Stateless,
            Client,
            [
                "90003f79989876c0f2244a21c66eefe661fc2737db57bbb6eb422fb7ba72e17352309e3b32879908",
                "9001fb2e423d06414fa2e00c82d0781b60c95839cc304367acd73cffb7d48b608df084431ced864a",
            ],
        ),
        (
            Bits128,
            Stateless,
            Server,
            [
                "90007058132be04b58bbd366c92419829fba69f232d345f4bc3459108f66d7822b2f3189fab4a555",
                "9001353ca429a615ee5d42dd5b96eb44fa4200b13f711d5a64ae729bcd6e9d278c94bfe18f5b183e",
            ],
        ),
        (
            Bits128,
            Stateful,
            Client,
            [
                "1000c1289f22b5a82fb966909d58e4d6e38f25730c47904397ef8391dd8201ea65477b439b24d2ef",
                "10014bb44320c87b8d43e2327236abeda91ccb5a39fcba476e670b2ae81e26b748e073347d1f77e1",
            ],
        ),
        (
            Bits128,
            Stateful,
            Server,
            [
                "1000f5c0b563ff21e110019a7ddaf914e8b8df693aba0d274762e1b6fbf87dade63476f924e8f3fb",
                "1001d9a8eef9dc1df3c307914f36cfd57fac0a3a7325a1b843c5020b1a686056468766f462506006",
            ],
        ),
        (
            Bits40,
            Stateless,
            Client,
            [
                "9000b243a2901f5409c1912fdbf8f21b938f5ac6907b735d1f3da60a8b6d6517ebc5baa7b7671eeb",
                "9001743feb7fc8c177c1efa867bb77a56f06b9bba92e2affd903629c0c01693962b0804872942ddb",
            ],
        ),
        (
            Bits40,
            Stateless,
            Server,
            [
                "90009edc946694ca408e375e9d44325e1b4517e10f10d1f35c4b75ebd2ed38af1df9c3d5cb42b59f",
                "9001f2031b6c4ddd91fbbb5e7ff269e37e55bb65bda692c7e3b44c9915e60156ec74ec549610a947",
            ],
        ),
        (
            Bits40,
            Stateful,
            Client,
            [
                "1000ae6bca24926f77a66cc6d5dff4d81fa8a0a2b4458450cf86cdda863688e6857bf0d16c7a4a7e",
                "1001a1f583cdee1d97ed11dcd075b5ab30543aae37bc7f375f28f6e261e33a963532e5dd613574a3",
            ],
        ),
        (
            Bits40,
            Stateful,
            Server,
            [
                "1000e6d501e55e1166a41bb67ffc556e7c38f904f0a5e24679cfe8eaf57023e8ed66f81d808d3be2",
                "1001641d6663d16e9b789ac8798655978f15f6aa9add3f18a12c41df66f3ba737f64ea32e154812b",
            ],
        ),
    ];
    for (strength, mode, from, frames) in frames {
        let mut sender = Sender::new(start(from, strength), mode, FlushRule::SameKey);
        let mut receiver = Receiver::new(start(from, strength), mode);
        for frame in frames {
            let mut frame_sent = sent(&mut sender, &hex(PLAIN));
            assert_eq!(frame_sent, hex(frame), "{strength:?} {mode:?} {from:?}");
            let inner = receiver.decrypt(&mut frame_sent, 0, NOW).unwrap();
            assert_eq!(inner, Inner { protocol: 0x21, start: 4 });
            assert_eq!(frame_sent[2..].to_vec(), hex(PLAIN));
        }
    }
}

/// What the sender makes of a packet.
pub(super) fn sent(sender: &mut Sender, plain: &[u8]) -> Vec<u8> {
    let mut packet = plain.to_vec();
    let header = sender.encrypt(&mut packet);
    [&header[..], &packet].concat()
}

fn pair(mode: Mode, rule: FlushRule) -> (Sender, Receiver) {
    let key = || start(Side::Client, KeyStrength::Bits128);
    (Sender::new(key(), mode, rule), Receiver::new(key(), mode))
}

#[test]
fn rfc_3078_8_2_flushed_frames() {
    let frame = |rule, count: u16, ask: bool| {
        let (mut sender, _) = pair(Mode::Stateful, rule);
        for _ in 0..count {
            sent(&mut sender, &hex(PLAIN));
        }
        assert!(!ask || sender.reset_requested(NOW));
        sent(&mut sender, &hex(PLAIN))[..14].to_vec()
    };
    for rule in [FlushRule::AtChange, FlushRule::SameKey, FlushRule::NextKey] {
        assert_eq!(frame(rule, 0xfe, false), hex("10fe62cdbdb2a79bb1fc3bd0e26c"));
        assert_eq!(frame(rule, 0xff, false), hex("90ff3f79989876c0f2244a21c66e"));
        assert_eq!(frame(rule, 0x100, false), hex("1100a5b00bd536b239dcfb12d65f"));
    }
    assert_eq!(frame(FlushRule::AtChange, 3, true), hex("90ff3f79989876c0f2244a21c66e"));
    assert_eq!(frame(FlushRule::SameKey, 3, true), hex("9003c1289f22b5a82fb966909d58"));
    assert_eq!(frame(FlushRule::NextKey, 3, true), hex("90033f79989876c0f2244a21c66e"));
}

#[test]
fn m04_packets_without_a_byte_inside() {
    for mode in [Mode::Stateless, Mode::Stateful] {
        let (mut sender, mut receiver) = pair(mode, FlushRule::SameKey);
        for length in 0..=2 {
            let mut short = vec![0x90; length];
            assert_eq!(receiver.decrypt(&mut short, 0, NOW), Err(Discard::Malformed));
        }
        assert!(receiver.decrypt(&mut sent(&mut sender, &hex(PLAIN)), 0, NOW).is_ok());
    }
}

#[test]
fn m05_flags_that_cannot_be() {
    let (mut sender, mut receiver) = pair(Mode::Stateless, FlushRule::SameKey);
    let good = sent(&mut sender, &hex(PLAIN));
    let with = |flags: u8| [&[good[0] & 0x0f | flags][..], &good[1..]].concat();
    for (flags, why) in [
        (0x80, Discard::Malformed),
        (0x00, Discard::Malformed),
        (0xb0, Discard::Malformed),
        (0x10, Discard::NotFlushed),
    ] {
        assert_eq!(receiver.decrypt(&mut with(flags), 0, NOW), Err(why), "{flags:x}");
    }
    assert!(receiver.decrypt(&mut with(0xd0), 0, NOW).is_ok(), "the bit B means nothing");
    let outcome: Vec<_> = (0..20).map(|_| receiver.decrypt(&mut with(0x80), 0, NOW)).collect();
    assert_eq!(outcome[18], Err(Discard::Hopeless));

    let (mut sender, mut receiver) = pair(Mode::Stateful, FlushRule::SameKey);
    for _ in 0..0xff {
        receiver.decrypt(&mut sent(&mut sender, &hex(PLAIN)), 0, NOW).unwrap();
    }
    let mut boundary = sent(&mut sender, &hex(PLAIN));
    boundary[0] &= 0x7f;
    assert_eq!(receiver.decrypt(&mut boundary, 0, NOW), Err(Discard::Lost { reset: Some(1) }));
    assert!(sender.reset_requested(NOW));
    receiver.decrypt(&mut sent(&mut sender, &hex(PLAIN)), 0, NOW).unwrap();
}

#[test]
fn m06_counts_that_jump_change_nothing() {
    let (mut sender, mut receiver) = pair(Mode::Stateless, FlushRule::SameKey);
    let frames: Vec<_> = (0..200).map(|_| sent(&mut sender, &hex(PLAIN))).collect();
    let mut receive = |n: usize, lost| receiver.decrypt(&mut frames[n].clone(), lost, NOW).map(drop);
    assert_eq!(receive(50, 0), Err(Discard::Ahead));
    assert_eq!(receive(0, 0), Ok(()));
    assert_eq!(receive(1, 0), Ok(()));
    assert_eq!(receive(1, 0), Err(Discard::Stale));
    assert_eq!(receive(0, 0), Err(Discard::Stale));
    assert_eq!(receive(199, 0), Err(Discard::Ahead));
    assert_eq!(receive(199, 10), Err(Discard::Ahead));
    assert_eq!(receive(2, 0), Ok(()));
    assert_eq!(receive(3, 0), Ok(()));
    assert_eq!(receive(100, 96), Ok(()));
    let mut far = frames[0].clone();
    (far[0], far[1]) = (0x9f, 0xff);
    assert_eq!(receiver.decrypt(&mut far, 5000, NOW), Err(Discard::Stale));
}

#[test]
fn m07_noise_changes_nothing_and_ends_in_time() {
    for mode in [Mode::Stateless, Mode::Stateful] {
        let (mut sender, mut receiver) = pair(mode, FlushRule::SameKey);
        let mut noise = 0x1234_5678_u32;
        let mut random = move || {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            noise.to_be_bytes()[0]
        };
        for n in 0..100_u16 {
            let mut bad =
                [&(0x9000 | n).to_be_bytes()[..], &core::array::from_fn::<u8, 40, _>(|_| random())].concat();
            assert!(receiver.decrypt(&mut bad, 0, NOW).is_err());
            let mut good = sent(&mut sender, &hex(PLAIN));
            assert!(receiver.decrypt(&mut good, 0, NOW).is_ok(), "{mode:?} {n}");
        }
        let mut outcome = Vec::new();
        for n in 100..140_u16 {
            let mut bad = [&(0x9000 | n).to_be_bytes()[..], &[0x55; 40]].concat();
            outcome.push(receiver.decrypt(&mut bad, 0, NOW));
        }
        assert!(outcome.contains(&Err(Discard::Hopeless)), "{mode:?}");
    }
}

#[test]
fn m07_keys_for_nothing_wait_for_time() {
    let (mut sender, mut receiver) = pair(Mode::Stateless, FlushRule::SameKey);
    let plain = hex(PLAIN);
    let mut frames = (0..4000).map(|_| sent(&mut sender, &plain));
    receiver.decrypt(&mut frames.nth(1500).unwrap(), 2000, NOW).unwrap();
    let mut late = frames.nth(1500).unwrap();
    assert_eq!(receiver.decrypt(&mut late.clone(), 2000, NOW), Err(Discard::Budget));
    receiver.decrypt(&mut late, 2000, NOW + Duration::from_millis(200)).unwrap();
}

#[test]
fn m08_a_flood_of_requests_for_a_new_start() {
    let (mut sender, _) = pair(Mode::Stateful, FlushRule::SameKey);
    let mut flushed = 0;
    for ms in 0..1000 {
        sender.reset_requested(Duration::from_millis(ms));
        sent(&mut sender, &hex(PLAIN));
        let frame = sent(&mut sender, &hex(PLAIN));
        flushed += usize::from(frame[0] & 0x80 != 0 && frame[1] != 0xff);
    }
    assert!(flushed <= 10);
    let (mut sender, _) = pair(Mode::Stateful, FlushRule::SameKey);
    let heard = (0..1000).filter(|ms| sender.reset_requested(Duration::from_millis(*ms))).count();
    assert!((50..100).contains(&heard), "{heard}");
    let (mut sender, mut receiver) = pair(Mode::Stateless, FlushRule::SameKey);
    assert!(!sender.reset_requested(NOW));
    receiver.decrypt(&mut sent(&mut sender, &hex(PLAIN)), 0, NOW).unwrap();
}

#[test]
fn m09_protocols_that_may_not_be_inside() {
    for protocol in ["c021", "80fd", "00fd", "001f", "00fb", "8021", "c223", "0022", "fd"] {
        let (mut sender, mut receiver) = pair(Mode::Stateless, FlushRule::SameKey);
        let nested = [hex(protocol), hex(PLAIN)[2..].to_vec()].concat();
        let mut frame = sent(&mut sender, &nested);
        assert_eq!(receiver.decrypt(&mut frame, 0, NOW), Err(Discard::Nonsense), "{protocol}");
        receiver.decrypt(&mut sent(&mut sender, &hex(PLAIN)), 0, NOW).unwrap();
    }
}

#[test]
fn a_new_start_that_does_not_come_is_asked_for_again_as_soon_as_it_is_heard() {
    let (mut sender, mut receiver) = pair(Mode::Stateful, FlushRule::SameKey);
    sent(&mut sender, &hex(PLAIN));
    let asked: Vec<u64> = (0..500)
        .step_by(10)
        .filter(|ms| {
            let mut frame = sent(&mut sender, &hex(PLAIN));
            let now = NOW + Duration::from_millis(*ms);
            matches!(receiver.decrypt(&mut frame, 1, now), Err(Discard::Lost { reset: Some(_) }))
        })
        .collect();
    // A sender hears one each 100 ms.
    assert_eq!(asked, [0, 120, 240, 360, 480]);
}

/// Passes `count` packets, of which those that `lose` says are lost, and requests for a new start which may be lost too. Answers how many arrived.
fn through(mode: Mode, rule: FlushRule, count: u32, mut lose: impl FnMut() -> bool) -> (u32, u32) {
    let (mut sender, mut receiver) = pair(mode, rule);
    let (mut arrived, mut sent_through, mut lost) = (0, 0, 0);
    for n in 0..count {
        let now = NOW + Duration::from_millis(u64::from(n) * 150);
        let mut plain = hex(PLAIN);
        plain.extend([n.to_be_bytes()[2], n.to_be_bytes()[3]]);
        let mut frame = sent(&mut sender, &plain);
        if lose() {
            lost += 1;
            continue;
        }
        sent_through += 1;
        match receiver.decrypt(&mut frame, lost, now) {
            Ok(inner) => {
                assert_eq!(inner, Inner { protocol: 0x21, start: 4 });
                assert_eq!(frame[2..], plain[..], "{n}");
                arrived += 1;
            }
            Err(Discard::Lost { reset: Some(_) }) if !lose() => drop(sender.reset_requested(now)),
            Err(Discard::Lost { .. }) => assert_eq!(mode, Mode::Stateful),
            other => panic!("{n}: {other:?}"),
        }
        lost = 0;
    }
    (arrived, sent_through)
}

#[test]
fn whatever_is_not_lost_is_read_and_all_after_a_new_start() {
    for (mode, rule) in [
        (Mode::Stateless, FlushRule::SameKey),
        (Mode::Stateful, FlushRule::AtChange),
        (Mode::Stateful, FlushRule::SameKey),
        (Mode::Stateful, FlushRule::NextKey),
    ] {
        assert_eq!(through(mode, rule, 4200, || false), (4200, 4200));
        let mut turn = 0;
        let (arrived, sent) = through(mode, rule, 4200, || {
            turn += 1;
            turn % 50 == 0
        });
        assert!(arrived > sent * 3 / 4, "{mode:?} {rule:?}: {arrived} of {sent}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_loss_without_state_costs_only_what_is_lost(losses in proptest::collection::vec(0u32..60, 1..40)) {
        let mut losses = losses.into_iter().cycle();
        let mut left = 0;
        let (arrived, sent) = through(Mode::Stateless, FlushRule::SameKey, 300, || {
            if left == 0 {
                left = losses.next().unwrap();
                return false;
            }
            left -= 1;
            true
        });
        prop_assert_eq!(arrived, sent);
    }

    #[test]
    fn any_loss_with_state_ends_with_a_new_start(seed: u32, rule in 0usize..3) {
        let rule = [FlushRule::AtChange, FlushRule::SameKey, FlushRule::NextKey][rule];
        let mut noise = seed;
        let mut n = 0_u32;
        let (arrived, _) = through(Mode::Stateful, rule, 700, || {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            n += 1;
            n < 500 && noise >> 24 < 20
        });
        prop_assert!(arrived >= 150, "{}", arrived);
    }

    #[test]
    fn noise_never_panics(packets in proptest::collection::vec((proptest::collection::vec(any::<u8>(), 0..60), any::<u32>()), 0..50), stateful: bool) {
        let mode = if stateful { Mode::Stateful } else { Mode::Stateless };
        let mut receiver = Receiver::new(start(Side::Client, KeyStrength::Bits40), mode);
        for (mut packet, lost) in packets {
            if let Ok(inner) = receiver.decrypt(&mut packet, lost, NOW) {
                prop_assert!(inner.start <= packet.len());
            }
        }
    }
}

/// There is no integrity: what was changed on the way is read as changed. What is inside has to protect itself.
#[test]
fn m10_bits_that_are_flipped_arrive_flipped() {
    for mode in [Mode::Stateless, Mode::Stateful] {
        let (mut sender, mut receiver) = pair(mode, FlushRule::SameKey);
        let mut frame = sent(&mut sender, &hex(PLAIN));
        let last = frame.len() - 1;
        frame[last] ^= 1;
        receiver.decrypt(&mut frame, 0, NOW).unwrap();
        let mut flipped = hex(PLAIN);
        flipped[last - HEADER] ^= 1;
        assert_eq!(frame[HEADER..], flipped);
        receiver.decrypt(&mut sent(&mut sender, &hex(PLAIN)), 0, NOW).unwrap();
    }
}
