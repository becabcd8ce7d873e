//! Keys that stay, over a way that loses packets, with receivers that differ in what they make of a new start.

use super::header::{Header, after, changes_key};
use super::rc4::Rc4;
use super::tests::{NOW, PLAIN, hex, sent, start};
use super::*;
use core::time::Duration;
use lanward_auth::ntlm::Side;
use proptest::prelude::*;

/// When a receiver changes the key for a packet with a new start that is none of those that end in ff.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Never (RFC 3078, 8.2).
    Rfc,
    /// Once, as Linux does.
    Linux,
}

/// A receiver that knows the sender's rule and tries nothing: what it cannot read it does not read ever after.
struct Peer {
    kind: Kind,
    keys: KeySchedule,
    cipher: Rc4,
    /// Of the packet that is waited for, or was when the first one was lost.
    expected: u16,
    lost: bool,
}

impl Peer {
    fn new(kind: Kind) -> Self {
        let keys = KeySchedule::new(start(Side::Client, KeyStrength::Bits128));
        Self { kind, cipher: keys.cipher(), keys, expected: 0, lost: false }
    }

    /// What it reads of a packet; `None` when it wants a new start instead.
    fn read(&mut self, frame: &[u8]) -> Option<Vec<u8>> {
        let (header, sealed) = frame.split_first_chunk::<HEADER>().unwrap();
        let header = Header::from_bytes(*header);
        let in_order = header.count == self.expected && !self.lost;
        // Linux asks for a new start even where one comes by itself.
        let resumes = header.flushed && (self.lost || self.kind == Kind::Rfc);
        if !in_order && !resumes {
            self.lost = true;
            return None;
        }
        if header.flushed {
            // One for each packet that changes the key, with those that never came.
            let mut page = self.expected >> 8;
            while page != header.count >> 8 {
                self.keys.rekey();
                page = (page + 1) & 0xf;
            }
            if changes_key(header.count) || self.kind == Kind::Linux {
                self.keys.rekey();
            }
            self.cipher = self.keys.cipher();
        }
        (self.expected, self.lost) = (after(header.count), false);
        let mut clear = sealed.to_vec();
        self.cipher.apply(&mut clear);
        Some(clear)
    }
}

/// Sends packets 20 ms apart, of which those are lost that `lose` says, as are requests for a new start and their acknowledgements. Answers how many of
/// the last hundred, of which none is lost, were read.
fn at_the_end(rule: FlushRule, kind: Kind, count: u32, mut lose: impl FnMut() -> bool) -> usize {
    let mut sender = Sender::new(start(Side::Client, KeyStrength::Bits128), Mode::Stateful, rule);
    let mut peer = Peer::new(kind);
    // Until it hears that a new start comes it reads nothing; it asks again after a second, or when what it was told of does not come.
    let mut asked: Option<Duration> = None;
    let mut read = 0;
    for n in 0..count + 200 {
        let mut lost = || n < count && lose();
        let now = NOW + Duration::from_millis(u64::from(n) * 20);
        let mut plain = hex(PLAIN);
        plain.extend(n.to_be_bytes());
        let frame = sent(&mut sender, &plain);
        if lost() || asked.is_some_and(|at| now < at + Duration::from_secs(1)) {
            continue;
        }
        match asked.map_or_else(|| peer.read(&frame), |_| None) {
            Some(clear) => {
                assert_eq!(clear, plain, "{n}: another key");
                read += usize::from(n >= count + 100);
            }
            None => {
                let acknowledged = !lost() && sender.reset_requested(now) && !lost();
                asked = (!acknowledged).then_some(now);
            }
        }
    }
    read
}

fn noise(seed: u32, of_256: u32) -> impl FnMut() -> bool {
    let mut noise = seed;
    move || {
        noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        noise >> 24 < of_256
    }
}

#[test]
fn a_receiver_of_linux_and_one_of_the_rfc_read_on_after_a_loss() {
    for kind in [Kind::Linux, Kind::Rfc] {
        for lost in [3, 0xfe, 0xff, 0x100, 0x1ff] {
            let mut n = 0;
            let read = at_the_end(FlushRule::default(), kind, 300, || {
                n += 1;
                n == lost
            });
            assert_eq!(read, 100, "{kind:?} {lost:x}");
        }
    }
}

#[test]
fn each_reads_what_follows_its_own_rule() {
    for (kind, rule) in [(Kind::Linux, FlushRule::NextKey), (Kind::Rfc, FlushRule::SameKey)] {
        let mut n = 0;
        let read = at_the_end(rule, kind, 300, || {
            n += 1;
            n == 7 || n == 90
        });
        assert_eq!(read, 100, "{kind:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_loss_ends_with_what_follows_being_read(seed: u32, linux: bool, of_256 in 0u32..20) {
        let kind = if linux { Kind::Linux } else { Kind::Rfc };
        prop_assert_eq!(at_the_end(FlushRule::default(), kind, 900, noise(seed, of_256)), 100);
    }
}
