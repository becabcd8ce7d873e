//! Arguments of lsarpc and samr, there and back in both syntaxes, and bytes that make no sense.

use crate::lsarpc::{self, AddRightsRequest, LookupNamesRequest, PrivilegeSet, QueryPolicyResponse};
use crate::samr::{
    self, AliasMembershipResponse, GroupMembersResponse, LookupNamesResponse, QueryUserResponse,
    UserInformation,
};
use crate::{
    ContextHandle, Counted, Enumeration, Halves, NdrReader, NdrWriter, Operation, Results, Text,
    TransferSyntax, Varying,
};
use core::fmt::Debug;
use lanward_nt::{Guid, NtStatus, Sid};
use proptest::prelude::*;

const BOTH: [TransferSyntax; 2] = [TransferSyntax::Ndr, TransferSyntax::Ndr64];
const HANDLE: ContextHandle = ContextHandle { attributes: 0, uuid: Guid([7; 16]) };

fn request<Q: Operation + PartialEq + Debug>(value: &Q) {
    for syntax in BOTH {
        let mut bytes = Vec::new();
        value.encode(&mut NdrWriter::with_syntax(&mut bytes, syntax));
        let mut r = NdrReader::with_syntax(&bytes, syntax);
        assert_eq!(Q::decode(&mut r).as_ref(), Ok(value));
        for end in 0..bytes.len() {
            assert!(Q::decode(&mut NdrReader::with_syntax(&bytes[..end], syntax)).is_err(), "{end}");
        }
    }
}

fn response<R: Results + PartialEq + Debug>(value: &R) {
    for syntax in BOTH {
        let mut bytes = Vec::new();
        value.encode(&mut NdrWriter::with_syntax(&mut bytes, syntax));
        assert_eq!(R::decode(&mut NdrReader::with_syntax(&bytes, syntax)).as_ref(), Ok(value));
    }
}

#[test]
fn arguments_there_and_back() {
    request(&LookupNamesRequest {
        policy: HANDLE,
        count: 2,
        names: vec!["ann".into(), Text(None)],
        sids: Counted::default(),
        level: Enumeration(1),
        mapped: 0,
    });
    request(&AddRightsRequest {
        policy: HANDLE,
        sid: Sid::administrators(),
        rights: Counted(vec!["SeBackupPrivilege".into(), "SeRestorePrivilege".into()]),
    });
    request(&samr::LookupNamesRequest { domain: HANDLE, count: 1, names: Varying(vec!["bob".into()]) });
    request(&samr::SetUserRequest {
        user: HANDLE,
        class: Enumeration(24),
        information: UserInformation::Internal5(Box::new(samr::UserInternal5Information {
            password: [3; 516],
            password_expired: 1,
        })),
    });
    request(&lsarpc::RemovePrivilegesRequest {
        account: HANDLE,
        all: 0,
        privileges: Some(PrivilegeSet {
            control: 0,
            privileges: vec![lsarpc::LuidAndAttributes { low: 17, high: 0, attributes: 0 }],
        }),
    });
}

#[test]
fn results_there_and_back() {
    let domain = lsarpc::DomainInfo { name: "HERE".into(), sid: Some(Sid::new(5, &[21, 1, 2, 3])) };
    response(&QueryPolicyResponse {
        information: Some(lsarpc::PolicyInformation::AccountDomain(Box::new(domain))),
        status: NtStatus::SUCCESS,
    });
    response(&LookupNamesResponse {
        rids: Counted(vec![1000, 0]),
        kinds: Counted(vec![1, 8]),
        status: NtStatus::SOME_NOT_MAPPED,
    });
    response(&AliasMembershipResponse { rids: vec![544, 545].into(), status: NtStatus::SUCCESS });
    let members = samr::GroupMembers { count: 1, members: Some(vec![1000]), attributes: Some(vec![7]) };
    response(&GroupMembersResponse { members: Some(members), status: NtStatus::SUCCESS });
    response(&QueryUserResponse {
        information: Some(UserInformation::Expires(Box::new(Halves(1 << 40)))),
        status: NtStatus::SUCCESS,
    });
    response(&QueryUserResponse::refused(NtStatus::NO_SUCH_USER));
}

/// [MS-SAMR] 3.1.5.9.2: a count of none, a pointer all the same, the array it points to, and the status.
#[test]
fn no_memberships_are_an_array_all_the_same() {
    let none = AliasMembershipResponse { rids: Vec::new().into(), status: NtStatus::SUCCESS };
    let mut bytes = Vec::new();
    none.encode(&mut NdrWriter::with_syntax(&mut bytes, TransferSyntax::Ndr));
    assert_eq!((bytes.len(), &bytes[..4], &bytes[8..]), (16, &[0; 4][..], &[0; 8][..]));
    assert_ne!(bytes[4..8], [0; 4]);
    response(&none);
}

proptest! {
    #[test]
    fn noise_is_refused_and_does_not_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400), wide: bool) {
        let syntax = if wide { TransferSyntax::Ndr64 } else { TransferSyntax::Ndr };
        let r = || NdrReader::with_syntax(&bytes, syntax);
        let _ = LookupNamesRequest::decode(&mut r());
        let _ = lsarpc::LookupSids2Request::decode(&mut r());
        let _ = lsarpc::RemovePrivilegesRequest::decode(&mut r());
        let _ = samr::SetUser2Request::decode(&mut r());
        let _ = samr::LookupNamesRequest::decode(&mut r());
        let _ = samr::ValidatePasswordRequest::decode(&mut r());
    }
}
