//! What the operating system and the processor offer and no safe crate wraps: a few calls, each behind a safe function without policy.

#[expect(
    unsafe_code,
    reason = "the C library's call asks for the process instead of the thread where the system's is missing"
)]
mod access;
#[expect(unsafe_code, reason = "no safe crate wraps this option of a socket")]
mod arrival;
#[expect(unsafe_code, reason = "the C library has no wrapper for this call yet")]
mod cached;
#[expect(unsafe_code, reason = "no safe crate wraps this ioctl")]
mod clone;
#[expect(unsafe_code, reason = "no safe crate sets the user of a thread for files")]
mod credentials;
mod descriptors;
mod file_system;
mod interface_watch;
#[expect(unsafe_code, reason = "getifaddrs gives a list of raw pointers")]
mod interfaces;
mod links;
#[expect(unsafe_code, reason = "what only some processors can is called after asking for it")]
mod md5_vectors;
#[expect(unsafe_code, reason = "the allocator of the C library has no safe wrapper")]
mod memory;
#[expect(unsafe_code, reason = "no safe crate wraps this ioctl of a socket")]
mod queued;
#[expect(unsafe_code, reason = "the C library has no wrapper for this call yet")]
mod quota;
#[expect(
    unsafe_code,
    reason = "no safe crate receives and sends raw packets in batches with their addresses"
)]
mod raw_gre;
#[expect(unsafe_code, reason = "no safe call reads without waiting into memory that is not initialized")]
mod read;
mod rtnetlink;
mod send;
#[expect(unsafe_code, reason = "no safe crate wraps these ioctls")]
mod serial;
#[expect(unsafe_code, reason = "getifaddrs gives a list of raw pointers")]
mod subnets;
#[expect(unsafe_code, reason = "no safe crate wraps this ioctl")]
mod tun;
#[expect(unsafe_code, reason = "the C library has no wrapper for this call yet")]
mod xattr;

pub use access::permits;
pub use arrival::arrived_by;
pub use cached::is_cached;
pub use clone::clone_range;
pub use credentials::{Credentials, act_as, act_as_self, give_up_overrides, is_acting, missing_capabilities};
pub use descriptors::{MAX_DESCRIPTORS, receive_descriptors, send_descriptors};
pub use file_system::{has_reliable_change_times, is_network};
pub use interface_watch::InterfaceWatch;
pub use interfaces::{Interface, interfaces};
pub use links::{Link, LinkKind, links};
pub use md5_vectors::{Md5Blocks, Md5States, Md5Vectors};
pub use memory::release_freed_memory;
pub use queued::{is_closed_by_peer, unacknowledged};
pub use quota::{UserQuota, next_user_quota, set_user_quota, user_quota, user_quotas};
pub use raw_gre::{GRE_BATCH, GRE_MAX, GrePacket, GreReceived, GreSend, GreSocket};
pub use read::read_append;
pub use rtnetlink::{Route, interface_index};
pub use send::{send_file, send_more};
pub use serial::{
    SerialCounts, SerialLines, serial_counts, serial_lines, set_serial_break, set_serial_lines,
};
pub use subnets::{Subnet, subnets};
pub use tun::Tun;
pub use xattr::getxattrat;

/// Whether the calling thread could be given a network of its own, which it then has, with its loopback up.
#[cfg(test)]
#[expect(unsafe_code, reason = "the thread shares nothing of the network that others rely on")]
fn own_network() -> bool {
    use rustix::thread::{UnshareFlags, unshare_unsafe};
    // SAFETY: the network namespace is of this thread alone, and the tests that ask for one open what they use themselves.
    if let Err(error) = unsafe { unshare_unsafe(UnshareFlags::NEWNET) } {
        eprintln!("skipped: no network namespace can be made here ({error})");
        return false;
    }
    match std::path::Path::new("/dev/net/tun").exists() {
        true => rtnetlink::set_link(1, 65_536).is_ok(),
        false => {
            eprintln!("skipped: there is no /dev/net/tun");
            false
        }
    }
}
