use super::*;
use proptest::prelude::*;

const ALGORITHMS: [CompressionAlgorithm; 4] = [
    CompressionAlgorithm::LZNT1,
    CompressionAlgorithm::LZ77,
    CompressionAlgorithm::LZ77_HUFFMAN,
    CompressionAlgorithm::LZ4,
];
const ALPHABET: &[u8] = b"abcdefghijklmnopqrstuvwxyz";

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(|b| !b.is_ascii_whitespace()).collect();
    digits.chunks(2).map(|d| u8::from_str_radix(std::str::from_utf8(d).unwrap(), 16).unwrap()).collect()
}

fn both_ways(algorithm: CompressionAlgorithm, data: &[u8], compressed: &[u8]) {
    let mut out = Vec::new();
    assert!(compress(algorithm, data, &mut out));
    assert_eq!(out, compressed, "{algorithm:?}");
    let mut back = Vec::new();
    assert_eq!(decompress(algorithm, compressed, data.len(), &mut back), Ok(()), "{algorithm:?}");
    assert_eq!(back, data, "{algorithm:?}");
}

/// [MS-XCA] 3.1
#[test]
fn lz77_examples() {
    let flags = [&[0x3f, 0, 0, 0], ALPHABET].concat();
    both_ways(CompressionAlgorithm::LZ77, ALPHABET, &flags);
    both_ways(CompressionAlgorithm::LZ77, &b"abc".repeat(100), &hex("ffffff1f 616263 1700 0f ff 2601"));
}

/// A table of [MS-XCA] 3.2: the bytes that are not zero by their place.
fn table(bytes: &[(usize, &str)]) -> Vec<u8> {
    let mut table = vec![0; 256];
    for (at, text) in bytes {
        let bytes = hex(text);
        table[*at..*at + bytes.len()].copy_from_slice(&bytes);
    }
    table
}

/// [MS-XCA] 3.2
#[test]
fn lz77_huffman_examples() {
    let mut letters = table(&[(48, "50 55555555555555555555 45 44 04"), (128, "04")]);
    letters.extend(hex("d8523ed794115be9195ff9d67cdf8d04 00000000"));
    both_ways(CompressionAlgorithm::LZ77_HUFFMAN, ALPHABET, &letters);
    let mut run = table(&[(48, "30 23"), (128, "02"), (143, "20")]);
    run.extend(hex("a8dc0000 ff2601"));
    both_ways(CompressionAlgorithm::LZ77_HUFFMAN, &b"abc".repeat(100), &run);
}

/// [MS-XCA] 3.3
#[test]
fn lznt1_example() {
    let compressed = hex(
        "38b08846232000204720410010a24701a045204400084501507900c045200524138805b4024a44ef0358028c091601484500be009e000401\
         189000",
    );
    let text = "F# F# G A A G F# E D D E F# F# E E F# F# G A A G F# E D D E F# E D D E E F# D E F# G F# D E F# G F# E D E A F# \
         F# G A A G F# E D D E F# E D D\0";
    let mut out = Vec::new();
    assert_eq!(decompress(CompressionAlgorithm::LZNT1, &compressed, 142, &mut out), Ok(()));
    assert_eq!(out, text.as_bytes());
}

#[test]
fn another_size_than_claimed_is_refused() {
    let data = b"abc".repeat(5000);
    for algorithm in ALGORITHMS {
        let mut compressed = Vec::new();
        assert!(compress(algorithm, &data, &mut compressed));
        for size in [data.len() - 1, data.len() + 1, data.len() * 2] {
            let outcome = decompress(algorithm, &compressed, size, &mut Vec::new());
            assert_eq!(outcome, Err(DecompressError), "{algorithm:?} {size}");
        }
        assert_eq!(decompress(algorithm, &compressed, data.len(), &mut Vec::new()), Ok(()), "{algorithm:?}");
    }
}

#[test]
fn long_runs_and_many_blocks() {
    let mut noise = 1_u32;
    let mut noisy = |n: usize| -> Vec<u8> {
        (0..n)
            .map(|_| {
                noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                noise.to_be_bytes()[0]
            })
            .collect()
    };
    let cases = [
        Vec::new(),
        vec![7],
        vec![0; 3],
        vec![0; 65_536],
        vec![0; 65_536 + 3],
        vec![9; 1 << 20],
        noisy(65_535),
        noisy(200_001),
        [noisy(70_000), vec![0; 100_000], b"lanward".repeat(9_000)].concat(),
    ];
    for data in cases {
        for algorithm in ALGORITHMS {
            let mut compressed = Vec::new();
            assert!(compress(algorithm, &data, &mut compressed));
            let mut back = vec![1];
            assert_eq!(decompress(algorithm, &compressed, data.len(), &mut back), Ok(()), "{algorithm:?}");
            assert!(back[1..] == data, "{algorithm:?} {}", data.len());
        }
    }
}

fn agreed(algorithms: &[CompressionAlgorithm], chained: bool) -> Compression {
    Compression { algorithms: algorithms.to_vec(), chained }
}

/// CVE-2020-0796: a size that overflows when the offset is added to it; CVE-2020-1206: a size larger than what comes out.
#[test]
fn smb_ghost_and_smb_bleed() {
    let compression = agreed(&[CompressionAlgorithm::LZNT1, CompressionAlgorithm::LZ77], false);
    let frame = |size: u32, offset: u32, algorithm: u16, rest: &[u8]| {
        let mut frame = b"\xfcSMB".to_vec();
        frame.extend(size.to_le_bytes());
        frame.extend(algorithm.to_le_bytes());
        frame.extend([0; 2]);
        frame.extend(offset.to_le_bytes());
        frame.extend(rest);
        frame
    };
    let mut body = Vec::new();
    compress(CompressionAlgorithm::LZ77, &[5; 100], &mut body);
    let good = frame(100, 0, 2, &body);
    assert_eq!(compression.decompress_message(&good, 65_536), Ok(vec![5; 100]));
    for (size, offset) in
        [(u32::MAX, 16), (u32::MAX, 0), (100, u32::MAX), (0x1000, 0), (101, 0), (65_536 + 273, 0)]
    {
        assert_eq!(
            compression.decompress_message(&frame(size, offset, 2, &body), 65_536),
            Err(DecompressError)
        );
    }
    // An algorithm that was not agreed upon, and a chain where there is none.
    assert_eq!(compression.decompress_message(&frame(100, 0, 3, &body), 65_536), Err(DecompressError));
    let mut chained = Vec::new();
    assert!(agreed(&Compression::ALL, true).compress_message(&[5; 4096], 0, &mut chained));
    assert_eq!(compression.decompress_message(&chained, 65_536), Err(DecompressError));
}

#[test]
fn chains_within_their_claim() {
    let all = agreed(&Compression::ALL, true);
    let mut message = vec![3; 80];
    message.extend([0; 5000]);
    message.extend((0..2000_u32).map(|n| (n / 7) as u8));
    message.extend([255; 70]);
    let mut frame = Vec::new();
    assert!(all.compress_message(&message, 80, &mut frame));
    assert_eq!(all.decompress_message(&frame, 1 << 20).as_deref(), Ok(&message[..]));
    // A pattern that repeats more often than the message is long.
    for repetitions in [17_u32, 16 + 70_000, u32::MAX] {
        let mut bomb = b"\xfcSMB".to_vec();
        bomb.extend(16_u32.to_le_bytes());
        bomb.extend([4, 0, 1, 0, 8, 0, 0, 0, b'x', 0, 0, 0]);
        bomb.extend(repetitions.to_le_bytes());
        assert_eq!(all.decompress_message(&bomb, 1 << 20), Err(DecompressError));
    }
}

#[test]
fn noise_stays_as_it_is() {
    let noise: Vec<u8> = (0..3000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let mut out = vec![1, 2];
    assert!(!agreed(&[CompressionAlgorithm::LZ77_HUFFMAN], false).compress_message(
        &noise[..200],
        0,
        &mut out
    ));
    assert!(!agreed(&Compression::ALL, true).compress_message(&noise[..200], 64, &mut out));
    assert_eq!(out, [1, 2]);
}

/// Bytes with stretches that repeat.
fn repetitive() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..40),
        (any::<u8>(), 0..3000_usize).prop_map(|(b, n)| vec![b; n]),
        (proptest::collection::vec(0..4_u8, 1..9), 1..300_usize).prop_map(|(p, n)| p.repeat(n)),
    ];
    proptest::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn what_is_compressed_comes_back(data in repetitive(), plain in 0..200_usize, chained: bool, which in 0..4_usize) {
        let mut compressed = Vec::new();
        compress(ALGORITHMS[which], &data, &mut compressed);
        let mut back = Vec::new();
        prop_assert_eq!(decompress(ALGORITHMS[which], &compressed, data.len(), &mut back), Ok(()));
        prop_assert_eq!(&back, &data);
        let agreed = agreed(&[CompressionAlgorithm::PATTERN_V1, ALGORITHMS[which]], chained);
        let mut frame = Vec::new();
        if agreed.compress_message(&data, plain, &mut frame) {
            prop_assert!(frame.len() < data.len());
            prop_assert_eq!(agreed.decompress_message(&frame, 1 << 20), Ok(data));
        }
    }

    #[test]
    fn any_bytes_are_refused_or_come_to_their_claim(data in proptest::collection::vec(any::<u8>(), 0..600), size in 0..70_000_usize, which in 0..4_usize) {
        let mut out = Vec::new();
        if decompress(ALGORITHMS[which], &data, size, &mut out).is_ok() {
            prop_assert_eq!(out.len(), size);
        }
    }
}
