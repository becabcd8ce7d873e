//! MD5 (RFC 1321) over eight messages at once, in the vectors of the processor.

/// Messages side by side.
const LANES: usize = 8;

/// MD5's state of each message: the four words, each of all messages.
pub type Md5States = [[u32; LANES]; 4];

/// Whole blocks of each message.
pub type Md5Blocks<'a> = [&'a [[u8; 64]]; LANES];

/// That the processor has vectors of eight words (AVX2): there is one only where it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Md5Vectors(());

impl Md5Vectors {
    /// `None` where messages are better not taken side by side in this way.
    #[must_use]
    pub fn detect() -> Option<Self> {
        #[cfg(target_arch = "x86_64")]
        return is_x86_feature_detected!("avx2").then_some(Self(()));
        #[cfg(not(target_arch = "x86_64"))]
        None
    }

    /// Goes on with whole blocks of each message, as many as the shortest has.
    pub fn blocks(self, states: &mut Md5States, messages: Md5Blocks<'_>) {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: the processor was found to have AVX2.
        unsafe {
            x86::blocks(states, messages);
        }
        #[cfg(not(target_arch = "x86_64"))]
        let (Self(()), _, _) = (self, states, messages);
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::{LANES, Md5Blocks, Md5States};
    use std::arch::x86_64::{
        __m256i, _mm256_add_epi32, _mm256_and_si256, _mm256_andnot_si256, _mm256_loadu_si256,
        _mm256_or_si256, _mm256_permute2x128_si256, _mm256_set1_epi32, _mm256_sllv_epi32, _mm256_srlv_epi32,
        _mm256_storeu_si256, _mm256_unpackhi_epi32, _mm256_unpackhi_epi64, _mm256_unpacklo_epi32,
        _mm256_unpacklo_epi64, _mm256_xor_si256,
    };

    /// A round (RFC 1321 3.4): by how much its steps rotate, and for each the word and the constant that are added.
    macro_rules! round {
        ($mix:ident, $words:ident, $a:ident $b:ident $c:ident $d:ident, [$s0:literal $s1:literal $s2:literal $s3:literal],
            $([$w0:literal $k0:literal, $w1:literal $k1:literal, $w2:literal $k2:literal, $w3:literal $k3:literal]),*) => {$(
            round!(@ $mix $words $a $b $c $d $s0 $w0 $k0);
            round!(@ $mix $words $d $a $b $c $s1 $w1 $k1);
            round!(@ $mix $words $c $d $a $b $s2 $w2 $k2);
            round!(@ $mix $words $b $c $d $a $s3 $w3 $k3);
        )*};
        (@ $mix:ident $words:ident $a:ident $b:ident $c:ident $d:ident $s:literal $w:literal $k:literal) => {
            let constant = _mm256_set1_epi32(u32::cast_signed($k));
            let early = _mm256_add_epi32($a, _mm256_add_epi32($words[$w], constant));
            $a = _mm256_add_epi32(rotate($mix(early, $b, $c, $d), $s), $b);
        };
    }

    /// See [`super::Md5Vectors::blocks`].
    #[target_feature(enable = "avx2")]
    pub(super) fn blocks(states: &mut Md5States, messages: Md5Blocks<'_>) {
        let count = messages.iter().map(|m| m.len()).min().unwrap_or(0);
        let messages = messages.map(|m| &m[..count]);
        let [a, b, c, d] = &*states;
        let (mut a, mut b, mut c, mut d) = (load(a), load(b), load(c), load(d));
        for block in 0..count {
            let before = (a, b, c, d);
            let ([w0, w1, w2, w3, w4, w5, w6, w7], [w8, w9, w10, w11, w12, w13, w14, w15]) =
                (words(&messages, block, 0), words(&messages, block, 1));
            let words = [w0, w1, w2, w3, w4, w5, w6, w7, w8, w9, w10, w11, w12, w13, w14, w15];
            round!(f, words, a b c d, [7 12 17 22],
                        [0 0xd76aa478, 1 0xe8c7b756, 2 0x242070db, 3 0xc1bdceee],
                        [4 0xf57c0faf, 5 0x4787c62a, 6 0xa8304613, 7 0xfd469501],
                        [8 0x698098d8, 9 0x8b44f7af, 10 0xffff5bb1, 11 0x895cd7be],
                        [12 0x6b901122, 13 0xfd987193, 14 0xa679438e, 15 0x49b40821]);
            round!(g, words, a b c d, [5 9 14 20],
                        [1 0xf61e2562, 6 0xc040b340, 11 0x265e5a51, 0 0xe9b6c7aa],
                        [5 0xd62f105d, 10 0x02441453, 15 0xd8a1e681, 4 0xe7d3fbc8],
                        [9 0x21e1cde6, 14 0xc33707d6, 3 0xf4d50d87, 8 0x455a14ed],
                        [13 0xa9e3e905, 2 0xfcefa3f8, 7 0x676f02d9, 12 0x8d2a4c8a]);
            round!(h, words, a b c d, [4 11 16 23],
                        [5 0xfffa3942, 8 0x8771f681, 11 0x6d9d6122, 14 0xfde5380c],
                        [1 0xa4beea44, 4 0x4bdecfa9, 7 0xf6bb4b60, 10 0xbebfbc70],
                        [13 0x289b7ec6, 0 0xeaa127fa, 3 0xd4ef3085, 6 0x04881d05],
                        [9 0xd9d4d039, 12 0xe6db99e5, 15 0x1fa27cf8, 2 0xc4ac5665]);
            round!(i, words, a b c d, [6 10 15 21],
                        [0 0xf4292244, 7 0x432aff97, 14 0xab9423a7, 5 0xfc93a039],
                        [12 0x655b59c3, 3 0x8f0ccc92, 10 0xffeff47d, 1 0x85845dd1],
                        [8 0x6fa87e4f, 15 0xfe2ce6e0, 6 0xa3014314, 13 0x4e0811a1],
                        [4 0xf7537e82, 11 0xbd3af235, 2 0x2ad7d2bb, 9 0xeb86d391]);
            a = _mm256_add_epi32(before.0, a);
            b = _mm256_add_epi32(before.1, b);
            c = _mm256_add_epi32(before.2, c);
            d = _mm256_add_epi32(before.3, d);
        }
        *states = [store(a), store(b), store(c), store(d)];
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn load(words: &[u32; LANES]) -> __m256i {
        // SAFETY: `words` is as long as a vector, and the load asks for no alignment.
        unsafe { _mm256_loadu_si256(words.as_ptr().cast()) }
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn store(vector: __m256i) -> [u32; LANES] {
        let mut words = [0; LANES];
        // SAFETY: `words` is as long as a vector, and the store asks for no alignment.
        unsafe { _mm256_storeu_si256(words.as_mut_ptr().cast(), vector) };
        words
    }

    /// Eight words of a block.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn half(block: &[u8; 64], half: usize) -> __m256i {
        let half: &[u8; 32] = &block.as_chunks().0[half];
        // SAFETY: `half` is as long as a vector, and the load asks for no alignment.
        unsafe { _mm256_loadu_si256(half.as_ptr().cast()) }
    }

    /// Eight words of a block, the first or the others, each of all messages.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn words(messages: &Md5Blocks<'_>, block: usize, at: usize) -> [__m256i; 8] {
        let [a, b, c, d, e, f, g, h] = messages;
        // Each vector holds, in both its halves, two words of two messages, and then one of four.
        let (ab_low, ab_high) = pair(half(&a[block], at), half(&b[block], at));
        let (cd_low, cd_high) = pair(half(&c[block], at), half(&d[block], at));
        let (ef_low, ef_high) = pair(half(&e[block], at), half(&f[block], at));
        let (gh_low, gh_high) = pair(half(&g[block], at), half(&h[block], at));
        let (w04, w15, w26, w37) = fours(ab_low, ab_high, cd_low, cd_high);
        let (x04, x15, x26, x37) = fours(ef_low, ef_high, gh_low, gh_high);
        [
            _mm256_permute2x128_si256::<0x20>(w04, x04),
            _mm256_permute2x128_si256::<0x20>(w15, x15),
            _mm256_permute2x128_si256::<0x20>(w26, x26),
            _mm256_permute2x128_si256::<0x20>(w37, x37),
            _mm256_permute2x128_si256::<0x31>(w04, x04),
            _mm256_permute2x128_si256::<0x31>(w15, x15),
            _mm256_permute2x128_si256::<0x31>(w26, x26),
            _mm256_permute2x128_si256::<0x31>(w37, x37),
        ]
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn pair(x: __m256i, y: __m256i) -> (__m256i, __m256i) {
        (_mm256_unpacklo_epi32(x, y), _mm256_unpackhi_epi32(x, y))
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn fours(
        x_low: __m256i,
        x_high: __m256i,
        y_low: __m256i,
        y_high: __m256i,
    ) -> (__m256i, __m256i, __m256i, __m256i) {
        (
            _mm256_unpacklo_epi64(x_low, y_low),
            _mm256_unpackhi_epi64(x_low, y_low),
            _mm256_unpacklo_epi64(x_high, y_high),
            _mm256_unpackhi_epi64(x_high, y_high),
        )
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn rotate(x: __m256i, by: i32) -> __m256i {
        let left = _mm256_sllv_epi32(x, _mm256_set1_epi32(by));
        _mm256_or_si256(left, _mm256_srlv_epi32(x, _mm256_set1_epi32(32 - by)))
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn f(early: __m256i, x: __m256i, y: __m256i, z: __m256i) -> __m256i {
        _mm256_add_epi32(early, _mm256_xor_si256(z, _mm256_and_si256(x, _mm256_xor_si256(y, z))))
    }

    /// The halves of G have no bit in common: added one after the other, the step waits for one operation less.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn g(early: __m256i, x: __m256i, y: __m256i, z: __m256i) -> __m256i {
        let early = _mm256_add_epi32(early, _mm256_andnot_si256(z, y));
        _mm256_add_epi32(early, _mm256_and_si256(x, z))
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn h(early: __m256i, x: __m256i, y: __m256i, z: __m256i) -> __m256i {
        _mm256_add_epi32(early, _mm256_xor_si256(x, _mm256_xor_si256(y, z)))
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn i(early: __m256i, x: __m256i, y: __m256i, z: __m256i) -> __m256i {
        let not_z = _mm256_xor_si256(z, _mm256_set1_epi32(-1));
        _mm256_add_epi32(early, _mm256_xor_si256(y, _mm256_or_si256(x, not_z)))
    }
}

#[cfg(all(test, target_arch = "x86_64"))]
mod tests {
    use super::*;
    use md5::{Digest as _, Md5};
    use proptest::prelude::*;

    /// RFC 1321 3.3
    const INITIAL: [u32; 4] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476];

    /// RFC 1321 3.1 and 3.2, of a message of whole blocks: one block more.
    fn padding(blocks: usize) -> [u8; 64] {
        let mut padding = [0; 64];
        padding[0] = 0x80;
        padding[56..].copy_from_slice(&(blocks as u64 * 512).to_le_bytes());
        padding
    }

    fn digests(vectors: Md5Vectors, messages: Md5Blocks<'_>, blocks: usize) -> [[u8; 16]; LANES] {
        let mut states = INITIAL.map(|word| [word; LANES]);
        vectors.blocks(&mut states, messages);
        vectors.blocks(&mut states, [&[padding(blocks)]; LANES]);
        std::array::from_fn(|lane| {
            let words: Vec<u8> = states.iter().flat_map(|word| word[lane].to_le_bytes()).collect();
            words.try_into().unwrap()
        })
    }

    proptest! {
        #[test]
        fn eight_messages_have_the_digests_of_each(
            bytes in proptest::collection::vec(any::<u8>(), 8 * 4 * 64),
            counts in [0usize..=4, 0..=4, 0..=4, 0..=4, 0..=4, 0..=4, 0..=4, 0..=4],
        ) {
            let blocks: &[[u8; 64]] = bytes.as_chunks().0;
            let shortest = *counts.iter().min().unwrap();
            let messages: Md5Blocks<'_> = std::array::from_fn(|lane| &blocks[4 * lane..4 * lane + counts[lane]]);
            if let Some(vectors) = Md5Vectors::detect() {
                let digests = digests(vectors, messages, shortest);
                for (message, digest) in messages.iter().zip(digests) {
                    let alone: [u8; 16] = Md5::digest(message[..shortest].as_flattened()).into();
                    prop_assert_eq!(digest, alone);
                }
            }
        }
    }
}
