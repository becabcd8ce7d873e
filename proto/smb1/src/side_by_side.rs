//! MD5 (RFC 1321) of several messages, each of which lies in several places.

use crate::lanes::{self, BLOCK, INITIAL, Lanes};

/// Messages that wide MD5 goes over at once.
pub(crate) const WIDE: usize = 8;
/// Messages side by side where there is none: more would not fit into the registers every processor has.
const NARROW: usize = 4;

/// What goes on with whole blocks of eight messages, as many as the shortest has: the four words of MD5's state, each of all messages, and the
/// blocks. Processors have instructions for it that are asked for elsewhere; it is an argument here.
pub type WideMd5<'a> = &'a dyn Fn(&mut [[u32; WIDE]; 4], [&[[u8; BLOCK]]; WIDE]);

/// One with what every processor has, which is slower than one message after the other.
#[cfg(test)]
pub(crate) fn plain_md5(state: &mut [[u32; WIDE]; 4], messages: [&[[u8; BLOCK]]; WIDE]) {
    lanes::blocks(state, messages);
}

/// The same for `N` messages.
type Blocks<'a, const N: usize> = &'a dyn Fn(&mut [Lanes<N>; 4], [&[[u8; BLOCK]]; N]);

/// A message on its way through MD5, padded to whole blocks.
#[derive(Debug)]
pub(crate) struct Stream<'a> {
    state: [u32; 4],
    /// What is left of it.
    parts: [&'a [[u8; BLOCK]]; 3],
}

impl<'a> Stream<'a> {
    pub(crate) const fn new(parts: [&'a [[u8; BLOCK]]; 3]) -> Self {
        Self { state: INITIAL, parts }
    }

    /// The blocks that come next and lie behind each other; none at the end.
    fn next(&self) -> &'a [[u8; BLOCK]] {
        self.parts.iter().find(|part| !part.is_empty()).copied().unwrap_or_default()
    }

    fn skip(&mut self, count: usize) {
        if let Some(part) = self.parts.iter_mut().find(|part| !part.is_empty()) {
            *part = part.get(count..).unwrap_or_default();
        }
    }

    /// What comes out.
    pub(crate) fn digest(&self) -> [u8; 16] {
        let mut digest = [0; 16];
        let bytes = self.state.map(u32::to_le_bytes);
        digest.iter_mut().zip(bytes.as_flattened()).for_each(|(to, from)| *to = *from);
        digest
    }
}

/// Takes all messages to their ends.
pub(crate) fn run(streams: &mut [Stream<'_>], wide: Option<WideMd5<'_>>) {
    match wide {
        Some(wide) => streams.chunks_mut(WIDE).for_each(|group| take(group, wide)),
        None => streams.chunks_mut(NARROW).for_each(|group| take(group, &lanes::blocks::<NARROW>)),
    }
}

/// Takes up to `N` messages to their ends, side by side as long as there are several.
fn take<const N: usize>(group: &mut [Stream<'_>], blocks: Blocks<'_, N>) {
    loop {
        let mut left = group.iter_mut().filter(|stream| !stream.next().is_empty());
        let (Some(first), second) = (left.next(), left.next()) else { return };
        if second.is_none() {
            alone(first);
            continue;
        }
        let some = first.next();
        let count = group.iter().map(|s| s.next().len()).filter(|n| *n > 0).min().unwrap_or(0);
        let mut state = INITIAL.map(|word| [word; N]);
        // Lanes without a message of their own go over another's in vain.
        let mut messages = [some.get(..count).unwrap_or_default(); N];
        for (lane, (message, stream)) in messages.iter_mut().zip(&*group).enumerate() {
            let Some(next) = stream.next().get(..count) else { continue };
            *message = next;
            for (words, word) in state.iter_mut().zip(stream.state) {
                words.iter_mut().skip(lane).take(1).for_each(|place| *place = word);
            }
        }
        blocks(&mut state, messages);
        for (lane, stream) in group.iter_mut().enumerate().filter(|(_, stream)| !stream.next().is_empty()) {
            for (word, words) in stream.state.iter_mut().zip(&state) {
                *word = words.get(lane).copied().unwrap_or_default();
            }
            stream.skip(count);
        }
    }
}

/// Goes on with what lies behind each other of one message.
fn alone(stream: &mut Stream<'_>) {
    let blocks = stream.next();
    let mut state = stream.state.map(|word| [word]);
    lanes::blocks(&mut state, [blocks]);
    stream.state = state.map(|[word]| word);
    stream.skip(blocks.len());
}

#[cfg(test)]
mod tests {
    use super::*;
    use md5::{Digest as _, Md5};
    use proptest::prelude::*;

    fn padded(message: &[u8]) -> Vec<u8> {
        let mut padded = [message, &[0x80]].concat();
        padded.resize((padded.len() + 8).next_multiple_of(BLOCK) - 8, 0);
        padded.extend_from_slice(&(message.len() as u64 * 8).to_le_bytes());
        padded
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]

        #[test]
        fn many_messages_in_parts_have_the_digests_of_each(
            messages in proptest::collection::vec((proptest::collection::vec(any::<u8>(), 0..700), 0usize..12, 0usize..12), 0..20),
        ) {
            let padded: Vec<Vec<u8>> = messages.iter().map(|(message, ..)| padded(message)).collect();
            let streams = || {
                let parts = padded.iter().zip(&messages).map(|(bytes, (_, first, second))| {
                    let blocks = bytes.as_chunks().0;
                    let (first, rest) = blocks.split_at(*first.min(&blocks.len()));
                    let (second, third) = rest.split_at(*second.min(&rest.len()));
                    Stream::new([first, second, third])
                });
                parts.collect::<Vec<_>>()
            };
            let alone: Vec<[u8; 16]> = messages.iter().map(|(m, ..)| Md5::digest(m).into()).collect();
            let ways: [Option<WideMd5<'_>>; 2] = [None, Some(&plain_md5)];
            for wide in ways {
                let mut streams = streams();
                run(&mut streams, wide);
                prop_assert_eq!(streams.iter().map(Stream::digest).collect::<Vec<_>>(), alone.clone());
            }
        }
    }
}
