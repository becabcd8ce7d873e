//! Accounts, secrets and passwords over their pipes.

use super::*;
use lanward_rpc::lsarpc::{
    self, CreateSecretRequest, EnumeratePrivilegesRequest, OpenPolicy2Request, OpenSecretRequest,
};
use lanward_rpc::samr::{
    self, ChangePassword4Request, Connect2Request, Connect3Request, DomainInformation,
    DomainLockoutInformation, DomainPasswordInformation, EncryptedPasswordAes, OpenDomainRequest,
    OpenUserRequest, SetDomainRequest, SetUser2Request, UserInformation,
};
use lanward_rpc::{ContextHandle, Enumeration, Halves};
use std::time::Duration;

const MAXIMUM_ALLOWED: u32 = 0x0200_0000;

async fn policy(peer: &mut Peer) -> ContextHandle {
    let attributes = lsarpc::ObjectAttributes::default();
    perform(peer, OpenPolicy2Request { system: None, attributes, access: MAXIMUM_ALLOWED }).await.policy
}

async fn domain(peer: &mut Peer) -> ContextHandle {
    let (access, sid) = (MAXIMUM_ALLOWED, Sid::new(5, &[21, 1, 2, 3]));
    let server = perform(peer, Connect2Request { server_name: None, access }).await.server;
    perform(peer, OpenDomainRequest { server, access, sid }).await.domain
}

/// [MS-LSAD] 3.1.4.6.2 LsarOpenSecret
#[tokio::test]
async fn which_secrets_there_are_is_for_administrators() {
    let server = server();
    let mut admin = Peer::bind(&session(&server, true), "lsarpc", lsarpc::INTERFACE).await;
    let handle = policy(&mut admin).await;
    let made = CreateSecretRequest { policy: handle, name: "there".into(), access: MAXIMUM_ALLOWED };
    assert_eq!(perform(&mut admin, made).await.status, NtStatus::SUCCESS);
    let mut other = Peer::bind(&session(&server, false), "lsarpc", lsarpc::INTERFACE).await;
    let handle = policy(&mut other).await;
    for access in [0, MAXIMUM_ALLOWED, 2] {
        for name in ["there", "nowhere"] {
            let open = OpenSecretRequest { policy: handle, name: name.into(), access };
            assert_eq!(perform(&mut other, open).await.status, NtStatus::ACCESS_DENIED, "{name} {access}");
        }
    }
}

/// [MS-SAMR] 3.1.5.10.4 SamrUnicodeChangePasswordUser4: no more guesses than one after the other.
#[tokio::test]
async fn guesses_at_the_same_time_lock_too() {
    let server = server();
    let session = session(&server, false);
    let guess = ChangePassword4Request {
        server_name: None,
        user_name: "nobody".into(),
        new_password: EncryptedPasswordAes {
            auth_data: [1; 64],
            salt: [2; 16],
            cipher_length: 16,
            cipher: Some(vec![3; 16]),
            iterations: 5_000,
        },
    };
    let mut guesses = tokio::task::JoinSet::new();
    for _ in 0..12 {
        let mut peer = Peer::bind(&session, "samr", samr::INTERFACE).await;
        let guess = guess.clone();
        guesses.spawn(async move { perform(&mut peer, guess).await.status });
    }
    let answers = guesses.join_all().await;
    let of = |status| answers.iter().filter(|answer| **answer == status).count();
    assert_eq!((of(NtStatus::WRONG_PASSWORD), of(NtStatus::ACCOUNT_LOCKED_OUT)), (10, 2));
}

/// A change that its caller did not wait for has its effects.
#[tokio::test]
async fn who_is_switched_off_is_out_though_nobody_waits() {
    let server = server();
    let rid = server.accounts().change(|draft| draft.add_user("alice".into())).unwrap();
    let (asking, other) = (session(&server, true), session(&server, false));
    let mut peer = Peer::bind(&asking, "samr", samr::INTERFACE).await;
    let access = MAXIMUM_ALLOWED;
    let domain = domain(&mut peer).await;
    let user = perform(&mut peer, OpenUserRequest { domain, access, rid }).await.user;
    // USER_NORMAL_ACCOUNT, USER_ACCOUNT_DISABLED
    let information = UserInformation::Control(Box::new(0x11));
    let disable = SetUser2Request { user, class: Enumeration(16), information };
    tokio::select! {
        biased;
        _ = perform(&mut peer, disable) => panic!("nothing had to be waited for"),
        () = std::future::ready(()) => {}
    }
    drop(peer);
    let out = async {
        while !other.is_closed() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), out).await.unwrap();
    assert!(!asking.is_closed());
}

/// Who switches itself off is told that it did, and then it is out.
#[tokio::test]
async fn who_bars_itself_has_the_answer_and_no_session() {
    let server = server();
    let rid = server.accounts().change(|draft| draft.add_user("alice".into())).unwrap();
    let asking = session(&server, true);
    let mut peer = Peer::bind(&asking, "samr", samr::INTERFACE).await;
    let domain = domain(&mut peer).await;
    let user = perform(&mut peer, OpenUserRequest { domain, access: MAXIMUM_ALLOWED, rid }).await.user;
    let information = UserInformation::Control(Box::new(0x11));
    let disable = SetUser2Request { user, class: Enumeration(16), information };
    assert_eq!(perform(&mut peer, disable).await.status, NtStatus::SUCCESS);
    assert!(!asking.is_closed());
    tokio::time::pause();
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert!(asking.is_closed());
}

/// [MS-SAMR] 3.1.5.6.1 SamrSetInformationDomain
#[tokio::test]
async fn parts_of_the_policy_set_at_the_same_time_are_all_kept() {
    let server = server();
    let session = session(&server, true);
    let password = DomainPasswordInformation {
        minimum_length: 12,
        history_length: 3,
        properties: 0,
        maximum_age: Halves(0),
        minimum_age: Halves(0),
    };
    let lockout = DomainLockoutInformation { duration: 0, window: 0, threshold: 5 };
    let parts = [
        (1, DomainInformation::Password(Box::new(password))),
        (12, DomainInformation::Lockout(Box::new(lockout))),
    ];
    let mut changes = tokio::task::JoinSet::new();
    for (class, information) in parts {
        let mut peer = Peer::bind(&session, "samr", samr::INTERFACE).await;
        let domain = domain(&mut peer).await;
        let change = SetDomainRequest { domain, class: Enumeration(class), information };
        changes.spawn(async move { perform(&mut peer, change).await.status });
    }
    assert_eq!(changes.join_all().await, [NtStatus::SUCCESS; 2]);
    let policy = server.accounts().directory().policy().clone();
    assert_eq!((policy.min_password_length, policy.password_history, policy.lockout_threshold), (12, 3, 5));
}

/// [MS-SAMR] 3.1.5.1.5 SamrOpenDomain, through a handle of SamrConnect3.
#[tokio::test]
async fn a_domain_is_opened_by_whoever_asked_to_look_it_up() {
    const CONNECT: u32 = 1;
    const LOOKUP_DOMAIN: u32 = 0x20;
    let server = server();
    let mut peer = Peer::bind(&session(&server, false), "samr", samr::INTERFACE).await;
    for (asked, expected) in [(CONNECT, NtStatus::ACCESS_DENIED), (LOOKUP_DOMAIN, NtStatus::SUCCESS)] {
        let connect = Connect3Request { server_name: None, unknown: 0, access: asked };
        let connected = perform(&mut peer, connect).await;
        assert_eq!(connected.status, NtStatus::SUCCESS);
        let (server, sid) = (connected.server, Sid::new(5, &[21, 1, 2, 3]));
        let open = OpenDomainRequest { server, access: MAXIMUM_ALLOWED, sid };
        assert_eq!(perform(&mut peer, open).await.status, expected);
    }
}

/// [MS-LSAD] 3.1.4.8.1 LsarEnumeratePrivileges
#[tokio::test]
async fn privileges_come_at_once_however_small_the_length() {
    let server = server();
    let mut peer = Peer::bind(&session(&server, true), "lsarpc", lsarpc::INTERFACE).await;
    let policy = policy(&mut peer).await;
    let ask = |resume| EnumeratePrivilegesRequest { policy, resume, preferred_length: 100 };
    let all = perform(&mut peer, ask(0)).await;
    assert_eq!((all.status, all.privileges.0.len()), (NtStatus::SUCCESS, lanward_server::PRIVILEGES.len()));
    assert_eq!(perform(&mut peer, ask(all.resume)).await.status, NtStatus::NO_MORE_ENTRIES);
}
