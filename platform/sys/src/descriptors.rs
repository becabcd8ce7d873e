use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, ReturnFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, recvmsg, sendmsg,
};
use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

/// Descriptors that go over a Unix socket at once.
pub const MAX_DESCRIPTORS: usize = 16;

/// Sends bytes over a Unix socket and with the first of them copies of descriptors. Answers how many bytes went; with the first the descriptors did.
///
/// # Errors
/// The system's; more than [`MAX_DESCRIPTORS`].
pub fn send_descriptors(
    socket: impl AsFd,
    bytes: &[u8],
    descriptors: &[BorrowedFd<'_>],
) -> io::Result<usize> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MAX_DESCRIPTORS))];
    let mut ancillary = SendAncillaryBuffer::new(&mut space);
    let fit = descriptors.len() <= MAX_DESCRIPTORS;
    if !(descriptors.is_empty() || fit && ancillary.push(SendAncillaryMessage::ScmRights(descriptors))) {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "too many descriptors at once"));
    }
    Ok(sendmsg(socket, &[IoSlice::new(bytes)], &mut ancillary, SendFlags::NOSIGNAL)?)
}

/// Reads bytes from a Unix socket and the descriptors that came with them, which programs started later do not get. 0 bytes are its end.
///
/// # Errors
/// The system's; descriptors were lost because there were too many.
pub fn receive_descriptors(
    socket: impl AsFd,
    bytes: &mut [u8],
    into: &mut Vec<OwnedFd>,
) -> io::Result<usize> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MAX_DESCRIPTORS))];
    let mut ancillary = RecvAncillaryBuffer::new(&mut space);
    let parts = &mut [IoSliceMut::new(bytes)];
    let received = recvmsg(socket, parts, &mut ancillary, RecvFlags::CMSG_CLOEXEC)?;
    for message in ancillary.drain() {
        if let RecvAncillaryMessage::ScmRights(descriptors) = message {
            into.extend(descriptors);
        }
    }
    if received.flags.contains(ReturnFlags::CTRUNC) {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "descriptors were lost"));
    }
    Ok(received.bytes)
}

#[cfg(test)]
mod tests {
    use super::{MAX_DESCRIPTORS, receive_descriptors, send_descriptors};
    use std::io::{Read as _, Write as _};
    use std::os::fd::AsFd as _;
    use std::os::unix::net::UnixStream;

    #[test]
    fn what_is_sent_is_a_copy_that_works() {
        let (one, other) = UnixStream::pair().unwrap();
        let (mut kept, passed) = UnixStream::pair().unwrap();
        assert_eq!(send_descriptors(&one, b"head", &[passed.as_fd()]).unwrap(), 4);
        drop(passed);
        let (mut bytes, mut got) = ([0; 16], Vec::new());
        assert_eq!(receive_descriptors(&other, &mut bytes, &mut got).unwrap(), 4);
        let mut there = UnixStream::from(got.pop().unwrap());
        assert!(got.is_empty());
        there.write_all(b"here").unwrap();
        kept.read_exact(&mut bytes[..4]).unwrap();
        assert_eq!(&bytes[..4], b"here");
        assert_eq!(send_descriptors(&one, b"rest", &[]).unwrap(), 4);
        assert_eq!(receive_descriptors(&other, &mut bytes, &mut got).unwrap(), 4);
        assert!(got.is_empty());
        let many = vec![one.as_fd(); MAX_DESCRIPTORS + 1];
        assert!(send_descriptors(&one, b"x", &many).is_err());
        drop(one);
        assert_eq!(receive_descriptors(&other, &mut bytes, &mut got).unwrap(), 0);
    }
}
