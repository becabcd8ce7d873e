//! What the worker gives up before it looks at a byte from outside.

use landlock::{ABI, Access as _, AccessFs, AccessNet, Ruleset, RulesetAttr as _, RulesetStatus, Scope};
use rustix::thread::{CapabilitySet, CapabilitySets, set_capabilities, set_no_new_privs};
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
    TargetArch,
};
use std::collections::BTreeMap;
use std::io;

/// What of it the system could not give.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Confinement {
    /// What is missing, in words.
    pub lacks: Vec<String>,
}

/// What a confined process still needs to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Task {
    /// To work with descriptors it has or is given.
    Descriptors,
    /// The same, and to connect to other computers.
    Connects,
}

/// The calling thread, which must be the only one, keeps its descriptors and loses everything else: capabilities, other programs, files, ports, and
/// all system calls but those that read, write, wait and take memory. There is no way back.
///
/// # Errors
/// The system's, where what every kernel has does not work. What older ones lack is told in the answer.
pub fn confine(task: Task) -> io::Result<Confinement> {
    let mut confinement = Confinement::default();
    set_no_new_privs(true)?;
    if let Err(error) = landlock(task) {
        confinement.lacks.push(error);
    }
    let none = CapabilitySet::empty();
    set_capabilities(None, CapabilitySets { effective: none, permitted: none, inheritable: none })?;
    match filter(task) {
        Ok(program) => seccompiler::apply_filter(&program).map_err(io::Error::other)?,
        Err(error) => confinement.lacks.push(format!("seccomp: {error}")),
    }
    Ok(confinement)
}

/// No file at all, no port to bind and none to connect to, no signal to and no abstract socket of other processes.
fn landlock(task: Task) -> Result<(), String> {
    let told = |error: landlock::RulesetError| format!("landlock: {error}");
    let ports = match task {
        Task::Descriptors => AccessNet::from_all(ABI::V6),
        Task::Connects => AccessNet::BindTcp.into(),
    };
    let rules = Ruleset::default()
        .handle_access(AccessFs::from_all(ABI::V6))
        .and_then(|rules| rules.handle_access(ports))
        .and_then(|rules| rules.scope(Scope::AbstractUnixSocket | Scope::Signal))
        .map_err(told)?;
    let status = rules.create().and_then(landlock::RulesetCreated::restrict_self).map_err(told)?;
    match status.ruleset {
        RulesetStatus::FullyEnforced => Ok(()),
        RulesetStatus::PartiallyEnforced => Err("landlock: this kernel knows a part of it only".to_owned()),
        RulesetStatus::NotEnforced => Err("landlock: this kernel has none".to_owned()),
    }
}

/// What is allowed; everything else is refused with EPERM.
const CALLS: &[i64] = &[
    libc::SYS_read,
    libc::SYS_write,
    libc::SYS_readv,
    libc::SYS_writev,
    libc::SYS_recvfrom,
    libc::SYS_sendto,
    libc::SYS_recvmsg,
    libc::SYS_sendmsg,
    libc::SYS_recvmmsg,
    libc::SYS_sendmmsg,
    libc::SYS_accept4,
    libc::SYS_shutdown,
    libc::SYS_close,
    libc::SYS_getsockname,
    libc::SYS_getpeername,
    libc::SYS_getsockopt,
    libc::SYS_fcntl,
    libc::SYS_epoll_ctl,
    libc::SYS_epoll_pwait,
    libc::SYS_ppoll,
    libc::SYS_futex,
    libc::SYS_sched_yield,
    libc::SYS_clock_gettime,
    libc::SYS_clock_nanosleep,
    libc::SYS_getrandom,
    libc::SYS_getpid,
    libc::SYS_gettid,
    libc::SYS_brk,
    libc::SYS_munmap,
    libc::SYS_mremap,
    libc::SYS_madvise,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_sigaltstack,
    libc::SYS_restart_syscall,
    libc::SYS_exit,
    libc::SYS_exit_group,
];

/// Names of calls that only older machines have.
#[cfg(target_arch = "x86_64")]
const OLDER: &[i64] = &[libc::SYS_epoll_wait, libc::SYS_poll, libc::SYS_time, libc::SYS_gettimeofday];
#[cfg(not(target_arch = "x86_64"))]
const OLDER: &[i64] = &[];

fn filter(task: Task) -> Result<BpfProgram, seccompiler::BackendError> {
    let mut rules: BTreeMap<i64, Vec<SeccompRule>> =
        CALLS.iter().chain(OLDER).map(|call| (*call, Vec::new())).collect();
    // Memory that is not to be run.
    let executable = u64::try_from(libc::PROT_EXEC).unwrap_or(0);
    for call in [libc::SYS_mmap, libc::SYS_mprotect] {
        let not_run =
            SeccompCondition::new(2, SeccompCmpArgLen::Dword, SeccompCmpOp::MaskedEq(executable), 0)?;
        rules.insert(call, vec![SeccompRule::new(vec![not_run])?]);
    }
    // Options of TCP: those of IP would have the GRE socket send what claims to be from anybody (IP_HDRINCL).
    let level = u64::try_from(libc::IPPROTO_TCP).unwrap_or(0);
    let of_tcp = SeccompCondition::new(1, SeccompCmpArgLen::Dword, SeccompCmpOp::Eq, level)?;
    rules.insert(libc::SYS_setsockopt, vec![SeccompRule::new(vec![of_tcp])?]);
    if task == Task::Connects {
        // TCP over IPv4 alone: what else there is was opened before.
        let is = |at, how, value: i32| {
            let value = u64::try_from(value).unwrap_or(0);
            SeccompCondition::new(at, SeccompCmpArgLen::Dword, how, value)
        };
        let tcp = SeccompRule::new(vec![
            is(0, SeccompCmpOp::Eq, libc::AF_INET)?,
            // Beside the type there are flags.
            is(1, SeccompCmpOp::MaskedEq(0xf), libc::SOCK_STREAM)?,
        ])?;
        rules.insert(libc::SYS_socket, vec![tcp]);
        rules.insert(libc::SYS_connect, Vec::new());
    }
    let refused = SeccompAction::Errno(u32::try_from(libc::EPERM).unwrap_or(1));
    let machine = TargetArch::try_from(std::env::consts::ARCH)?;
    SeccompFilter::new(rules, refused, SeccompAction::Allow, machine)?.try_into()
}

#[cfg(test)]
mod tests {
    use super::{Task, confine};
    use std::io::{Read as _, Write as _};
    use std::net::{TcpListener, TcpStream, UdpSocket};
    use std::os::unix::net::UnixStream;

    /// In a thread of its own, which ends confined.
    fn confined<T: Send + 'static>(task: Task, then: impl FnOnce() -> T + Send + 'static) -> T {
        let work = move || {
            confine(task).unwrap();
            then()
        };
        std::thread::spawn(work).join().unwrap()
    }

    #[test]
    fn descriptors_work_and_nothing_else_does() {
        let (mut one, mut other) = UnixStream::pair().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let client = TcpStream::connect(address).unwrap();
        confined(Task::Descriptors, move || {
            one.write_all(b"here").unwrap();
            let mut bytes = [0; 4];
            other.read_exact(&mut bytes).unwrap();
            let (mut accepted, _) = listener.accept().unwrap();
            accepted.write_all(b"taken").unwrap();
            accepted.set_nodelay(true).unwrap();
            assert!(accepted.set_ttl(9).is_err(), "an option of IP");
            let mut random = [0; 8];
            rustix::rand::getrandom(&mut random, rustix::rand::GetRandomFlags::empty()).unwrap();
            let memory: Vec<u8> = vec![1; 4 << 20];
            assert_eq!(memory.len(), 4 << 20);

            assert!(std::fs::read("/proc/self/status").is_err() && std::fs::read_dir("/").is_err());
            assert!(std::fs::write("/tmp/confined", b"x").is_err());
            assert!(TcpStream::connect(address).is_err() && TcpListener::bind("127.0.0.1:0").is_err());
            assert!(UdpSocket::bind("127.0.0.1:0").is_err());
            assert!(std::process::Command::new("/bin/true").status().is_err());
            let held = rustix::thread::capability_is_in_bounding_set(rustix::thread::CapabilitySet::CHOWN);
            assert!(held.is_err(), "prctl is not among the calls");
        });
        drop(client);
    }

    #[test]
    fn who_connects_connects_and_does_no_more() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        confined(Task::Connects, move || {
            assert!(TcpStream::connect(address).is_ok());
            assert!(UdpSocket::bind("127.0.0.1:0").is_err() && TcpListener::bind("127.0.0.1:0").is_err());
            assert!(std::fs::read("/etc/hostname").is_err());
        });
    }
}
