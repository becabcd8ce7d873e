use super::*;
use crate::bucket::Bucket;
use crate::frame::Protocol;
use crate::link::LinkEvent;

/// Asks for one option with a value, and takes any value of it but zero.
#[derive(Debug)]
struct Number {
    ask: u8,
    peer: Option<u8>,
}

impl Negotiable for Number {
    const PROTOCOL: Protocol = Protocol::IPCP;

    fn request(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&[1, 3, self.ask]);
    }

    fn judge(&mut self, option: ConfigureOption<'_>, _rng: &mut dyn FnMut(&mut [u8])) -> Answer {
        match (option.kind, option.value) {
            (1, [0]) => Answer::Nak(vec![9]),
            (2, [0]) => Answer::Insist(vec![9; 40]),
            (1 | 2, _) => Answer::Ack,
            _ => Answer::Reject,
        }
    }

    fn agree(&mut self, options: Options<'_>) {
        self.peer = options.iter().next().and_then(|option| option.value.first().copied());
    }

    fn suggested(
        &mut self,
        option: ConfigureOption<'_>,
        _rng: &mut dyn FnMut(&mut [u8]),
    ) -> Result<(), CloseReason> {
        self.ask = option.value.first().copied().unwrap_or(0);
        Ok(())
    }

    fn rejected(&mut self, _option: ConfigureOption<'_>) -> Result<(), CloseReason> {
        Err(CloseReason::AddressRefused)
    }
}

struct Bench {
    negotiation: Negotiation<Number>,
    rejects: Bucket,
    now: Duration,
    mru: usize,
}

impl Bench {
    fn new() -> Self {
        let negotiation = Negotiation::new(Number { ask: 5, peer: None });
        Self { negotiation, rejects: Bucket::new(10, Duration::ZERO), now: Duration::ZERO, mru: 1500 }
    }

    /// What is sent, without the frame's header, and what changes.
    fn act(
        &mut self,
        act: impl FnOnce(&mut Negotiation<Number>, &mut Context<'_>) -> Changes,
    ) -> (Vec<Vec<u8>>, Changes) {
        let mut out = Vec::new();
        let mut rng = |_: &mut [u8]| {};
        let Self { rejects, now, mru, .. } = self;
        let mut context = Context { now: *now, rng: &mut rng, out: &mut out, mru: *mru, rejects };
        let changes = act(&mut self.negotiation, &mut context);
        let frames = out.into_iter().map(|event| match event {
            LinkEvent::Send(frame) => frame[4..].to_vec(),
            other => panic!("{other:?}"),
        });
        (frames.collect(), changes)
    }

    fn receive(&mut self, bytes: &[u8]) -> (Vec<Vec<u8>>, Changes) {
        let packet = Packet::decode(bytes).unwrap();
        self.act(|negotiation, context| negotiation.receive(&packet, context))
    }

    fn tick(&mut self) -> (Vec<Vec<u8>>, Changes) {
        self.now = self.negotiation.deadline().unwrap();
        self.act(Negotiation::tick)
    }
}

const NONE: Changes = Changes { down: false, up: false, finished: None, terminated: false };

#[test]
fn a_request_is_repeated_as_it_was_and_given_up_in_the_end() {
    let mut bench = Bench::new();
    let (first, _) = bench.act(Negotiation::start);
    assert_eq!(first, [[1, 1, 0, 7, 1, 3, 5]]);
    let mut times = vec![0];
    let end = loop {
        let (frames, changes) = bench.tick();
        if frames.is_empty() {
            break changes;
        }
        assert_eq!(frames, first);
        times.push(bench.now.as_secs());
    };
    assert_eq!(times, [0, 1, 4, 7, 10, 13, 16, 19, 22, 25]);
    assert_eq!(end, Changes { finished: Some(End::Timeout), ..NONE });
    assert_eq!(bench.negotiation.deadline(), None);
}

#[test]
fn a_request_with_something_new_in_it_has_a_new_identifier() {
    let mut bench = Bench::new();
    bench.act(Negotiation::start);
    assert_eq!(bench.receive(&[3, 1, 0, 7, 1, 3, 8]).0, [[1, 2, 0, 7, 1, 3, 8]]);
    assert!(bench.receive(&[3, 1, 0, 7, 1, 3, 9]).0.is_empty(), "that was answered");
    assert_eq!(bench.receive(&[2, 2, 0, 7, 1, 3, 8]), (vec![], NONE));
    let (frames, changes) = bench.receive(&[1, 77, 0, 7, 1, 3, 4]);
    assert_eq!(frames, [[2, 77, 0, 7, 1, 3, 4]]);
    assert_eq!(changes, Changes { up: true, ..NONE });
    assert_eq!(bench.negotiation.options.peer, Some(4));
    assert_eq!(bench.negotiation.deadline(), None);
    assert_eq!(bench.receive(&[2, 2, 0, 7, 1, 3, 8]), (vec![], NONE), "an acknowledgement that came twice");
}

#[test]
fn after_max_failure_what_may_be_missing_is_rejected_and_what_may_not_is_the_end() {
    let mut bench = Bench::new();
    bench.act(Negotiation::start);
    for id in 0..5 {
        assert_eq!(bench.receive(&[1, id, 0, 7, 1, 3, 0]).0, [[3, id, 0, 7, 1, 3, 9]]);
    }
    for id in 5..10 {
        assert_eq!(bench.receive(&[1, id, 0, 7, 1, 3, 0]).0, [[4, id, 0, 7, 1, 3, 0]]);
    }
    assert_eq!(bench.receive(&[1, 10, 0, 7, 1, 3, 0]).1.finished, Some(End::NoAgreement));
    let mut bench = Bench::new();
    bench.act(Negotiation::start);
    for id in 0..5 {
        assert_eq!(bench.receive(&[1, id, 0, 7, 2, 3, 0]).0[0][0], 3);
    }
    assert_eq!(bench.receive(&[1, 5, 0, 7, 2, 3, 0]).1.finished, Some(End::NoAgreement));
}

/// A request that comes again because its answer was lost is the same disagreement, and is answered as before, if not forever.
#[test]
fn a_request_that_is_repeated_is_refused_once() {
    let mut bench = Bench::new();
    bench.act(Negotiation::start);
    for _ in 0..64 {
        assert_eq!(bench.receive(&[1, 1, 0, 7, 2, 3, 0]).0[0][..2], [3, 1]);
    }
    assert_eq!(bench.receive(&[1, 1, 0, 7, 2, 3, 0]).1.finished, Some(End::NoAgreement));
}

/// A Nak can be longer than the request it answers: one that is longer than the peer takes is not sent.
#[test]
fn p02_a_refusal_fits_or_is_not_sent() {
    let mut bench = Bench::new();
    bench.act(Negotiation::start);
    bench.mru = 45;
    assert_eq!(bench.receive(&[1, 1, 0, 7, 2, 3, 0]), (vec![], NONE));
    bench.mru = 46;
    assert_eq!(bench.receive(&[1, 1, 0, 7, 2, 3, 0]).0[0].len(), 46);
}

#[test]
fn what_is_refused_for_good_ends_it_for_its_reason() {
    let mut bench = Bench::new();
    bench.act(Negotiation::start);
    let (_, changes) = bench.receive(&[4, 1, 0, 7, 1, 3, 5]);
    assert_eq!(changes.finished, Some(End::Refused(CloseReason::AddressRefused)));
}

#[test]
fn an_end_is_asked_for_twice() {
    let mut bench = Bench::new();
    bench.act(Negotiation::start);
    assert_eq!(bench.act(Negotiation::close).0, [[5, 2, 0, 4]]);
    assert!(bench.negotiation.is_closing());
    assert_eq!(bench.tick().0[0][0], 5);
    assert_eq!(bench.tick().1.finished, Some(End::Closed));
    assert_eq!(bench.now.as_secs(), 4);
    assert_eq!(bench.receive(&[1, 9, 0, 4]).0, [[6, 9, 0, 4]], "it is over");
}

#[test]
fn the_peers_end_is_granted_and_waited_for() {
    let mut bench = Bench::new();
    bench.act(Negotiation::start);
    bench.receive(&[2, 1, 0, 7, 1, 3, 5]);
    assert!(bench.receive(&[1, 9, 0, 4]).1.up);
    let (frames, changes) = bench.receive(&[5, 3, 0, 4]);
    assert_eq!(frames, [[6, 3, 0, 4]]);
    assert_eq!(changes, Changes { down: true, terminated: true, ..NONE });
    assert_eq!(bench.tick().1.finished, Some(End::Peer));
}

#[test]
fn p07_only_what_answers_the_last_request_counts() {
    let mut bench = Bench::new();
    bench.act(Negotiation::start);
    for packet in [
        &[2, 0, 0, 7, 1, 3, 5][..],
        &[2, 1, 0, 7, 1, 3, 6],
        &[2, 1, 0, 4],
        &[4, 1, 0, 7, 2, 3, 5],
        &[4, 1, 0, 7, 1, 3, 6],
        &[4, 1, 0, 4],
        &[3, 1, 0, 4],
    ] {
        assert_eq!(bench.receive(packet), (vec![], NONE), "{packet:?}");
    }
    assert_eq!(bench.receive(&[3, 1, 0, 7, 1, 3, 6]).0, [[1, 2, 0, 7, 1, 3, 6]]);
}
