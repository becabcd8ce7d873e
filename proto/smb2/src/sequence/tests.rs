use super::*;
use proptest::prelude::*;
use std::collections::BTreeSet;

/// The same rules over sets of every number ever granted and received.
struct Model {
    granted: u64,
    open: BTreeSet<u64>,
    in_flight: u64,
    max: u64,
}

impl Model {
    fn consume(&mut self, first: u64, charge: u16) -> bool {
        if u64::from(charge) > self.max {
            return false;
        }
        let numbers: Vec<u64> = (0..u64::from(charge.max(1))).filter_map(|n| first.checked_add(n)).collect();
        let whole = numbers.len() == usize::from(charge.max(1));
        if !whole || !numbers.iter().all(|n| self.open.contains(n)) {
            return false;
        }
        numbers.iter().for_each(|n| assert!(self.open.remove(n)));
        self.in_flight += numbers.len() as u64;
        true
    }

    fn grant(&mut self, charge: u16, requested: u16) -> u64 {
        self.in_flight -= u64::from(charge.max(1));
        let mut granted = 0;
        let wanted = if self.open.is_empty() { requested.max(1) } else { requested };
        while granted < u64::from(wanted)
            && (self.open.len() as u64) + self.in_flight < self.max
            && self.open.first().is_none_or(|low| self.granted - low < 2 * self.max)
        {
            self.open.insert(self.granted);
            self.granted += 1;
            granted += 1;
        }
        granted
    }
}

#[derive(Debug, Clone)]
enum Step {
    /// A request at this distance from the lowest open number.
    Receive { offset: i16, charge: u16 },
    /// An answer to the n-th request that waits for one.
    Answer { which: prop::sample::Index, requested: u16 },
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (-3..70i16, 0..6u16).prop_map(|(offset, charge)| Step::Receive { offset, charge }),
        1 => (any::<i16>(), any::<u16>()).prop_map(|(offset, charge)| Step::Receive { offset, charge }),
        4 => (any::<prop::sample::Index>(), 0..40u16)
            .prop_map(|(which, requested)| Step::Answer { which, requested }),
        1 => (any::<prop::sample::Index>(), any::<u16>())
            .prop_map(|(which, requested)| Step::Answer { which, requested }),
    ]
}

proptest! {
    #[test]
    fn same_as_the_model(max in 1..100u16, steps in prop::collection::vec(step(), 0..400)) {
        let mut window = SequenceWindow::new(max);
        let mut model = Model { granted: 1, open: [0].into(), in_flight: 0, max: max.into() };
        let mut waiting = Vec::new();
        for step in steps {
            match step {
                Step::Receive { offset, charge } => {
                    let low = model.open.first().copied().unwrap_or(model.granted);
                    let first = low.wrapping_add_signed(offset.into());
                    let taken = window.consume(MessageId(first), charge);
                    prop_assert_eq!(taken.is_ok(), model.consume(first, charge));
                    if taken.is_ok() {
                        waiting.push(charge);
                    }
                }
                Step::Answer { which, requested } if !waiting.is_empty() => {
                    let charge = waiting.swap_remove(which.index(waiting.len()));
                    let granted = window.grant(charge, requested);
                    prop_assert_eq!(u64::from(granted), model.grant(charge, requested));
                }
                Step::Answer { .. } => {}
            }
            prop_assert_eq!(u64::from(window.available()), model.open.len() as u64);
            prop_assert_eq!(u64::from(window.in_flight()), model.in_flight);
            prop_assert!(window.available() + window.in_flight() <= max.into());
            prop_assert!(window.available() > 0 || window.in_flight() > 0);
        }
    }
}

#[test]
fn grows_as_the_specification_says() {
    let mut window = SequenceWindow::new(512);
    assert_eq!(window.consume(MessageId(0), 0), Ok(()));
    assert_eq!(window.grant(0, 3), 3);
    assert_eq!(window.consume(MessageId(2), 1), Ok(()), "out of sequence");
    assert_eq!(window.consume(MessageId(2), 1), Err(SequenceError::Received));
    assert_eq!(window.consume(MessageId(0), 1), Err(SequenceError::Received));
    assert_eq!(window.consume(MessageId(4), 1), Err(SequenceError::OutsideWindow));
    assert_eq!(window.consume(MessageId(3), 2), Err(SequenceError::OutsideWindow));
    assert_eq!(window.consume(MessageId(1), 3), Err(SequenceError::Received));
    assert_eq!(window.consume(MessageId(3), 1), Ok(()));
    assert_eq!(window.available(), 1);
}

#[test]
fn a_client_that_asks_for_nothing_keeps_one() {
    let mut window = SequenceWindow::new(512);
    for n in 0..1000 {
        assert_eq!(window.consume(MessageId(n), 1), Ok(()));
        assert_eq!(window.grant(1, 0), 1);
    }
}

#[test]
fn requests_not_yet_answered_count_against_the_maximum() {
    let mut window = SequenceWindow::new(16);
    window.consume(MessageId(0), 1).unwrap();
    assert_eq!(window.grant(1, u16::MAX), 16);
    for n in 1..=16 {
        window.consume(MessageId(n), 1).unwrap();
    }
    assert_eq!(window.grant(1, u16::MAX), 1);
    assert_eq!(window.grant(1, 0), 0, "one is held already");
    assert_eq!(window.grant(1, u16::MAX), 2);
}

#[test]
fn a_number_held_back_stops_the_window() {
    let mut window = SequenceWindow::new(10);
    window.consume(MessageId(0), 1).unwrap();
    assert_eq!(window.grant(1, 10), 10);
    let mut n = 2; // 1 is never sent
    while window.consume(MessageId(n), 1).is_ok() {
        window.grant(1, 10);
        n += 1;
    }
    assert_eq!(n, 21);
    assert_eq!(window.available(), 1);
    window.consume(MessageId(1), 1).unwrap();
    assert_eq!(window.grant(1, 10), 10);
}

#[test]
fn one_charge_may_take_the_whole_window() {
    let mut window = SequenceWindow::new(u16::MAX);
    window.consume(MessageId(0), 1).unwrap();
    assert_eq!(window.grant(1, u16::MAX), 8192);
    assert_eq!(window.consume(MessageId(1), u16::MAX), Err(SequenceError::OutsideWindow));
    assert_eq!(window.consume(MessageId(1), 8192), Ok(()));
    assert_eq!(window.available(), 0);
    assert_eq!(window.grant(8192, 0), 1);
    assert_eq!(window.consume(MessageId(8193), 1), Ok(()));
}

#[test]
fn the_numbers_end_below_the_one_of_oplock_breaks() {
    let mut window = SequenceWindow::new(4);
    (window.low, window.high) = (u64::MAX - 2, u64::MAX - 1);
    window.consume(MessageId(u64::MAX - 2), 1).unwrap();
    assert_eq!(window.grant(1, 4), 1);
    window.consume(MessageId(u64::MAX - 1), 1).unwrap();
    assert_eq!(window.grant(1, 4), 0);
    assert_eq!(window.consume(MessageId(u64::MAX), 1), Err(SequenceError::OutsideWindow));
    assert_eq!(window.consume(MessageId(0), 1), Err(SequenceError::Received));
}

#[test]
fn charges() {
    let cases = [(0, 1), (1, 1), (65536, 1), (65537, 2), (8 << 20, 128), (u32::MAX, u16::MAX)];
    for (len, charge) in cases {
        assert_eq!(credit_charge(len), charge, "{len}");
    }
    assert!(charge_covers(0, 65536) && !charge_covers(0, 65537));
    assert!(charge_covers(2, 131_072) && !charge_covers(2, 131_073));
}
