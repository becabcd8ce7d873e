use super::{AppInstance, AppVersion, Origin, Promise};
use crate::{OpenId, User, UserKind};
use lanward_fsa::{KeptCache, KeptFile, KeptLock};
use lanward_nt::security::Privileges;
use lanward_nt::{
    AccessMask, CreateAction, CreateOptions, FileTime, Guid, NtPath, NtString, ShareAccess, Sid,
};
use lanward_vfs::FileNumber;
use lanward_wire::{Decode, DecodeError, Encode, Reader, Writer};
use std::time::Duration;

/// The layout of a record. A server that finds another one gives the open up.
const VERSION: u16 = 2;

/// An open as it outlives the server: everything that makes it what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptOpen {
    /// Its id, which clients come back with.
    pub id: OpenId,
    /// The share it was made through.
    pub share: NtString,
    /// Who made it, by name and proof.
    pub user: User,
    /// Where it came from.
    pub origin: Origin,
    /// What its client was promised.
    pub promise: Promise,
    /// The file and what the open has of it.
    pub file: KeptFile,
    /// Lock sequences that are valid: index and number.
    pub lock_sequences: Vec<(u32, u32)>,
}

impl Encode for KeptOpen {
    fn encode(&self, w: &mut Writer<'_>) {
        w.u16(VERSION);
        w.u64(self.id.0);
        text(w, &self.share);
        text(w, &self.user.name);
        text(w, &self.user.domain);
        self.user.sid.encode(w);
        list(w, &self.user.groups, |w, group| group.encode(w));
        w.u8(u8::from(self.user.is_admin));
        encode_origin(&self.origin, w);
        w.u8(u8::from(self.promise.durable));
        w.u8(u8::from(self.promise.persistent));
        w.u8(u8::from(self.promise.resilient));
        w.u64(u64::try_from(self.promise.timeout.as_millis()).unwrap_or(u64::MAX));
        encode_file(&self.file, w);
        list(w, &self.lock_sequences, |w, (index, number)| {
            w.u32(*index);
            w.u32(*number);
        });
    }
}

impl Decode<'_> for KeptOpen {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        if r.u16("Version")? != VERSION {
            return Err(DecodeError::invalid("Version", "another layout"));
        }
        Ok(Self {
            id: OpenId(r.u64("Id")?),
            share: read_text(r)?,
            user: User {
                name: read_text(r)?,
                domain: read_text(r)?,
                sid: Sid::decode(r)?,
                groups: read_list(r, Sid::decode)?,
                kind: UserKind::Named,
                is_admin: flag(r)?,
                // What an open may do was decided when it was made.
                privileges: Privileges::empty(),
            },
            origin: decode_origin(r)?,
            promise: Promise {
                durable: flag(r)?,
                persistent: flag(r)?,
                resilient: flag(r)?,
                timeout: Duration::from_millis(r.u64("Timeout")?),
            },
            file: decode_file(r)?,
            lock_sequences: read_list(r, |r| Ok((r.u32("Index")?, r.u32("Number")?)))?,
        })
    }
}

fn encode_origin(origin: &Origin, w: &mut Writer<'_>) {
    origin.client.encode(w);
    option(w, origin.create_guid.as_ref(), |w, guid| guid.encode(w));
    w.u32(origin.action.into());
    w.u32(origin.desired_access.bits());
    option(w, origin.app.as_ref(), |w, app| {
        app.id.encode(w);
        option(w, app.version.as_ref(), |w, AppVersion(high, low)| {
            w.u64(*high);
            w.u64(*low);
        });
    });
}

fn decode_origin(r: &mut Reader<'_>) -> Result<Origin, DecodeError> {
    Ok(Origin {
        client: Guid::decode(r)?,
        create_guid: read_option(r, Guid::decode)?,
        action: match r.u32("CreateAction")? {
            0 => CreateAction::Superseded,
            2 => CreateAction::Created,
            3 => CreateAction::Overwritten,
            _ => CreateAction::Opened,
        },
        desired_access: AccessMask::from_bits_retain(r.u32("DesiredAccess")?),
        app: read_option(r, |r| {
            let id = Guid::decode(r)?;
            let version = read_option(r, |r| Ok(AppVersion(r.u64("High")?, r.u64("Low")?)))?;
            Ok(AppInstance { id, version })
        })?,
    })
}

fn encode_file(file: &KeptFile, w: &mut Writer<'_>) {
    text(w, file.path.as_string());
    text(w, &file.stream);
    w.u64(file.number.device);
    w.u64(file.number.inode);
    w.u64(file.creation_time.0);
    w.u32(file.granted.bits());
    w.u32(file.maximal.bits());
    w.u32(file.share.bits());
    w.u32(file.options.bits());
    w.u8(u8::from(file.posix));
    w.u32(file.mode);
    w.u64(file.position);
    list(w, &file.locks, |w, lock| {
        w.u64(lock.offset);
        w.u64(lock.length);
        w.u8(u8::from(lock.exclusive));
    });
    match &file.cache {
        KeptCache::None => w.u8(0),
        KeptCache::Oplock(state) => {
            w.u8(1);
            w.u32(*state);
        }
        KeptCache::Lease { key, state, epoch, parent } => {
            w.u8(2);
            key.encode(w);
            w.u32(*state);
            option(w, epoch.as_ref(), |w, epoch| w.u16(*epoch));
            option(w, parent.as_ref(), |w, parent| parent.encode(w));
        }
    }
}

fn decode_file(r: &mut Reader<'_>) -> Result<KeptFile, DecodeError> {
    let path = read_text(r)?;
    Ok(KeptFile {
        path: NtPath::new(path).ok_or_else(|| DecodeError::invalid("Path", "is no path"))?,
        stream: read_text(r)?,
        number: FileNumber { device: r.u64("Device")?, inode: r.u64("Inode")? },
        creation_time: FileTime(r.u64("CreationTime")?),
        granted: AccessMask::from_bits_retain(r.u32("GrantedAccess")?),
        maximal: AccessMask::from_bits_retain(r.u32("MaximalAccess")?),
        share: ShareAccess::from_bits_retain(r.u32("ShareAccess")?),
        options: CreateOptions::from_bits_retain(r.u32("CreateOptions")?),
        posix: flag(r)?,
        mode: r.u32("Mode")?,
        position: r.u64("CurrentByteOffset")?,
        locks: read_list(r, |r| {
            Ok(KeptLock { offset: r.u64("Offset")?, length: r.u64("Length")?, exclusive: flag(r)? })
        })?,
        cache: match r.u8("Cache")? {
            0 => KeptCache::None,
            1 => KeptCache::Oplock(r.u32("OplockState")?),
            2 => KeptCache::Lease {
                key: Guid::decode(r)?,
                state: r.u32("LeaseState")?,
                epoch: read_option(r, |r| r.u16("Epoch"))?,
                parent: read_option(r, Guid::decode)?,
            },
            _ => return Err(DecodeError::invalid("Cache", "no kind there is")),
        },
    })
}

fn text(w: &mut Writer<'_>, text: &NtString) {
    list(w, text.units(), |w, unit| w.u16(*unit));
}

fn read_text(r: &mut Reader<'_>) -> Result<NtString, DecodeError> {
    Ok(NtString(read_list(r, |r| r.u16("Unit"))?))
}

fn list<T>(w: &mut Writer<'_>, items: &[T], each: impl Fn(&mut Writer<'_>, &T)) {
    w.u32(u32::try_from(items.len()).unwrap_or(u32::MAX));
    items.iter().for_each(|item| each(w, item));
}

/// Makes room for nothing before it is there: every item has bytes of its own.
fn read_list<'a, T>(
    r: &mut Reader<'a>,
    each: impl Fn(&mut Reader<'a>) -> Result<T, DecodeError>,
) -> Result<Vec<T>, DecodeError> {
    let mut items = Vec::new();
    for _ in 0..r.u32("Count")? {
        items.push(each(r)?);
    }
    Ok(items)
}

fn option<T>(w: &mut Writer<'_>, value: Option<&T>, each: impl Fn(&mut Writer<'_>, &T)) {
    w.u8(u8::from(value.is_some()));
    if let Some(value) = value {
        each(w, value);
    }
}

fn read_option<'a, T>(
    r: &mut Reader<'a>,
    each: impl Fn(&mut Reader<'a>) -> Result<T, DecodeError>,
) -> Result<Option<T>, DecodeError> {
    if flag(r)? { each(r).map(Some) } else { Ok(None) }
}

fn flag(r: &mut Reader<'_>) -> Result<bool, DecodeError> {
    Ok(r.u8("Flag")? != 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn kept() -> KeptOpen {
        let guid = |n| Guid([n; 16]);
        KeptOpen {
            id: OpenId(0x1234_5678_0000_0007),
            share: "data".into(),
            user: User {
                name: "alice".into(),
                domain: "TEST".into(),
                sid: Sid::new(5, &[21, 1, 2, 3, 1000]),
                groups: vec![Sid::administrators(), Sid::guests()],
                kind: UserKind::Named,
                is_admin: true,
                privileges: Privileges::empty(),
            },
            origin: Origin {
                client: guid(1),
                create_guid: Some(guid(2)),
                action: CreateAction::Created,
                desired_access: AccessMask::MAXIMUM_ALLOWED,
                app: Some(AppInstance { id: guid(3), version: Some(AppVersion(1, 2)) }),
            },
            promise: Promise {
                durable: true,
                persistent: true,
                resilient: false,
                timeout: Duration::from_secs(60),
            },
            file: KeptFile {
                path: NtPath::new("dir\\file".into()).unwrap(),
                stream: "side".into(),
                number: FileNumber { device: 1, inode: 2 },
                creation_time: FileTime(3),
                granted: AccessMask::READ_DATA,
                maximal: AccessMask::FILE_ALL_ACCESS,
                share: ShareAccess::READ,
                options: CreateOptions::WRITE_THROUGH,
                posix: true,
                mode: 2,
                position: 9,
                locks: vec![KeptLock { offset: 1, length: 2, exclusive: true }],
                cache: KeptCache::Lease { key: guid(4), state: 7, epoch: Some(8), parent: Some(guid(5)) },
            },
            lock_sequences: vec![(1, 2), (64, 15)],
        }
    }

    fn encoded(kept: &KeptOpen) -> Vec<u8> {
        let mut bytes = Vec::new();
        kept.encode(&mut Writer::new(&mut bytes));
        bytes
    }

    #[test]
    fn what_is_written_is_read() {
        let full = kept();
        let mut plain = kept();
        (plain.origin.app, plain.origin.create_guid) = (None, None);
        for cache in [KeptCache::None, KeptCache::Oplock(7), full.file.cache.clone()] {
            for kept in [&full, &plain] {
                let mut kept = kept.clone();
                kept.file.cache = cache.clone();
                assert_eq!(KeptOpen::decode(&mut Reader::new(&encoded(&kept))), Ok(kept));
            }
        }
        let bytes = encoded(&full);
        for cut in 0..bytes.len() {
            assert!(KeptOpen::decode(&mut Reader::new(&bytes[..cut])).is_err(), "{cut}");
        }
        let mut other = bytes;
        other[0] = 99;
        assert!(KeptOpen::decode(&mut Reader::new(&other)).is_err(), "another layout");
    }

    proptest! {
        #[test]
        fn no_bytes_break_it(at in 0usize..400, byte: u8) {
            let mut bytes = encoded(&kept());
            let at = at % bytes.len();
            bytes[at] = byte;
            let _ = KeptOpen::decode(&mut Reader::new(&bytes));
        }
    }
}
