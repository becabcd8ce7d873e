use crate::offload::{blocking, short, would_block};
use crate::posix::find;
use crate::wildcard::{Expression, is_wildcard};
use crate::{FileInformationClass, FileOpen};
use lanward_nt::fscc::{DirectoryInformation, FilePosixInformation};
use lanward_nt::{AccessMask, NtPath, NtStatus, NtString, ShortName};
use lanward_vfs::{DirectoryEntry, Metadata, Wait, Wanted};
use lanward_wire::{BudgetedWriter, Writer};
use std::borrow::Cow;
use std::sync::Arc;

/// How a directory is to be listed ([MS-SMB2] 2.2.33 Flags).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DirectoryQuery {
    /// From the first entry again; a pattern that is not empty replaces the one before.
    pub restart: bool,
    /// One entry only.
    pub single: bool,
    /// From the first entry again, with the new pattern.
    pub reopen: bool,
    /// The client's FileIndex, which no volume here has: passed over.
    pub index: Option<u32>,
    /// Entries of FileIdBothDirectoryInformation are as a Mac wants them ([`lanward_nt::fscc::AppleEntry`]).
    pub apple: bool,
}

/// Most entries that are asked of the volume at once, which bounds what an open keeps between two queries.
const MOST_AT_ONCE: usize = 256;

/// Bytes of an entry of the POSIX class before the name ([POSIX-FSCC] 2.3.1.1), its owner and group being of three parts.
const POSIX_FIXED: usize = 8 /* NextEntryOffset, FileIndex */ + 80 + 2 * 20 /* SIDs */ + 4 /* FileNameLength */;

/// A listing under way.
#[derive(Debug)]
pub(crate) struct Scan {
    expression: Arc<Expression>,
    pattern: NtString,
    stage: Stage,
    /// Entries got from the volume and not yet sent, the next one last.
    waiting: Vec<DirectoryEntry>,
    /// Whether an entry was ever found.
    found: bool,
    /// Names are found by their 8.3 names as well.
    pub(crate) by_short_names: bool,
    /// Entries have their 8.3 names.
    pub(crate) short_names: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Dot,
    DotDot,
    Volume,
    End,
}

impl Scan {
    pub(crate) fn new(pattern: &NtString, posix: bool) -> Result<Self, NtStatus> {
        let posix_pattern = posix.then(|| posix_pattern(pattern));
        let pattern = posix_pattern.as_ref().unwrap_or(pattern);
        let good = |u: &u16| is_wildcard(*u) || !matches!(*u, 0..=0x1f | 0x2f | 0x5c | 0x3a | 0x7c);
        if pattern.units().len() > 255 || !pattern.units().iter().all(good) {
            return Err(NtStatus::OBJECT_NAME_INVALID);
        }
        Ok(Self {
            expression: Arc::new(Expression::new(pattern)),
            pattern: pattern.clone(),
            stage: Stage::Dot,
            waiting: Vec::new(),
            found: false,
            by_short_names: false,
            short_names: false,
        })
    }

    /// The entry that comes next is this one.
    pub(crate) fn put_back(&mut self, entry: DirectoryEntry) {
        self.waiting.push(entry);
    }
}

impl Scan {
    /// Whether `..` is in the pattern: for those who know 8.3 names only, together with `.`, for it has no extension.
    fn matches_parent(&self) -> bool {
        self.expression.matches(&[0x2e, 0x2e]) || (self.by_short_names && self.expression.matches(&[0x2e]))
    }
}

/// What a POSIX client looks for, in the spelling that names have here; wildcards stay.
fn posix_pattern(pattern: &NtString) -> NtString {
    let own = pattern.from_posix_path();
    let unit = |(given, own): (&u16, &u16)| if is_wildcard(*given) { *given } else { *own };
    NtString(pattern.units().iter().zip(own.units()).map(unit).collect())
}

impl FileOpen {
    /// Writes the next entries of a directory ([MS-FSA] 2.1.5.6).
    ///
    /// # Errors
    /// NO_SUCH_FILE when the first query finds nothing, NO_MORE_FILES when a later one does, INFO_LENGTH_MISMATCH when no entry could ever fit,
    /// BUFFER_OVERFLOW when the first one was cut, INVALID_INFO_CLASS, INVALID_PARAMETER when this is no directory, ACCESS_DENIED.
    pub async fn query_directory(
        &self,
        class: FileInformationClass,
        pattern: &NtString,
        query: DirectoryQuery,
        out: &mut BudgetedWriter<'_>,
    ) -> Result<(), NtStatus> {
        let fixed = match class {
            FileInformationClass::POSIX if self.posix => POSIX_FIXED,
            class => class.directory_entry_length().ok_or(NtStatus::INVALID_INFO_CLASS)?,
        };
        if !self.is_directory() {
            return Err(NtStatus::INVALID_PARAMETER);
        }
        self.require(AccessMask::READ_DATA)?;
        if out.remaining() < fixed {
            return Err(NtStatus::INFO_LENGTH_MISMATCH);
        }
        let mut place = self.scan.lock().await;
        let mut scan = match place.take() {
            Some(scan) if !query.restart && !query.reopen => scan,
            before => self.begin_scan(before, pattern, query).await?,
        };
        scan.short_names = class.has_short_name() && !query.apple && !self.posix;
        let written = self.write_entries(&mut scan, class, query, out).await;
        let first = !scan.found;
        scan.found = true;
        *place = Some(scan);
        match written {
            Ok(0) if first => Err(NtStatus::NO_SUCH_FILE),
            Ok(0) => Err(NtStatus::NO_MORE_FILES),
            Ok(_) => Ok(()),
            Err(status) => Err(status),
        }
    }

    pub(crate) async fn begin_scan(
        &self,
        before: Option<Box<Scan>>,
        pattern: &NtString,
        query: DirectoryQuery,
    ) -> Result<Box<Scan>, NtStatus> {
        let Some(before) = before else { return Ok(Box::new(Scan::new(pattern, self.posix)?)) };
        let keeps = pattern.units().is_empty() && !query.reopen;
        let mut scan = Scan::new(if keeps { &before.pattern } else { pattern }, self.posix)?;
        scan.found = before.found && !query.reopen;
        let file = Arc::clone(&self.file);
        short(self.file_system.is_slow(), move || file.rewind()).await?;
        Ok(Box::new(scan))
    }

    /// Writes what fits and answers how many entries that were.
    async fn write_entries(
        &self,
        scan: &mut Scan,
        class: FileInformationClass,
        DirectoryQuery { single, apple, .. }: DirectoryQuery,
        out: &mut BudgetedWriter<'_>,
    ) -> Result<usize, NtStatus> {
        let apple = apple && class == FileInformationClass::ID_BOTH_DIRECTORY;
        let mut entries = Entries { last: None, count: 0 };
        while let Some(entry) = self.next_entry(scan, single, out.remaining()).await? {
            let mut line = self.line(&entry, class);
            if let (true, Line::Windows(information, _)) = (apple, &mut line) {
                information.apple = Some(self.apple_entry(&entry).await?);
            }
            if !entries.push(|w| line.encode(class, w), out) {
                if entries.count == 0 {
                    let _ = out.push_truncated(|w| line.encode(class, w));
                    return Err(NtStatus::BUFFER_OVERFLOW);
                }
                scan.put_back(entry);
                break;
            }
            if single {
                break;
            }
        }
        Ok(entries.count)
    }

    pub(crate) async fn next_entry(
        &self,
        scan: &mut Scan,
        single: bool,
        room: usize,
    ) -> Result<Option<DirectoryEntry>, NtStatus> {
        loop {
            if let Some(entry) = scan.waiting.pop() {
                return Ok(Some(entry));
            }
            match scan.stage {
                Stage::Dot => {
                    scan.stage = Stage::DotDot;
                    if scan.expression.matches(&[0x2e]) {
                        scan.waiting.push(entry_of(".".into(), self.file.metadata()?));
                    }
                }
                Stage::DotDot => {
                    scan.stage = Stage::Volume;
                    if scan.matches_parent() {
                        scan.waiting.push(entry_of("..".into(), self.parent_metadata().await?));
                    }
                }
                // Nobody sees what is in a drop box.
                Stage::Volume if self.by.view.as_ref().is_some_and(|v| v.rules.drop_box) => {
                    scan.stage = Stage::End;
                }
                Stage::Volume if scan.expression.is_exact() => {
                    scan.stage = Stage::End;
                    let found = self.exact_entry(&scan.pattern, scan.short_names).await.into_iter().collect();
                    scan.waiting.extend(self.visible(found).await?);
                }
                Stage::Volume => {
                    let limit = if single { 8 } else { (room / 96).clamp(8, MOST_AT_ONCE) };
                    let (more, entries) = self.list(scan, limit).await?;
                    let mut entries = self.visible(entries).await?;
                    entries.reverse();
                    scan.waiting = entries;
                    if !more {
                        scan.stage = Stage::End;
                    }
                }
                Stage::End => {
                    scan.waiting = Vec::new();
                    return Ok(None);
                }
            }
        }
    }

    async fn list(&self, scan: &Scan, limit: usize) -> Result<(bool, Vec<DirectoryEntry>), NtStatus> {
        let mut entries = Vec::new();
        let shown = self.shown_names();
        let (short_names, by_short_names) = (scan.short_names, scan.by_short_names);
        let matches = move |expression: &Expression, name: &NtString, short: &dyn Fn() -> ShortName| {
            expression.matches(name.units()) || (by_short_names && expression.matches_short(&short()))
        };
        let may_match = move |expression: &Expression, name: &NtString| {
            matches(expression, name, &|| ShortName::beside(name.units()))
        };
        let mut outcome = {
            let names = |name: &NtString| may_match(&scan.expression, name) && shown(name);
            self.file.list(&Wanted { names: &names, short_names }, limit, &mut entries, Wait::Never)
        };
        if would_block(&outcome) {
            let (file, expression) = (Arc::clone(&self.file), Arc::clone(&scan.expression));
            (outcome, entries) = blocking(move || {
                let names = |name: &NtString| may_match(&expression, name) && shown(name);
                let wanted = Wanted { names: &names, short_names };
                let outcome = file.list(&wanted, limit, &mut entries, Wait::Allowed);
                Ok((outcome, entries))
            })
            .await?;
        }
        if by_short_names {
            // What would have an 8.3 name that is in the pattern may not have it.
            entries.retain(|e| matches(&scan.expression, &e.name, &|| e.short_name));
        }
        Ok((outcome?, entries))
    }

    /// Which names of this directory the share shows.
    fn shown_names(&self) -> impl Fn(&NtString) -> bool + Send + 'static {
        let view = self.by.view.clone().map(|view| (view, self.path()));
        move |name| view.as_ref().is_none_or(|(view, above)| view.shows(above, name))
    }

    /// A pattern without wildcards costs one look-up, however large the directory.
    async fn exact_entry(&self, pattern: &NtString, short_names: bool) -> Option<DirectoryEntry> {
        let path = self.shared_path()?.join(pattern.units())?;
        let (path, metadata) = self.lookup(path).await.ok()?;
        if self.by.view.as_ref().is_some_and(|view| view.hides(&path)) {
            return None;
        }
        let mut entry = entry_of(NtString(path.file_name().to_vec()), metadata);
        if short_names {
            let own = ShortName::beside(path.file_name());
            let asked_by_it = own == ShortName::of(pattern.units());
            entry.short_name =
                if asked_by_it { own } else { self.short_name(path).await.unwrap_or_default() };
        }
        Some(entry)
    }

    /// The 8.3 name beside what a path names, in the volume's own case; empty for none.
    pub(crate) async fn short_name(&self, path: NtPath) -> Result<ShortName, NtStatus> {
        if ShortName::beside(path.file_name()) == ShortName::default() {
            return Ok(ShortName::default());
        }
        let volume = self.file_system.volume();
        let mut outcome = volume.short_name(&path, Wait::Never);
        if would_block(&outcome) {
            let volume = Arc::clone(volume);
            outcome = blocking(move || volume.short_name(&path, Wait::Allowed)).await;
        }
        outcome
    }

    async fn parent_metadata(&self) -> Result<Metadata, NtStatus> {
        match self.shared_path() {
            Some(path) if !path.is_root() => Ok(self.lookup(path.parent()).await?.1),
            _ => self.file.metadata(),
        }
    }

    /// What a path names. Only an open tells the client of a link that it may follow itself: here that is a way that is closed.
    pub(crate) async fn lookup(&self, path: NtPath) -> Result<(NtPath, Metadata), NtStatus> {
        let volume = self.file_system.volume();
        let posix = self.posix;
        let mut outcome = find(&**volume, &path, posix, Wait::Never);
        if would_block(&outcome) {
            let volume = Arc::clone(volume);
            outcome = blocking(move || find(&*volume, &path, posix, Wait::Allowed)).await;
        }
        outcome.map_err(|status| match status {
            NtStatus::STOPPED_ON_SYMLINK => NtStatus::ACCESS_DENIED,
            other => other,
        })
    }

    fn line<'a>(&self, entry: &'a DirectoryEntry, class: FileInformationClass) -> Line<'a> {
        let m = &mut entry.metadata.clone();
        self.show_held_times_of_entry(m);
        if let Some(view) = &self.by.view {
            view.show(entry.name.units(), m);
        }
        if class == FileInformationClass::POSIX {
            return Line::Posix(self.posix_information(m), entry.name.to_posix_name());
        }
        let name =
            if self.posix { Cow::Owned(entry.name.to_posix_name()) } else { Cow::Borrowed(&entry.name) };
        Line::Windows(self.directory_information(entry, m, class), name)
    }

    pub(crate) fn directory_information(
        &self,
        entry: &DirectoryEntry,
        m: &Metadata,
        class: FileInformationClass,
    ) -> DirectoryInformation {
        DirectoryInformation {
            creation_time: m.creation_time,
            last_access_time: m.last_access_time,
            last_write_time: m.last_write_time,
            change_time: m.change_time,
            end_of_file: m.end_of_file,
            allocation_size: m.allocation_size,
            attributes: m.attributes,
            // [MS-FSCC] 2.4.8 and its like: of a reparse point its tag.
            ea_size: m.reparse_tag.map_or(m.ea_size, |tag| tag.0),
            file_id: u128::from(self.file_system.file_id(m.number)),
            short_name: if class.has_short_name() { entry.short_name } else { ShortName::default() },
            apple: None,
        }
    }
}

fn entry_of(name: NtString, metadata: Metadata) -> DirectoryEntry {
    DirectoryEntry { name, short_name: ShortName::default(), metadata }
}

/// What a reply says of one name.
enum Line<'a> {
    Windows(DirectoryInformation, Cow<'a, NtString>),
    Posix(FilePosixInformation, NtString),
}

impl Line<'_> {
    fn encode(&self, class: FileInformationClass, w: &mut Writer<'_>) {
        match self {
            Self::Windows(information, name) => information.encode_entry(class, name.units(), w),
            Self::Posix(information, name) => information.encode_entry(name.units(), w),
        }
    }
}

/// The chain of entries in a reply.
struct Entries {
    last: Option<usize>,
    count: usize,
}

impl Entries {
    fn push(&mut self, encode: impl FnOnce(&mut Writer<'_>), out: &mut BudgetedWriter<'_>) -> bool {
        let start = out.position().next_multiple_of(8);
        if out.push(8, encode).is_err() {
            return false;
        }
        if let Some(last) = self.last {
            out.patch(last, &u32::try_from(start - last).unwrap_or(0).to_le_bytes());
        }
        self.last = Some(start);
        self.count += 1;
        true
    }
}
