use crate::caching::CacheRequest;
use crate::create_check::Wanted;
use crate::name::{self, StreamPart};
use crate::node::{Verdict, Want};
use crate::offload::would_block;
use crate::query_information::{of_metadata, standard};
use crate::volume_information::whole;
use crate::{CreateParams, FileInformationClass, FileSystem, SecurityContext};
use lanward_nt::{AccessMask, CreateDisposition, CreateOptions, NtPath, NtStatus, NtString};
use lanward_vfs::{FileKind, Metadata, Wait};
use lanward_wire::BudgetedWriter;

/// A file or directory that was found and not opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// As it is.
    pub metadata: Metadata,
    /// The path in the case the volume has it.
    pub path: NtPath,
}

impl Found {
    /// Writes what a class tells of it, if metadata are all that takes: as [`crate::FileOpen::query_information`] does through an open for the
    /// attributes. `Ok(false)`: only an open tells.
    ///
    /// # Errors
    /// INFO_LENGTH_MISMATCH.
    pub fn query_information(
        &self,
        class: FileInformationClass,
        out: &mut BudgetedWriter<'_>,
    ) -> Result<bool, NtStatus> {
        let told = match class {
            // An open of what is going is refused.
            FileInformationClass::STANDARD => {
                let directory = self.metadata.kind == FileKind::Directory;
                Some(whole(out, &standard(&self.metadata, directory, false)))
            }
            class => of_metadata(class, &self.metadata, out),
        };
        told.map_or(Ok(false), |told| told.map(|()| true))
    }
}

/// How an open is that may only look at attributes.
const LOOKS: CreateOptions = CreateOptions::DIRECTORY_FILE.union(CreateOptions::NON_DIRECTORY_FILE);

impl FileSystem {
    /// What an open would find and tell of a file, without the open; or what the open would be refused with. `Ok(None)`: only an open tells.
    ///
    /// Who asks for attributes alone is in nobody's way and disturbs no cache ([MS-FSA] 2.1.5.1.2.2, 2.1.4.12), so of what the opens of a file know
    /// of each other nothing matters but whether it is going. Where descriptors, users of the machine or rules of a share have a say, an open is made.
    ///
    /// # Errors
    /// As [`FileSystem::create`].
    pub async fn look(&self, p: &CreateParams<'_>, by: &SecurityContext) -> Result<Option<Found>, NtStatus> {
        let looks = p.desired_access == AccessMask::READ_ATTRIBUTES
            && p.disposition == CreateDisposition::Open
            && LOOKS.contains(p.options)
            && p.posix.is_none()
            && p.extended_attributes.is_empty()
            && matches!(p.cache, CacheRequest::None);
        if !looks || by.identity.is_some() || by.view.is_some() || self.volume().secured() {
            return Ok(None);
        }
        let name = name::parse(p.path)?;
        if name.stream != StreamPart::Absent {
            return Ok(None);
        }
        let wanted = Wanted::new(p, by, &name)?;
        let mut found = self.volume().lookup(&name.path, Wait::Never);
        if would_block(&found) {
            found = self.find(p, &name.path).await;
        }
        let (path, mut metadata) = found?;
        if metadata.secured {
            return Ok(None);
        }
        wanted.check_kind(p, &name, &metadata)?;
        self.tunnel.note(&name, &path);
        let access = wanted.grant(p, &metadata, by.most(), self.is_read_only())?;
        let node = self.shard(metadata.number).get(&metadata.number).cloned();
        let want = Want {
            path: &path,
            stream: &NtString::default(),
            access,
            added: AccessMask::empty(),
            share: p.share_access,
            posix: false,
        };
        if let Some(node) = node {
            if node.state().try_open(&want) == Verdict::DeletePending {
                return Err(NtStatus::DELETE_PENDING);
            }
            if by.write_time_delay.is_some() {
                node.show_held_times(&mut metadata);
            }
        }
        Ok(Some(Found { metadata, path }))
    }
}
