//! Secret objects ([MS-LSAD] 3.1.4.6). They are as long in memory as the server runs, and nothing here uses them.

use super::objects::{CREATE_SECRET, Object, Open, SECRET, policy};
use crate::call::Call;
use crate::operations::Refusal;
use crate::rights::require;
use lanward_auth::SessionKey;
use lanward_auth::sam::{decrypt_secret, encrypt_secret};
use lanward_nt::{FileTime, NtStatus, NtString};
use lanward_rpc::lsarpc::{
    CipherValue, CreateSecretRequest, CreateSecretResponse, OpenSecretRequest, OpenSecretResponse,
    QuerySecretRequest, QuerySecretResponse, SetSecretRequest, SetSecretResponse,
};
use lanward_rpc::{ContextHandle, Varying};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;
use zeroize::Zeroizing;

/// SECRET_SET_VALUE
const SET_VALUE: u32 = 1;
/// SECRET_QUERY_VALUE
const QUERY_VALUE: u32 = 2;

/// Most secrets at once.
const MOST: usize = 256;

/// Longest secret, in bytes.
const LONGEST: usize = 32 << 10;

/// Longest name, in UTF-16 code units ([MS-LSAD] 3.1.4.6.1).
const LONGEST_NAME: usize = 128;

/// The secrets of a server, by name.
#[derive(Debug, Default)]
pub struct Secrets {
    by_name: Mutex<BTreeMap<NtString, Arc<Secret>>>,
}

/// One secret. It is printed without its values.
pub(super) struct Secret {
    name: NtString,
    values: Mutex<Values>,
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Secret").field("name", &self.name).finish_non_exhaustive()
    }
}

#[derive(Default)]
struct Values {
    current: Value,
    old: Value,
}

#[derive(Default, Clone)]
struct Value {
    bytes: Option<Zeroizing<Vec<u8>>>,
    set: FileTime,
}

impl Secrets {
    fn add(&self, name: NtString) -> Result<Arc<Secret>, NtStatus> {
        let mut by_name = self.by_name.lock().unwrap_or_else(PoisonError::into_inner);
        let key = name.to_uppercase();
        if by_name.contains_key(&key) {
            return Err(NtStatus::OBJECT_NAME_COLLISION);
        }
        if by_name.len() >= MOST {
            return Err(NtStatus::INSUFFICIENT_RESOURCES);
        }
        let secret = Arc::new(Secret { name, values: Mutex::default() });
        by_name.insert(key, Arc::clone(&secret));
        Ok(secret)
    }

    fn find(&self, name: &NtString) -> Option<Arc<Secret>> {
        self.by_name.lock().unwrap_or_else(PoisonError::into_inner).get(&name.to_uppercase()).cloned()
    }

    /// Takes a secret away; INVALID_HANDLE if that was done before.
    pub(super) fn remove(&self, secret: &Arc<Secret>) -> Result<(), NtStatus> {
        let mut by_name = self.by_name.lock().unwrap_or_else(PoisonError::into_inner);
        let key = secret.name.to_uppercase();
        // Another may have the name by now.
        by_name.get(&key).filter(|found| Arc::ptr_eq(found, secret)).ok_or(NtStatus::INVALID_HANDLE)?;
        by_name.remove(&key);
        Ok(())
    }

    fn contains(&self, secret: &Arc<Secret>) -> bool {
        self.find(&secret.name).is_some_and(|found| Arc::ptr_eq(&found, secret))
    }
}

fn opened(call: &Call<'_>, secret: Arc<Secret>, access: u32) -> Result<ContextHandle, Refusal> {
    let granted = SECRET.grant(call.caller, access, None)?;
    Ok(call.handles.open(Open { object: Object::Secret(secret), granted })?)
}

/// [MS-LSAD] 3.1.4.6.1 LsarCreateSecret
pub(super) fn create(call: &Call<'_>, request: CreateSecretRequest) -> Result<CreateSecretResponse, Refusal> {
    policy(call, &request.policy, CREATE_SECRET)?;
    let name = request.name.string();
    if name.units().is_empty() || name.units().contains(&u16::from(b'\\')) {
        return Err(NtStatus::INVALID_PARAMETER.into());
    }
    if name.units().len() > LONGEST_NAME {
        return Err(NtStatus::NAME_TOO_LONG.into());
    }
    SECRET.grant(call.caller, request.access, None)?;
    let secret = opened(call, call.administration.secrets.add(name)?, request.access)?;
    Ok(CreateSecretResponse { secret, status: NtStatus::SUCCESS })
}

/// [MS-LSAD] 3.1.4.6.2 LsarOpenSecret
pub(super) fn open(call: &Call<'_>, request: OpenSecretRequest) -> Result<OpenSecretResponse, Refusal> {
    policy(call, &request.policy, 0)?;
    // Who may not have it does not learn whether it is there.
    SECRET.grant(call.caller, request.access, None)?;
    let found = call.administration.secrets.find(&request.name.string());
    let secret = opened(call, found.ok_or(NtStatus::OBJECT_NAME_NOT_FOUND)?, request.access)?;
    Ok(OpenSecretResponse { secret, status: NtStatus::SUCCESS })
}

fn secret(call: &Call<'_>, handle: &ContextHandle, right: u32) -> Result<Arc<Secret>, Refusal> {
    let open = call.handles.find::<Open>(handle)?;
    let Object::Secret(secret) = &open.object else { return Err(NtStatus::INVALID_HANDLE.into()) };
    require(open.granted, right)?;
    // 3.1.4.9.3: what is deleted fails through handles that are still open.
    if !call.administration.secrets.contains(secret) {
        return Err(NtStatus::INVALID_HANDLE.into());
    }
    Ok(Arc::clone(secret))
}

fn decrypt(value: Option<&CipherValue>, key: &SessionKey) -> Result<Option<Zeroizing<Vec<u8>>>, NtStatus> {
    let Some(bytes) = value.and_then(|value| value.bytes.as_ref()) else { return Ok(None) };
    if bytes.0.len() > LONGEST {
        return Err(NtStatus::INVALID_PARAMETER);
    }
    decrypt_secret(&bytes.0, key.expose()).map(Some).ok_or(NtStatus::UNKNOWN_REVISION)
}

/// [MS-LSAD] 3.1.4.6.3 LsarSetSecret
pub(super) fn set(call: &Call<'_>, request: SetSecretRequest) -> Result<SetSecretResponse, Refusal> {
    let secret = secret(call, &request.secret, SET_VALUE)?;
    let key = call.session_key()?;
    let (current, old) = (decrypt(request.current.as_ref(), &key)?, decrypt(request.old.as_ref(), &key)?);
    let set = FileTime::from_unix_duration(
        SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default(),
    );
    let mut values = secret.values.lock().unwrap_or_else(PoisonError::into_inner);
    // 3.1.4.6.3: who gives no old value keeps the value that was there as the old one.
    values.old = match old {
        Some(bytes) => Value { bytes: Some(bytes), set },
        None => values.current.clone(),
    };
    values.current = Value { bytes: current, set };
    Ok(SetSecretResponse { status: NtStatus::SUCCESS })
}

/// [MS-LSAD] 3.1.4.6.4 LsarQuerySecret
pub(super) fn query(call: &Call<'_>, request: QuerySecretRequest) -> Result<QuerySecretResponse, Refusal> {
    let secret = secret(call, &request.secret, QUERY_VALUE)?;
    let key = call.session_key()?;
    let values = secret.values.lock().unwrap_or_else(PoisonError::into_inner);
    let cipher = |value: &Value| {
        let bytes = encrypt_secret(value.bytes.as_ref()?, key.expose());
        let length = u32::try_from(bytes.len()).ok()?;
        Some(CipherValue { length, maximum_length: length, bytes: Some(Varying(bytes)) })
    };
    Ok(QuerySecretResponse {
        current: request.current.map(|_| cipher(&values.current)),
        current_set: request.current_set.map(|_| values.current.set.0),
        old: request.old.map(|_| cipher(&values.old)),
        old_set: request.old_set.map(|_| values.old.set.0),
        status: NtStatus::SUCCESS,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_removed_is_not_what_has_the_name_later() {
        let secrets = Secrets::default();
        let first = secrets.add("one".into()).unwrap();
        assert_eq!(secrets.add("ONE".into()).unwrap_err(), NtStatus::OBJECT_NAME_COLLISION);
        assert!(secrets.contains(&first));
        assert_eq!(secrets.remove(&first), Ok(()));
        assert_eq!(secrets.remove(&first), Err(NtStatus::INVALID_HANDLE));
        let second = secrets.add("One".into()).unwrap();
        assert!(secrets.contains(&second) && !secrets.contains(&first));
        assert_eq!(secrets.remove(&first), Err(NtStatus::INVALID_HANDLE));
        assert!(secrets.contains(&second));
    }
}
