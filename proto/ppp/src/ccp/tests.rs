use super::*;

const DEFAULT: u32 = 0x0100_0040;

fn policy(strengths: &[KeyStrength], stateful: bool) -> MppePolicy {
    MppePolicy { strengths: strengths.to_vec(), stateful, ..MppePolicy::default() }
}

fn ccp(policy: &MppePolicy) -> Ccp {
    Ccp::new(policy, |_| true).unwrap()
}

fn judge(ccp: &mut Ccp, value: &[u8]) -> Answer {
    ccp.judge(ConfigureOption { kind: MPPE, value }, &mut |_| {})
}

fn insists(bits: u32) -> Answer {
    Answer::Insist(bits.to_be_bytes().to_vec())
}

const ALL: [KeyStrength; 3] = [KeyStrength::Bits40, KeyStrength::Bits56, KeyStrength::Bits128];

/// Offers of real peers, and of none.
#[test]
fn m01_offers_of_any_bits_end_with_one_that_is_allowed() {
    let strong = MppePolicy::default();
    assert_eq!(judge(&mut ccp(&strong), &DEFAULT.to_be_bytes()), Answer::Ack);
    for bits in [
        0,           // which is to say nothing
        0x0100_00e1, // Windows XP: every length, and compression
        0x0100_00e0,
        0x0100_0041,
        0x0000_0040, // with state
        0x0100_0060,
        0x0100_0050, // an obsolete bit
        0x0100_0020,
        0xffff_ffff,
        0x8100_0040,
        STATELESS,
    ] {
        assert_eq!(judge(&mut ccp(&strong), &u32::to_be_bytes(bits)), insists(DEFAULT), "{bits:x}");
    }
    for length in [0, 1, 2, 3, 5, 6, 253] {
        assert_eq!(judge(&mut ccp(&strong), &vec![1; length]), insists(DEFAULT), "{length}");
    }
    let mut weak = ccp(&policy(&ALL, true));
    assert_eq!(judge(&mut weak, &0x0000_0020_u32.to_be_bytes()), Answer::Ack, "Windows 95");
    assert_eq!(judge(&mut weak, &0x0000_00e1_u32.to_be_bytes()), insists(0x40));
    assert_eq!(judge(&mut weak, &0x0100_00a0_u32.to_be_bytes()), insists(0x0100_0080));
    for other in [0, 17, 21, 26, 255] {
        let option = ConfigureOption { kind: other, value: &[1; 4] };
        assert_eq!(weak.judge(option, &mut |_| {}), Answer::Reject, "{other}");
    }
}

/// Whoever is between two ends and changes what they offer gets no less than either wants.
#[test]
fn m02_nobody_talks_an_end_into_less() {
    let mut strong = ccp(&MppePolicy::default());
    for less in [0x0100_0020_u32, 0x0100_0080, 0x0000_0040, 0, 1, 0x0100_0001] {
        let suggested = ConfigureOption { kind: MPPE, value: &less.to_be_bytes() };
        strong.suggested(suggested, &mut |_| {}).unwrap();
        let mut asked = Vec::new();
        strong.request(&mut asked);
        assert_eq!(asked, [&[18, 6][..], &DEFAULT.to_be_bytes()].concat(), "{less:x}");
    }
    let option = ConfigureOption { kind: MPPE, value: &DEFAULT.to_be_bytes() };
    assert_eq!(strong.rejected(option), Err(CloseReason::EncryptionRequired));
    let mut missing = Vec::new();
    strong.missing(Options::decode(&[]).unwrap(), 0, &mut missing);
    assert_eq!(missing, [&[18, 6][..], &DEFAULT.to_be_bytes()].concat(), "nothing is no answer");
}
