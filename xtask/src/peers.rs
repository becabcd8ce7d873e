//! Foreign peers from the distribution: what the interop suites call, installed where we may.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::Result;

use crate::process::{self, Ended};

/// Debian packages the suites use, each with a file that shows it is there.
const PACKAGES: [(&str, &str); 17] = [
    ("smbclient", "/usr/bin/smbclient"),
    ("samba", "/usr/sbin/smbd"),
    ("samba-testsuite", "/usr/bin/smbtorture"),
    ("samba-vfs-modules", "/usr/share/doc/samba-vfs-modules"),
    ("libnss-wrapper", "/usr/share/doc/libnss-wrapper"),
    ("python3-impacket", "/usr/share/doc/python3-impacket"),
    ("python3-scapy", "/usr/share/doc/python3-scapy"),
    ("python3-venv", "/usr/share/doc/python3-venv"),
    ("freeradius", "/usr/sbin/freeradius"),
    ("freeradius-utils", "/usr/bin/radclient"),
    ("tshark", "/usr/bin/tshark"),
    ("user-mode-linux", "/usr/bin/linux.uml"),
    ("cifs-utils", "/usr/sbin/mount.cifs"),
    ("iptables", "/usr/sbin/iptables"),
    ("stress-ng", "/usr/bin/stress-ng"),
    ("xfsprogs", "/usr/sbin/mkfs.xfs"),
    ("busybox-static", "/usr/share/doc/busybox-static"),
];

const LIMIT: Duration = Duration::from_secs(240);

/// Installs missing peers when this is root on a machine with apt; says plainly what it leaves out.
/// The suites skip what they do not find.
pub(crate) fn install() -> Result<()> {
    let missing: Vec<&str> =
        PACKAGES.iter().filter(|(_, proof)| !Path::new(proof).exists()).map(|(name, _)| *name).collect();
    if missing.is_empty() {
        return Ok(());
    }
    if !is_root() || !Path::new("/usr/bin/apt-get").exists() {
        println!("peers not installed (needs root and apt): {}", missing.join(" "));
        return Ok(());
    }
    println!("installing peers: {}", missing.join(" "));
    apt(&["update", "-qq"])?;
    let mut install = vec!["install", "-y", "-qq", "--no-install-recommends"];
    install.extend(&missing);
    if apt(&install)? != Ended::Success {
        println!("peers not installed (apt-get failed): {}", missing.join(" "));
    }
    Ok(())
}

fn apt(arguments: &[&str]) -> Result<Ended> {
    let mut command = Command::new("apt-get");
    command.args(["-o", "DPkg::Lock::Timeout=120"]).args(arguments);
    command.env("DEBIAN_FRONTEND", "noninteractive").stdin(Stdio::null()).stdout(Stdio::null());
    process::run(&mut command, LIMIT)
}

/// Whether this process runs as root, by the owner of its own entry in /proc.
pub(crate) fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}
