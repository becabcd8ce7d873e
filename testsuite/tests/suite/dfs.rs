//! Distributed file systems: what a root tells its clients, and what it does not cover itself.

use crate::support::refused;
use lanward_client::{Connection, Create, Options, Request, Tree, utf16};
use lanward_fsa::FileSystem;
use lanward_nt::dfsc::{DecodedReferrals, ReferralRequest};
use lanward_nt::fscc::CtlCode;
use lanward_nt::{AccessMask, FileTime, NtStatus as S};
use lanward_server::{DfsDomain, DfsLink, DfsNamespace, ShareDefinition};
use lanward_smb2::messages::{Capabilities, ShareCapabilities, ShareFlags};
use lanward_smb2::{Command, HeaderFlags};
use lanward_testsuite::{Plan, Site};
use lanward_vfs::{MemVolume, Volume};
use lanward_wire::{Decode, Encode, Reader, Writer};
use std::sync::Arc;

struct Peer {
    c: Connection,
    ipc: Tree,
    tree: Tree,
    site: Site,
}

fn peer() -> Peer {
    let volume: Arc<dyn Volume> = MemVolume::new(|| FileTime(1));
    let link = |path: &str, target: &str| DfsLink { path: path.into(), targets: vec![target.into()] };
    let dfs = DfsNamespace {
        root_targets: vec![r"\twin\root".into()],
        links: vec![link("docs", r"\other\docs"), link(r"docs\deep", r"\deep\x\y"), link("a\\b", r"\ab\c")],
    };
    let share = ShareDefinition {
        dfs: Some(Arc::new(dfs)),
        ..ShareDefinition::disk("root", FileSystem::new(volume.clone()), "root")
    };
    let domain = DfsDomain {
        netbios_name: "EX".into(),
        dns_name: "ex.org".into(),
        controllers: vec!["dc1.ex.org".into(), "dc2.ex.org".into()],
    };
    let plan = Plan::default().define(share).share("plain", volume);
    let site = plan.settings(|s| s.dfs_domains = vec![domain]).start().unwrap();
    let mut c = site.connect(Options::default()).unwrap();
    let session = c.login("alice", "Secret007").unwrap();
    let (ipc, tree) = (c.tree_connect(session, "IPC$").unwrap(), c.tree_connect(session, "root").unwrap());
    Peer { c, ipc, tree, site }
}

impl Peer {
    fn ask(&mut self, max_level: u16, path: &str, max: u32) -> Result<DecodedReferrals, S> {
        let request = ReferralRequest { max_level, path: path.into(), site: None };
        let answer = self.c.ioctl_tree(self.ipc, CtlCode::DFS_GET_REFERRALS, &request.to_bytes(), max);
        let answer = answer.map_err(|e| e.status().expect("a status"))?;
        let mut bytes = Vec::new();
        let ex = ReferralRequest { site: Some("Here".into()), ..request };
        ex.encode_ex(&mut Writer::new(&mut bytes));
        assert_eq!(self.c.ioctl_tree(self.ipc, CtlCode::DFS_GET_REFERRALS_EX, &bytes, max).unwrap(), answer);
        if answer.is_empty() {
            return Err(S::BUFFER_OVERFLOW);
        }
        Ok(DecodedReferrals::decode(&mut Reader::new(&answer)).unwrap())
    }

    /// Where a path leads, and how much of it that stands for.
    fn leads(&mut self, max_level: u16, path: &str) -> Result<(Vec<String>, u16, u32), S> {
        let answer = self.ask(max_level, path, 4096)?;
        assert!(answer.entries.iter().all(|e| e.version == max_level.min(4)));
        let targets = answer
            .entries
            .iter()
            .flat_map(|e| &e.targets)
            .map(lanward_nt::NtString::to_string_lossy)
            .collect();
        Ok((targets, answer.path_consumed, answer.flags))
    }

    /// The status of an open whose name begins with server and share.
    fn opens(&mut self, tree: Tree, name: &str) -> S {
        let bytes = utf16(name);
        let create = Create::open(name, AccessMask::READ_ATTRIBUTES);
        let body = create.request(&bytes);
        let request = Request::new(Command::CREATE, tree, &body).flags(HeaderFlags::DFS_OPERATIONS);
        self.c.call(&request).unwrap().status()
    }
}

#[test]
fn roots_and_links_lead_where_they_are() {
    let mut p = peer();
    for level in 1..=5 {
        let root = Ok((vec![r"\srv\root".to_owned(), r"\twin\root".to_owned()], 18, 3));
        assert_eq!(p.leads(level, r"\srv\root"), root, "{level}");
        assert_eq!(p.leads(level, r"\srv\root\elsewhere\x"), root, "{level}");
        let bits = if level == 1 { 3 } else { 2 };
        let link = |target: &str, consumed| Ok((vec![target.to_owned()], consumed, bits));
        assert_eq!(p.leads(level, r"\srv\ROOT\Docs\x\y"), link(r"\other\docs", 28));
        assert_eq!(p.leads(level, r"\srv\root\docs\DEEP"), link(r"\deep\x\y", 38));
        assert_eq!(p.leads(level, r"\srv\root\a\b"), link(r"\ab\c", 26));
        assert_eq!(p.leads(level, r"\srv\root\a\bc").unwrap().1, 18, "no link");
    }
    assert_eq!(p.leads(4, r"\srv\plain"), Err(S::NOT_FOUND));
    assert_eq!(p.leads(4, r"\srv\nothing"), Err(S::NOT_FOUND));
    assert_eq!(p.leads(0, r"\srv\root"), Err(S::INVALID_PARAMETER));
    let whole = p.ask(4, r"\srv\root", 4096).unwrap();
    assert_eq!((whole.entries[0].flags, whole.entries[1].flags), (4, 0), "one set of targets");
    assert_eq!(whole.entries[0].dfs_path, r"\srv\root".into());
    let least = p.ask(4, r"\srv\root", 100).unwrap();
    assert_eq!(least.entries.len(), 1, "what does not fit is left out");
    assert_eq!(p.ask(4, r"\srv\root", 40), Err(S::BUFFER_OVERFLOW));
}

#[test]
fn domains_and_their_controllers() {
    let mut p = peer();
    let names = p.ask(4, "", 4096).unwrap();
    let found: Vec<_> = names.entries.iter().map(|e| e.dfs_path.to_string_lossy()).collect();
    assert_eq!((found, names.entries[0].version), (vec![r"\EX".to_owned(), r"\ex.org".to_owned()], 3));
    let mut controllers = |path: &str| -> Result<Vec<String>, S> {
        Ok(p.ask(3, path, 4096)?.entries[0]
            .targets
            .iter()
            .map(lanward_nt::NtString::to_string_lossy)
            .collect())
    };
    assert_eq!(controllers(r"\ex.org"), Ok(vec![r"\dc1.ex.org".into(), r"\dc2.ex.org".into()]));
    assert_eq!(controllers(r"\ex"), Ok(vec![r"\DC1".into(), r"\DC2".into()]));
    assert_eq!(controllers(r"\nobody"), Err(S::INVALID_PARAMETER));
    assert_eq!(p.ask(2, "", 4096), Err(S::UNSUCCESSFUL));
    assert_eq!(
        p.leads(4, r"\ex.org\SYSVOL").unwrap(),
        (vec![r"\dc1.ex.org\SYSVOL".into(), r"\dc2.ex.org\SYSVOL".into()], 28, 2)
    );
    assert_eq!(p.leads(4, r"\EX\netlogon").unwrap().0, [r"\DC1\netlogon", r"\DC2\netlogon"]);
    assert_eq!(p.leads(4, r"\EX\sysvol\x"), Err(S::NOT_FOUND));
    assert_eq!(p.leads(4, r"\other.org\sysvol"), Err(S::NOT_FOUND));
}

#[test]
fn a_root_says_so_and_covers_no_link() {
    let mut p = peer();
    assert!(p.tree.capabilities.contains(ShareCapabilities::DFS));
    assert!(p.tree.share_flags.contains(ShareFlags::DFS | ShareFlags::DFS_ROOT));
    assert!(p.c.negotiated().capabilities.contains(Capabilities::DFS));
    let tree = p.tree;
    p.c.write_file(tree, "file", b"here").unwrap();
    assert_eq!(p.opens(tree, r"srv\root\file"), S::SUCCESS);
    assert_eq!(p.opens(tree, r"\srv\root"), S::SUCCESS);
    assert_eq!(p.opens(tree, r"srv\root\docs"), S::PATH_NOT_COVERED);
    assert_eq!(p.opens(tree, r"srv\root\DOCS\a\b"), S::PATH_NOT_COVERED);
    assert_eq!(p.opens(tree, r"srv\root\docs2"), S::OBJECT_NAME_NOT_FOUND);
    assert_eq!(p.opens(tree, "file"), S::SUCCESS, "a name without server and share is taken as it is");
    assert_eq!(p.opens(tree, r"docs\x"), S::PATH_NOT_COVERED);
    let plain = p.c.tree_connect(tree.session, "plain").unwrap();
    assert!(!plain.capabilities.contains(ShareCapabilities::DFS));
    assert_eq!(p.opens(plain, "file"), S::SUCCESS, "elsewhere the flag says nothing");
}

#[test]
fn requests_that_lie_are_refused() {
    let mut p = peer();
    for (code, input) in [
        (CtlCode::DFS_GET_REFERRALS, &b"\x04"[..]),
        (CtlCode::DFS_GET_REFERRALS_EX, b"\x04\0\x01\0\xff\xff\xff\xff\x02\0a\0"),
        (CtlCode::DFS_GET_REFERRALS_EX, b"\x04\0\x01\0\x04\0\0\0\x04\0a\0"),
        (CtlCode::DFS_GET_REFERRALS_EX, b"\x04\0\x01\0\x04\0\0\0\x02\0a\0"),
    ] {
        assert_eq!(refused(p.c.ioctl_tree(p.ipc, code, input, 4096)), S::INVALID_PARAMETER, "{input:x?}");
    }
    p.site.change_zone(|zone| zone.shares = Some(vec!["plain".into()]));
    assert_eq!(p.leads(4, r"\srv\root"), Err(S::NOT_FOUND), "a share that cannot be seen");
    let none = Site::new().unwrap();
    let (mut c, tree) = none.alice(Options::default()).unwrap();
    let request = ReferralRequest { max_level: 4, path: r"\s\data".into(), site: None };
    let answer = c.ioctl_tree(tree, CtlCode::DFS_GET_REFERRALS, &request.to_bytes(), 4096);
    assert_eq!(refused(answer), S::FS_DRIVER_REQUIRED);
}
