//! MD5 (RFC 1321) of several messages at once: one after the other each step waits for the step before it, side by side they share vector registers.

use core::hint::black_box;

/// A word of each message.
pub(crate) type Lanes<const N: usize> = [u32; N];

/// RFC 1321 3.3
pub(crate) const INITIAL: [u32; 4] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476];
/// Bytes of a block.
pub(crate) const BLOCK: usize = 64;

/// RFC 1321 3.4: what each step adds.
static SINES: [[u32; 4]; 16] = [
    [0xd76a_a478, 0xe8c7_b756, 0x2420_70db, 0xc1bd_ceee],
    [0xf57c_0faf, 0x4787_c62a, 0xa830_4613, 0xfd46_9501],
    [0x6980_98d8, 0x8b44_f7af, 0xffff_5bb1, 0x895c_d7be],
    [0x6b90_1122, 0xfd98_7193, 0xa679_438e, 0x49b4_0821],
    [0xf61e_2562, 0xc040_b340, 0x265e_5a51, 0xe9b6_c7aa],
    [0xd62f_105d, 0x0244_1453, 0xd8a1_e681, 0xe7d3_fbc8],
    [0x21e1_cde6, 0xc337_07d6, 0xf4d5_0d87, 0x455a_14ed],
    [0xa9e3_e905, 0xfcef_a3f8, 0x676f_02d9, 0x8d2a_4c8a],
    [0xfffa_3942, 0x8771_f681, 0x6d9d_6122, 0xfde5_380c],
    [0xa4be_ea44, 0x4bde_cfa9, 0xf6bb_4b60, 0xbebf_bc70],
    [0x289b_7ec6, 0xeaa1_27fa, 0xd4ef_3085, 0x0488_1d05],
    [0xd9d4_d039, 0xe6db_99e5, 0x1fa2_7cf8, 0xc4ac_5665],
    [0xf429_2244, 0x432a_ff97, 0xab94_23a7, 0xfc93_a039],
    [0x655b_59c3, 0x8f0c_cc92, 0xffef_f47d, 0x8584_5dd1],
    [0x6fa8_7e4f, 0xfe2c_e6e0, 0xa301_4314, 0x4e08_11a1],
    [0xf753_7e82, 0xbd3a_f235, 0x2ad7_d2bb, 0xeb86_d391],
];

#[inline]
fn zip<const N: usize>(a: Lanes<N>, b: Lanes<N>, f: impl Fn(u32, u32) -> u32) -> Lanes<N> {
    let mut both = a;
    for (a, b) in both.iter_mut().zip(b) {
        *a = f(*a, b);
    }
    both
}

#[inline]
fn add<const N: usize>(a: Lanes<N>, b: Lanes<N>) -> Lanes<N> {
    zip(a, b, u32::wrapping_add)
}

#[inline]
fn f<const N: usize>(x: Lanes<N>, y: Lanes<N>, z: Lanes<N>) -> Lanes<N> {
    zip(zip(zip(y, z, |y, z| y ^ z), x, |a, x| a & x), z, |a, z| a ^ z)
}

#[inline]
fn h<const N: usize>(x: Lanes<N>, y: Lanes<N>, z: Lanes<N>) -> Lanes<N> {
    zip(zip(x, y, |x, y| x ^ y), z, |a, z| a ^ z)
}

#[inline]
fn i<const N: usize>(x: Lanes<N>, y: Lanes<N>, z: Lanes<N>) -> Lanes<N> {
    zip(y, zip(x, z, |x, z| x | !z), |y, a| y ^ a)
}

/// One block of each message (RFC 1321 3.4).
#[inline]
fn compress<const N: usize>(state: &mut [Lanes<N>; 4], w: &[Lanes<N>; 16], k: &[[u32; 4]; 16]) {
    let [mut a, mut b, mut c, mut d] = *state;
    macro_rules! steps {
        ($f:ident, [$s0:literal, $s1:literal, $s2:literal, $s3:literal], $([$k:literal: $w0:literal, $w1:literal, $w2:literal, $w3:literal]),*) => {
            $(
                steps!(@ $f a b c d w[$w0], $s0, k[$k][0]);
                steps!(@ $f d a b c w[$w1], $s1, k[$k][1]);
                steps!(@ $f c d a b w[$w2], $s2, k[$k][2]);
                steps!(@ $f b c d a w[$w3], $s3, k[$k][3]);
            )*
        };
        (@ g $a:ident $b:ident $c:ident $d:ident $w:expr, $s:literal, $k:expr) => {
            // The halves of G have no bit in common: added one after the other, the step waits for one operation less.
            let early = add(add($a, $w).map(|a| a.wrapping_add($k)), zip($c, $d, |c, d| c & !d));
            $a = add(add(early, zip($b, $d, |b, d| b & d)).map(|a| a.rotate_left($s)), $b);
        };
        (@ $f:ident $a:ident $b:ident $c:ident $d:ident $w:expr, $s:literal, $k:expr) => {
            let sum = add(add($a, $w).map(|a| a.wrapping_add($k)), $f($b, $c, $d));
            $a = add(sum.map(|a| a.rotate_left($s)), $b);
        };
    }
    steps!(f, [7, 12, 17, 22],
        [0: 0, 1, 2, 3],
        [1: 4, 5, 6, 7],
        [2: 8, 9, 10, 11],
        [3: 12, 13, 14, 15]);
    steps!(g, [5, 9, 14, 20],
        [4: 1, 6, 11, 0],
        [5: 5, 10, 15, 4],
        [6: 9, 14, 3, 8],
        [7: 13, 2, 7, 12]);
    steps!(h, [4, 11, 16, 23],
        [8: 5, 8, 11, 14],
        [9: 1, 4, 7, 10],
        [10: 13, 0, 3, 6],
        [11: 9, 12, 15, 2]);
    steps!(i, [6, 10, 15, 21],
        [12: 0, 7, 14, 5],
        [13: 12, 3, 10, 1],
        [14: 8, 15, 6, 13],
        [15: 4, 11, 2, 9]);
    let [a0, b0, c0, d0] = *state;
    *state = [add(a0, a), add(b0, b), add(c0, c), add(d0, d)];
}

/// Goes on with whole blocks of each message, as many as the shortest has.
#[inline]
pub(crate) fn blocks<const N: usize>(state: &mut [Lanes<N>; 4], messages: [&[[u8; BLOCK]]; N]) {
    let count = messages.iter().map(|m| m.len()).min().unwrap_or(0);
    let mut messages = messages.map(|m| m.iter());
    // Constants are added last by compilers, behind what a step waits for; what only memory knows is added early, as it is written. That is a fifth.
    let sines = black_box(&SINES);
    for _ in 0..count {
        let mut words = [[0; N]; 16];
        for (lane, message) in messages.iter_mut().enumerate() {
            let Some(block) = message.next() else { return };
            for (row, word) in words.iter_mut().zip(block.as_chunks::<4>().0) {
                if let Some(place) = row.get_mut(lane) {
                    *place = u32::from_le_bytes(*word);
                }
            }
        }
        compress(state, &words, sines);
    }
}
