use zeroize::{Zeroize, ZeroizeOnDrop};

/// The RC4 stream cipher. It can be copied, so that what turns out to make no sense has not moved the stream.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub(super) struct Rc4 {
    state: [u8; 256],
    i: u8,
    j: u8,
}

impl Rc4 {
    pub(super) fn new(key: &[u8]) -> Self {
        let mut state = [0; 256];
        (0..=u8::MAX).zip(&mut state).for_each(|(i, place)| *place = i);
        let mut j = 0_u8;
        for (i, key) in (0..=u8::MAX).zip(key.iter().cycle()) {
            j = j.wrapping_add(at(&state, i)).wrapping_add(*key);
            state.swap(usize::from(i), usize::from(j));
        }
        Self { state, i: 0, j: 0 }
    }

    /// Encrypts or decrypts, which is the same.
    pub(super) fn apply(&mut self, data: &mut [u8]) {
        let (mut i, mut j) = (self.i, self.j);
        for byte in data {
            i = i.wrapping_add(1);
            let a = at(&self.state, i);
            j = j.wrapping_add(a);
            let b = at(&self.state, j);
            self.state.swap(usize::from(i), usize::from(j));
            *byte ^= at(&self.state, a.wrapping_add(b));
        }
        (self.i, self.j) = (i, j);
    }
}

fn at(state: &[u8; 256], index: u8) -> u8 {
    state.get(usize::from(index)).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_known_stream() {
        let mut data = *b"Plaintext";
        Rc4::new(b"Key").apply(&mut data);
        assert_eq!(data, [0xbb, 0xf3, 0x16, 0xe8, 0xd9, 0x40, 0xaf, 0x0a, 0xd3]);
        let mut cipher = Rc4::new(b"Key");
        let (front, back) = data.split_at_mut(4);
        cipher.apply(front);
        cipher.clone().apply(back);
        assert_eq!(&data, b"Plaintext");
    }
}
