use super::links::{Link, Links};
use super::pages::Pages;
use crate::{ExtendedAttribute, FileKind, FileNumber, Metadata, PosixState, Result};
use lanward_nt::fscc::{FileObjectId, ReparsePoint};
use lanward_nt::{FileAttributes, FileTime, NtPath, NtStatus, NtString};
use std::collections::{BTreeMap, HashMap, HashSet};

/// The number of the root directory.
pub(super) const ROOT: u64 = 1;
const LONGEST_NAME: usize = 255;

/// A file or directory.
#[derive(Debug)]
pub(super) struct Node {
    /// `None` for a file.
    pub(super) links: Option<Links>,
    pub(super) data: Pages,
    pub(super) attributes: FileAttributes,
    pub(super) creation_time: FileTime,
    pub(super) last_access_time: FileTime,
    pub(super) last_write_time: FileTime,
    pub(super) change_time: FileTime,
    pub(super) link_count: u32,
    pub(super) opens: u32,
    pub(super) reserved: u64,
    pub(super) eas: Vec<ExtendedAttribute>,
    pub(super) object_id: Option<FileObjectId>,
    pub(super) security: Option<Vec<u8>>,
    pub(super) posix: PosixState,
    pub(super) reparse: Option<ReparsePoint>,
    /// Named streams by upper-cased name: each a node of its own, of which only the data counts.
    pub(super) streams: BTreeMap<NtString, Link>,
}

impl Node {
    pub(super) fn new(directory: bool, attributes: FileAttributes, now: FileTime) -> Self {
        let archive = if directory { FileAttributes::empty() } else { FileAttributes::ARCHIVE };
        Self {
            links: directory.then(Links::default),
            data: Pages::default(),
            attributes: stored(attributes) | archive,
            creation_time: now,
            last_access_time: now,
            last_write_time: now,
            change_time: now,
            link_count: 1,
            opens: 0,
            reserved: 0,
            eas: Vec::new(),
            object_id: None,
            security: None,
            posix: PosixState { mode: if directory { 0o40755 } else { 0o100_644 }, owner: 0, group: 0 },
            reparse: None,
            streams: BTreeMap::new(),
        }
    }

    pub(super) fn set_permissions(&mut self, mode: u16) {
        let kept = self.posix.mode & !PosixState::PERMISSIONS;
        self.posix.mode = kept | (mode & PosixState::PERMISSIONS);
    }

    pub(super) fn is_directory(&self) -> bool {
        self.links.is_some()
    }

    pub(super) fn metadata(&self, number: FileNumber) -> Metadata {
        let directory = self.is_directory();
        let mut attributes = self.attributes;
        attributes.set(FileAttributes::DIRECTORY, directory);
        attributes.set(FileAttributes::REPARSE_POINT, self.reparse.is_some());
        if attributes.is_empty() {
            attributes = FileAttributes::NORMAL;
        }
        Metadata {
            number,
            kind: if directory { FileKind::Directory } else { FileKind::File },
            attributes,
            creation_time: self.creation_time,
            last_access_time: self.last_access_time,
            last_write_time: self.last_write_time,
            change_time: self.change_time,
            end_of_file: self.data.length(),
            allocation_size: self.data.allocated().max(self.reserved),
            reparse_tag: self.reparse.as_ref().map(|r| r.tag),
            link_count: self.link_count,
            ea_size: ea_size(&self.eas),
            secured: self.security.is_some(),
            posix: self.posix,
        }
    }
}

/// What a client may set, less the "nothing else" mark.
pub(super) fn stored(attributes: FileAttributes) -> FileAttributes {
    (attributes & FileAttributes::SETTABLE).difference(FileAttributes::NORMAL)
}

/// [MS-FSCC] 2.4.15: entries of 8 bytes, name, NUL and value, each but the last padded to 4.
fn ea_size(eas: &[ExtendedAttribute]) -> u32 {
    let total =
        eas.iter().fold(0, |at: usize, ea| at.next_multiple_of(4) + 9 + ea.name.len() + ea.value.len());
    u32::try_from(total).unwrap_or(u32::MAX)
}

/// All nodes by number.
#[derive(Debug)]
pub(super) struct Store {
    nodes: HashMap<u64, Node>,
    next: u64,
}

/// Where a path leads: the directory its last component is in, that component, and what is there.
pub(super) struct Place {
    pub(super) directory: u64,
    pub(super) name: NtString,
    pub(super) found: Option<Link>,
    /// The directory's path in the volume's case.
    pub(super) parent: NtPath,
}

impl Place {
    /// The path in the volume's case, with the name as found or as given.
    pub(super) fn path(&self) -> Result<NtPath> {
        let name = self.found.as_ref().map_or(&self.name, |l| &l.name);
        self.parent.join(name.units()).ok_or(NtStatus::OBJECT_NAME_INVALID)
    }
}

impl Store {
    pub(super) fn new(now: FileTime) -> Self {
        let root = Node::new(true, FileAttributes::empty(), now);
        Self { nodes: HashMap::from([(ROOT, root)]), next: ROOT + 1 }
    }

    pub(super) fn node(&self, number: u64) -> Result<&Node> {
        self.nodes.get(&number).ok_or(NtStatus::FILE_DELETED)
    }

    pub(super) fn node_mut(&mut self, number: u64) -> Result<&mut Node> {
        self.nodes.get_mut(&number).ok_or(NtStatus::FILE_DELETED)
    }

    pub(super) fn insert(&mut self, node: Node) -> u64 {
        let number = self.next;
        self.next += 1;
        self.nodes.insert(number, node);
        number
    }

    /// Bytes all data fills.
    pub(super) fn allocated(&self) -> u64 {
        self.nodes.values().map(|n| n.data.allocated()).sum()
    }

    /// All files and directories, without the nodes of their streams.
    pub(super) fn named(&self) -> impl Iterator<Item = &Node> {
        let streams: HashSet<u64> =
            self.nodes.values().flat_map(|n| n.streams.values().map(|s| s.node)).collect();
        self.nodes.iter().filter(move |(number, _)| !streams.contains(number)).map(|(_, node)| node)
    }

    /// Bytes an object's data and its streams fill.
    pub(super) fn allocated_with_streams(&self, node: &Node) -> u64 {
        let streams = node.streams.values().filter_map(|s| self.nodes.get(&s.node));
        node.data.allocated() + streams.map(|n| n.data.allocated()).sum::<u64>()
    }

    fn links(&self, directory: u64) -> Result<&Links> {
        self.node(directory)?.links.as_ref().ok_or(NtStatus::NOT_A_DIRECTORY)
    }

    /// Walks to a path's last component.
    pub(super) fn place(&self, path: &NtPath) -> Result<Place> {
        let (mut directory, mut parent) = (ROOT, NtPath::root());
        let mut components = path.components().map(|c| NtString(c.to_vec())).peekable();
        while let Some(name) = components.next() {
            check_name(&name)?;
            let links = self.links(directory).map_err(|_| NtStatus::OBJECT_PATH_NOT_FOUND)?;
            let found = links.get(&name).cloned();
            if components.peek().is_none() {
                return Ok(Place { directory, name, found, parent });
            }
            let link =
                found.or_else(|| links.find_short(&name).cloned()).ok_or(NtStatus::OBJECT_PATH_NOT_FOUND)?;
            parent = parent.join(link.name.units()).ok_or(NtStatus::OBJECT_NAME_INVALID)?;
            directory = link.node;
            if self.node(directory)?.reparse.is_some() {
                return Err(NtStatus::STOPPED_ON_SYMLINK);
            }
        }
        Err(NtStatus::ACCESS_DENIED)
    }

    /// As [`Store::place`], taking what has the last component as its 8.3 name too.
    pub(super) fn place_of_any_name(&self, path: &NtPath) -> Result<Place> {
        let mut place = self.place(path)?;
        if let (None, Ok(links)) = (&place.found, self.links(place.directory)) {
            place.found = links.find_short(&place.name).cloned();
        }
        Ok(place)
    }

    /// What a path names, with its path in the volume's case.
    pub(super) fn find(&self, path: &NtPath) -> Result<(NtPath, u64)> {
        if path.is_root() {
            return Ok((NtPath::root(), ROOT));
        }
        let place = self.place_of_any_name(path)?;
        let found = place.found.as_ref().ok_or(NtStatus::OBJECT_NAME_NOT_FOUND)?.node;
        Ok((place.path()?, found))
    }

    /// Whether `inner` is `outer` or lies beneath it.
    pub(super) fn is_within(&self, inner: u64, outer: u64) -> bool {
        inner == outer
            || self
                .links(outer)
                .is_ok_and(|links| links.values().any(|l| l.node == inner || self.is_within(inner, l.node)))
    }

    pub(super) fn add_link(
        &mut self,
        directory: u64,
        name: NtString,
        node: u64,
        now: FileTime,
    ) -> Result<()> {
        let parent = self.node_mut(directory)?;
        let links = parent.links.as_mut().ok_or(NtStatus::OBJECT_PATH_NOT_FOUND)?;
        links.insert(Link { name, node });
        (parent.last_write_time, parent.change_time) = (now, now);
        Ok(())
    }

    pub(super) fn take_link(&mut self, directory: u64, name: &NtString, now: FileTime) -> Result<()> {
        let parent = self.node_mut(directory)?;
        let links = parent.links.as_mut().ok_or(NtStatus::OBJECT_PATH_NOT_FOUND)?;
        links.remove(name).ok_or(NtStatus::OBJECT_NAME_NOT_FOUND)?;
        (parent.last_write_time, parent.change_time) = (now, now);
        Ok(())
    }

    /// One name less; the file goes when it has no name and no handle.
    pub(super) fn unlinked(&mut self, number: u64, now: FileTime) {
        if let Some(node) = self.nodes.get_mut(&number) {
            node.link_count = node.link_count.saturating_sub(1);
            node.change_time = now;
        }
        self.reap(number);
    }

    pub(super) fn closed(&mut self, number: u64) {
        if let Some(node) = self.nodes.get_mut(&number) {
            node.opens = node.opens.saturating_sub(1);
        }
        self.reap(number);
    }

    fn reap(&mut self, number: u64) {
        if self.nodes.get(&number).is_some_and(|n| n.link_count == 0 && n.opens == 0)
            && let Some(node) = self.nodes.remove(&number)
        {
            node.streams.values().for_each(|s| self.unlinked(s.node, node.change_time));
        }
    }
}

/// [MS-FSCC] 2.1.5.2: what a component may hold. The private characters that stand for forbidden ones are ordinary here.
fn check_name(name: &NtString) -> Result<()> {
    let forbidden = |u: &u16| *u < 0x20 || u8::try_from(*u).is_ok_and(|b| b"\"*/:<>?|".contains(&b));
    if name.units().len() > LONGEST_NAME || name.units().iter().any(forbidden) {
        return Err(NtStatus::OBJECT_NAME_INVALID);
    }
    Ok(())
}
