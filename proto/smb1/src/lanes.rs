//! MD5 (RFC 1321) of several messages at once: one after the other each step waits for the step before it, side by side they share vector registers.

/// A word of each message.
pub(crate) type Lanes<const N: usize> = [u32; N];

/// RFC 1321 3.3
pub(crate) const INITIAL: [u32; 4] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476];
/// Bytes of a block.
pub(crate) const BLOCK: usize = 64;

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
fn compress<const N: usize>(state: &mut [Lanes<N>; 4], w: &[Lanes<N>; 16]) {
    let [mut a, mut b, mut c, mut d] = *state;
    macro_rules! steps {
        ($f:ident, [$s0:literal, $s1:literal, $s2:literal, $s3:literal], $([$w0:literal $k0:literal, $w1:literal $k1:literal, $w2:literal $k2:literal, $w3:literal $k3:literal]),*) => {
            $(
                steps!(@ $f a b c d $w0 $s0 $k0);
                steps!(@ $f d a b c $w1 $s1 $k1);
                steps!(@ $f c d a b $w2 $s2 $k2);
                steps!(@ $f b c d a $w3 $s3 $k3);
            )*
        };
        (@ g $a:ident $b:ident $c:ident $d:ident $w:literal $s:literal $k:literal) => {
            // The halves of G have no bit in common: added one after the other, the step waits for one operation less.
            let early = add(add($a, w[$w]).map(|a| a.wrapping_add($k)), zip($c, $d, |c, d| c & !d));
            $a = add(add(early, zip($b, $d, |b, d| b & d)).map(|a| a.rotate_left($s)), $b);
        };
        (@ $f:ident $a:ident $b:ident $c:ident $d:ident $w:literal $s:literal $k:literal) => {
            let sum = add(add($a, w[$w]).map(|a| a.wrapping_add($k)), $f($b, $c, $d));
            $a = add(sum.map(|a| a.rotate_left($s)), $b);
        };
    }
    steps!(f, [7, 12, 17, 22],
        [0 0xd76a_a478, 1 0xe8c7_b756, 2 0x2420_70db, 3 0xc1bd_ceee],
        [4 0xf57c_0faf, 5 0x4787_c62a, 6 0xa830_4613, 7 0xfd46_9501],
        [8 0x6980_98d8, 9 0x8b44_f7af, 10 0xffff_5bb1, 11 0x895c_d7be],
        [12 0x6b90_1122, 13 0xfd98_7193, 14 0xa679_438e, 15 0x49b4_0821]);
    steps!(g, [5, 9, 14, 20],
        [1 0xf61e_2562, 6 0xc040_b340, 11 0x265e_5a51, 0 0xe9b6_c7aa],
        [5 0xd62f_105d, 10 0x0244_1453, 15 0xd8a1_e681, 4 0xe7d3_fbc8],
        [9 0x21e1_cde6, 14 0xc337_07d6, 3 0xf4d5_0d87, 8 0x455a_14ed],
        [13 0xa9e3_e905, 2 0xfcef_a3f8, 7 0x676f_02d9, 12 0x8d2a_4c8a]);
    steps!(h, [4, 11, 16, 23],
        [5 0xfffa_3942, 8 0x8771_f681, 11 0x6d9d_6122, 14 0xfde5_380c],
        [1 0xa4be_ea44, 4 0x4bde_cfa9, 7 0xf6bb_4b60, 10 0xbebf_bc70],
        [13 0x289b_7ec6, 0 0xeaa1_27fa, 3 0xd4ef_3085, 6 0x0488_1d05],
        [9 0xd9d4_d039, 12 0xe6db_99e5, 15 0x1fa2_7cf8, 2 0xc4ac_5665]);
    steps!(i, [6, 10, 15, 21],
        [0 0xf429_2244, 7 0x432a_ff97, 14 0xab94_23a7, 5 0xfc93_a039],
        [12 0x655b_59c3, 3 0x8f0c_cc92, 10 0xffef_f47d, 1 0x8584_5dd1],
        [8 0x6fa8_7e4f, 15 0xfe2c_e6e0, 6 0xa301_4314, 13 0x4e08_11a1],
        [4 0xf753_7e82, 11 0xbd3a_f235, 2 0x2ad7_d2bb, 9 0xeb86_d391]);
    let [a0, b0, c0, d0] = *state;
    *state = [add(a0, a), add(b0, b), add(c0, c), add(d0, d)];
}

/// Goes on with whole blocks of each message, as many as the shortest has.
#[inline]
pub(crate) fn blocks<const N: usize>(state: &mut [Lanes<N>; 4], messages: [&[[u8; BLOCK]]; N]) {
    let count = messages.iter().map(|m| m.len()).min().unwrap_or(0);
    let mut messages = messages.map(|m| m.iter());
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
        compress(state, &words);
    }
}
