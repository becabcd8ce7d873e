use super::*;
use proptest::prelude::*;

const HEADER: Header = Header {
    command: Command::TRANSACTION2,
    status: 0,
    flags: crate::Flags::empty(),
    flags2: crate::Flags2::empty(),
    process_id: 1,
    security_features: [0; 8],
    tree_id: 2,
    user_id: 3,
    multiplex_id: 4,
};

const SECONDARY: Header = Header { command: Command::TRANSACTION2_SECONDARY, ..HEADER };

const NOW: Duration = Duration::ZERO;
const MINUTE: Duration = Duration::from_secs(60);

fn request<'a>(total: (u32, u32), parameters: &'a [u8], data: &'a [u8]) -> TransactionRequest<'a> {
    let (total_parameters, total_data) = total;
    TransactionRequest {
        total_parameters,
        total_data,
        parameters,
        data,
        setup: vec![3],
        ..TransactionRequest::default()
    }
}

fn part<'a>(
    total: (u32, u32),
    parameters: (u32, &'a [u8]),
    data: (u32, &'a [u8]),
) -> TransactionSecondaryRequest<'a> {
    TransactionSecondaryRequest {
        total_parameters: total.0,
        total_data: total.1,
        parameter_displacement: parameters.0,
        data_displacement: data.0,
        fid: None,
        parameters: parameters.1,
        data: data.1,
    }
}

#[test]
fn one_request_is_a_whole_transaction() {
    let mut transactions = Transactions::new(100, MINUTE);
    let whole = transactions.begin(&HEADER, &request((2, 1), b"ab", b"c"), NOW).unwrap().unwrap();
    assert_eq!((whole.parameters, whole.data, whole.setup), (b"ab".to_vec(), b"c".to_vec(), vec![3]));
    assert!(transactions.begin(&HEADER, &request((0, 0), b"", b""), NOW).unwrap().is_some());
}

#[test]
fn parts_come_in_any_order_and_totals_may_shrink() {
    let mut transactions = Transactions::new(100, MINUTE);
    assert_eq!(transactions.begin(&HEADER, &request((2, 9), b"", b"abc"), NOW), Ok(None));
    assert_eq!(transactions.add(&SECONDARY, &part((2, 9), (0, b"xy"), (6, b"g")), NOW), Ok(None));
    let whole = transactions.add(&SECONDARY, &part((2, 7), (0, b""), (3, b"def")), NOW).unwrap().unwrap();
    assert_eq!((whole.parameters, whole.data), (b"xy".to_vec(), b"abcdefg".to_vec()));
    assert_eq!(
        transactions.add(&SECONDARY, &part((2, 7), (0, b""), (0, b"")), NOW),
        Err(AssemblyError::Unknown)
    );
}

#[test]
fn what_does_not_fit_ends_the_transaction() {
    let mut transactions = Transactions::new(10, MINUTE);
    assert_eq!(transactions.begin(&HEADER, &request((5, 6), b"", b""), NOW), Err(AssemblyError::TooLarge));
    assert_eq!(transactions.begin(&HEADER, &request((1, 0), b"ab", b""), NOW), Err(AssemblyError::Beyond));
    assert_eq!(transactions.begin(&HEADER, &request((5, 5), b"", b""), NOW), Ok(None));
    // What waits counts, whoever it is of.
    let other = Header { multiplex_id: 9, ..HEADER };
    assert_eq!(transactions.begin(&other, &request((1, 0), b"", b""), NOW), Err(AssemblyError::TooLarge));
    let beyond = part((5, 5), (u32::MAX, b"a"), (0, b""));
    assert_eq!(transactions.add(&SECONDARY, &beyond, NOW), Err(AssemblyError::Beyond));
    assert_eq!(
        transactions.add(&SECONDARY, &part((5, 5), (0, b"a"), (0, b"")), NOW),
        Err(AssemblyError::Unknown)
    );
}

#[test]
fn there_are_not_many_and_none_twice() {
    let mut transactions = Transactions::new(1000, MINUTE);
    for multiplex_id in 0..8 {
        assert_eq!(
            transactions.begin(&Header { multiplex_id, ..HEADER }, &request((1, 0), b"", b""), NOW),
            Ok(None)
        );
    }
    let ninth = Header { multiplex_id: 8, ..HEADER };
    assert_eq!(transactions.begin(&ninth, &request((1, 0), b"", b""), NOW), Err(AssemblyError::TooMany));
    assert_eq!(transactions.begin(&HEADER, &request((1, 0), b"", b""), NOW), Err(AssemblyError::Duplicate));
    // Both are gone, and there is room for one.
    assert_eq!(
        transactions.add(&SECONDARY, &part((1, 0), (0, b"a"), (0, b"")), NOW),
        Err(AssemblyError::Unknown)
    );
    assert_eq!(transactions.begin(&ninth, &request((1, 0), b"", b""), NOW), Ok(None));
    transactions.end_tree(7);
    transactions.end_user(7);
    assert_eq!(transactions.pending.len(), 8);
    transactions.end_tree(2);
    assert!(transactions.pending.is_empty());
}

#[test]
fn parts_belong_to_what_their_command_is_for() {
    let mut transactions = Transactions::new(100, MINUTE);
    assert_eq!(transactions.begin(&HEADER, &request((1, 0), b"", b""), NOW), Ok(None));
    let whole = part((1, 0), (0, b"a"), (0, b""));
    for other in [
        Header { command: Command::NT_TRANSACT_SECONDARY, ..HEADER },
        Header { command: Command::TRANSACTION_SECONDARY, ..HEADER },
        Header { process_id: 9, ..SECONDARY },
        Header { user_id: 9, ..SECONDARY },
        Header { tree_id: 9, ..SECONDARY },
        Header { multiplex_id: 9, ..SECONDARY },
    ] {
        assert_eq!(transactions.add(&other, &whole, NOW), Err(AssemblyError::Unknown));
    }
    assert!(transactions.add(&SECONDARY, &whole, NOW).unwrap().is_some());
}

#[test]
fn what_takes_too_long_is_forgotten() {
    let mut transactions = Transactions::new(10, MINUTE);
    assert_eq!(transactions.begin(&HEADER, &request((5, 5), b"", b""), NOW), Ok(None));
    let other = Header { multiplex_id: 9, ..HEADER };
    let small = request((1, 0), b"", b"");
    let early = MINUTE - Duration::from_secs(1);
    assert_eq!(transactions.begin(&other, &small, early), Err(AssemblyError::TooLarge));
    assert_eq!(transactions.begin(&other, &small, MINUTE), Ok(None));
    let late = part((5, 5), (0, b"abcde"), (0, b"abcde"));
    assert_eq!(transactions.add(&SECONDARY, &late, MINUTE), Err(AssemblyError::Unknown));
}

proptest! {
    #[test]
    fn however_it_is_cut(parameters: Vec<u8>, data: Vec<u8>, cuts in proptest::collection::vec((1usize..9, 1usize..9), 0..40)) {
        let mut transactions = Transactions::new(1 << 20, MINUTE);
        let total = (parameters.len() as u32, data.len() as u32);
        let mut whole = transactions.begin(&HEADER, &request(total, b"", b""), NOW).unwrap();
        let (mut p, mut d) = (0usize, 0usize);
        for (more_p, more_d) in cuts.into_iter().chain([(usize::MAX, usize::MAX)]) {
            if whole.is_some() { break; }
            let (next_p, next_d) = (p.saturating_add(more_p).min(parameters.len()), d.saturating_add(more_d).min(data.len()));
            let piece = part(total, (p as u32, &parameters[p..next_p]), (d as u32, &data[d..next_d]));
            (p, d) = (next_p, next_d);
            whole = transactions.add(&SECONDARY, &piece, NOW).unwrap();
        }
        let whole = whole.unwrap();
        prop_assert_eq!((whole.parameters, whole.data), (parameters, data));
    }

    #[test]
    fn memory_is_bounded(parts in proptest::collection::vec((any::<u16>(), 0u16..12, any::<u32>(), any::<u32>(), any::<Vec<u8>>()), 0..60)) {
        let mut transactions = Transactions::new(4096, MINUTE);
        for (kind, multiplex_id, a, b, bytes) in parts {
            let (a, b) = (a % 5000, b % 5000);
            if kind % 2 == 0 {
                let header = Header { multiplex_id, ..HEADER };
                let _ = transactions.begin(&header, &request((a, b), &bytes, b""), NOW);
            } else {
                let header = Header { multiplex_id, ..SECONDARY };
                let _ = transactions.add(&header, &part((a, b), (a / 2, &bytes), (b / 2, &bytes)), NOW);
            }
            let held: usize = transactions.pending.iter().map(|p| p.transaction.parameters.len() + p.transaction.data.len()).sum();
            prop_assert!(held <= 4096 && transactions.pending.len() <= MAX_PENDING);
        }
    }
}
