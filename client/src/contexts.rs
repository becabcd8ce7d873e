//! Create contexts of requests and answers.

use crate::file::{Create, Created};
use crate::{Error, Result};
use lanward_nt::{AccessMask, Guid, NtStatus};
use lanward_smb2::Command;
use lanward_smb2::messages::{
    CreateContextList, CreateContexts, CreateRequestContext, CreateResponseContext, DurableHandleFlags,
    LeaseContext, LeaseContextV2, LeaseFlags, LeaseKey, LeaseState, OplockLevel, PosixCreateResponse,
};

/// A list of create contexts, to be lent to [`Create::contexts`]. Contexts of no type this client knows, or with bytes
/// that mean nothing, are pushed to the list by name.
#[must_use]
pub fn contexts(of: &[CreateRequestContext<'_>]) -> CreateContextList {
    let mut list = CreateContextList::new();
    for context in of {
        list.push_request(context);
    }
    list
}

/// The create context that asks for a lease, version 1.
#[must_use]
pub const fn lease(key: LeaseKey, state: LeaseState) -> CreateRequestContext<'static> {
    CreateRequestContext::Lease(LeaseContext { key, state, flags: LeaseFlags::empty() })
}

/// The create context that asks for a lease, version 2, without a parent.
#[must_use]
pub const fn lease_v2(key: LeaseKey, state: LeaseState, epoch: u16) -> CreateRequestContext<'static> {
    CreateRequestContext::LeaseV2(LeaseContextV2 {
        key,
        state,
        flags: LeaseFlags::empty(),
        parent_key: LeaseKey(Guid([0; 16])),
        epoch,
    })
}

/// The create context that asks for the SMB3 POSIX extensions; a file that is made gets these permission bits.
#[must_use]
pub fn posix(mode: u32) -> CreateContextList {
    contexts(&[CreateRequestContext::Posix(mode)])
}

/// What a server made of a request for a durable open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// It outlives its connection.
    Durable,
    /// It outlives its connection for so many milliseconds, and the server too if it is persistent.
    DurableV2 {
        /// Milliseconds.
        timeout: u32,
        /// Flags.
        flags: DurableHandleFlags,
    },
}

impl<'a> Create<'a> {
    /// The same with create contexts, as [`contexts`] makes them.
    #[must_use]
    pub fn contexts(self, list: &'a CreateContextList) -> Self {
        Self { contexts: list.contexts(), ..self }
    }

    /// The same asking for a lease, which is one of the contexts of the list.
    #[must_use]
    pub fn leased(self, list: &'a CreateContextList) -> Self {
        Self { oplock: OplockLevel::LEASE, ..self.contexts(list) }
    }
}

impl Created {
    /// The contexts of the answer, whatever they mean.
    ///
    /// # Errors
    /// They are no list of contexts.
    pub fn raw_contexts(&self) -> Result<CreateContexts<'_>> {
        Ok(CreateContexts::new(&self.contexts)?)
    }

    /// The contexts of the answer.
    ///
    /// # Errors
    /// They are no list of contexts, or one has another shape than its name says.
    pub fn typed_contexts(&self) -> Result<Vec<CreateResponseContext<'_>>> {
        Ok(self.raw_contexts()?.responses().collect::<core::result::Result<_, _>>()?)
    }

    /// The lease granted, if any; one of version 1 has no epoch and no parent.
    ///
    /// # Errors
    /// As for [`Created::typed_contexts`].
    pub fn lease(&self) -> Result<Option<LeaseContextV2>> {
        Ok(self.typed_contexts()?.into_iter().find_map(|context| match context {
            CreateResponseContext::LeaseV2(lease) => Some(lease),
            CreateResponseContext::Lease(LeaseContext { key, state, flags }) => {
                Some(LeaseContextV2 { key, state, flags, ..LeaseContextV2::default() })
            }
            _ => None,
        }))
    }

    /// Whether and how the open outlives its connection.
    ///
    /// # Errors
    /// As for [`Created::typed_contexts`].
    pub fn durability(&self) -> Result<Option<Durability>> {
        Ok(self.typed_contexts()?.into_iter().find_map(|context| match context {
            CreateResponseContext::DurableHandle => Some(Durability::Durable),
            CreateResponseContext::DurableHandleV2 { timeout, flags } => {
                Some(Durability::DurableV2 { timeout, flags })
            }
            _ => None,
        }))
    }

    /// What the SMB3 POSIX extensions tell, if the open has them.
    ///
    /// # Errors
    /// As for [`Created::typed_contexts`].
    pub fn posix(&self) -> Result<Option<PosixCreateResponse>> {
        Ok(self.typed_contexts()?.into_iter().find_map(|context| match context {
            CreateResponseContext::Posix(told) => Some(told),
            _ => None,
        }))
    }

    /// What the user may do with the file at most, if that was asked for.
    ///
    /// # Errors
    /// As for [`Created::typed_contexts`], or the server could not tell.
    pub fn maximal_access(&self) -> Result<Option<AccessMask>> {
        for context in self.typed_contexts()? {
            if let CreateResponseContext::MaximalAccess { query_status, maximal_access } = context {
                if query_status != NtStatus::SUCCESS {
                    return Err(Error::Status { command: Command::CREATE, status: query_status });
                }
                return Ok(Some(maximal_access));
            }
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{File, Tree};
    use lanward_nt::FileAttributes;
    use lanward_smb2::messages::{CreateAction, ShareCapabilities, ShareFlags, ShareType};

    fn created(contexts: Vec<u8>) -> Created {
        let tree = Tree {
            session: lanward_smb2::SessionId(1),
            id: lanward_smb2::TreeId(1),
            seal: false,
            share_type: ShareType::DISK,
            share_flags: ShareFlags::empty(),
            capabilities: ShareCapabilities::empty(),
            maximal_access: AccessMask::empty(),
        };
        Created {
            file: File { tree, id: lanward_smb2::FileId::default() },
            oplock: OplockLevel::LEASE,
            action: CreateAction::OPENED,
            information: lanward_nt::fscc::FileNetworkOpenInformation {
                attributes: FileAttributes::empty(),
                ..Default::default()
            },
            contexts,
        }
    }

    #[test]
    fn answers_are_found_among_others() {
        let lease = LeaseContext {
            key: LeaseKey(Guid([7; 16])),
            state: LeaseState::READ_CACHING,
            ..LeaseContext::default()
        };
        let mut list = CreateContextList::new();
        list.push(b"XXXX", |w| w.u32(1));
        list.push_response(&CreateResponseContext::Lease(lease));
        list.push_response(&CreateResponseContext::DurableHandleV2 {
            timeout: 60_000,
            flags: DurableHandleFlags::PERSISTENT,
        });
        let denied = NtStatus::ACCESS_DENIED;
        list.push_response(&CreateResponseContext::MaximalAccess {
            query_status: denied,
            maximal_access: AccessMask::empty(),
        });
        let answer = created(list.contexts().as_bytes().to_vec());
        let granted = answer.lease().unwrap().unwrap();
        assert_eq!((granted.key, granted.state, granted.epoch), (lease.key, lease.state, 0));
        let flags = DurableHandleFlags::PERSISTENT;
        assert_eq!(answer.durability().unwrap(), Some(Durability::DurableV2 { timeout: 60_000, flags }));
        assert_eq!(answer.maximal_access().unwrap_err().status(), Some(denied));
        assert_eq!(answer.raw_contexts().unwrap().find(b"XXXX"), Some(&[1, 0, 0, 0][..]));
        let none = created(Vec::new());
        assert_eq!((none.lease().unwrap(), none.durability().unwrap()), (None, None));
        assert!(created(vec![0xff; 9]).lease().is_err());
    }
}
