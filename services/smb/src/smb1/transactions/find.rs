//! TRANS2_FIND_FIRST2 and TRANS2_FIND_NEXT2 ([MS-CIFS] 3.3.5.58.3, 3.3.5.58.4).

use super::extended_attributes;
use super::find_levels::Listing;
use super::paths::{self, Named, Opening};
use super::reply::Reply;
use super::searches::{self, SearchOpen};
use crate::smb1::context::{Context, Outcome};
use crate::smb1::{self, attributes, wildcards};
use lanward_fsa::SearchEntry;
use lanward_nt::{AccessMask, CreateOptions, NtStatus, NtString};
use lanward_server::Open;
use lanward_smb1::subcommands::{
    FindFirst2Request, FindFirst2Response, FindFlags, FindLevel, FindNext2Request, FindNext2Response, FullEa,
    Parameters,
};
use lanward_smb1::{Dialect, Transaction};
use std::sync::{Arc, Mutex, PoisonError};

/// Bytes of the parameters of each answer.
const FIRST: usize = 10;
const NEXT: usize = 8;

pub(super) async fn find_first2(
    context: &mut Context<'_>,
    transaction: &Transaction,
    reply: &mut Reply,
) -> Outcome {
    let request = FindFirst2Request::decode(&transaction.parameters, context.text)?;
    reply.expect_parameters(FIRST)?;
    let eas = extended_attributes::wanted(request.information_level, &transaction.data)?;
    check_level(context, request.information_level)?;
    let named = named(context, &request.file_name).await?;
    let (directory, pattern) = split(&named);
    let pattern = pattern_of(context.dialect(), pattern);
    let open = open_directory(context, &directory).await?;
    let (tree, header) = (context.tree()?, &context.header);
    let search = SearchOpen {
        tid: tree.tid,
        uid: header.user_id,
        process_id: header.process_id,
        open,
        snapshot: directory.snapshot,
        pattern,
        attributes: request.search_attributes,
        place: Mutex::default(),
    };
    let wanted = Wanted {
        level: request.information_level,
        keys: request.flags.contains(FindFlags::RETURN_RESUME_KEYS),
        most: request.search_count.max(1),
        eas,
    };
    let found = list(context, &search, &wanted, From::Begin, reply).await;
    let found = match found {
        Ok(Found { count: 0, .. }) => Err(NtStatus::NO_SUCH_FILE),
        other => other,
    };
    let found = match found {
        Ok(found) => found,
        Err(status) => {
            searches::close(&search.open).await;
            return Err(status.into());
        }
    };
    let sid = if ends(request.flags, &found) {
        searches::close(&search.open).await;
        0
    } else {
        let open = Arc::clone(&search.open);
        match searches::enter(context, search) {
            Ok(sid) => sid,
            Err(status) => {
                searches::close(&open).await;
                return Err(status.into());
            }
        }
    };
    reply.set_parameters(&FindFirst2Response {
        sid,
        search_count: found.count,
        end_of_search: found.end.into(),
        ea_error_offset: 0,
        last_name_offset: found.last_offset,
    })?;
    Ok(NtStatus::SUCCESS)
}

pub(super) async fn find_next2(
    context: &mut Context<'_>,
    transaction: &Transaction,
    reply: &mut Reply,
) -> Outcome {
    let request = FindNext2Request::decode(&transaction.parameters, context.text)?;
    reply.expect_parameters(NEXT)?;
    check_level(context, request.information_level)?;
    let eas = extended_attributes::wanted(request.information_level, &transaction.data)?;
    let search = searches::find(context, request.sid)?;
    let wanted = Wanted {
        level: request.information_level,
        keys: request.flags.contains(FindFlags::RETURN_RESUME_KEYS),
        most: request.search_count.max(1),
        eas,
    };
    let from = match request {
        _ if request.flags.contains(FindFlags::CONTINUE_FROM_LAST) => From::Here,
        FindNext2Request { file_name, .. } if !file_name.units().is_empty() => From::Name(file_name),
        FindNext2Request { resume_key: 0, .. } => From::Here,
        FindNext2Request { resume_key, .. } => From::Key(resume_key),
    };
    let found = list(context, &search, &wanted, from, reply).await?;
    if ends(request.flags, &found) {
        searches::end(context, request.sid).await;
    }
    reply.set_parameters(&FindNext2Response {
        search_count: found.count,
        end_of_search: found.end.into(),
        ea_error_offset: 0,
        last_name_offset: found.last_offset,
    })?;
    Ok(NtStatus::SUCCESS)
}

/// # Errors
/// INVALID_LEVEL: it is one of the extensions, and they are not to be had here.
fn check_level(context: &Context<'_>, level: FindLevel) -> Result<(), NtStatus> {
    let unix = matches!(level, FindLevel::UNIX | FindLevel::UNIX_INFO2);
    if unix && !context.may_use_unix() { Err(NtStatus::INVALID_LEVEL) } else { Ok(()) }
}

/// What is to be told.
#[derive(Debug)]
struct Wanted {
    level: FindLevel,
    keys: bool,
    /// Entries.
    most: u16,
    /// Extended attributes by their names.
    eas: Option<Vec<Vec<u8>>>,
}

/// Where a search goes on.
#[derive(Debug)]
enum From {
    Begin,
    Here,
    /// Behind the entry of this name.
    Name(NtString),
    /// Behind the entry with this resume key.
    Key(u32),
}

#[derive(Debug)]
struct Found {
    count: u16,
    end: bool,
    last_offset: u16,
}

const fn ends(flags: FindFlags, found: &Found) -> bool {
    flags.contains(FindFlags::CLOSE_AFTER_REQUEST) || (found.end && flags.contains(FindFlags::CLOSE_AT_EOS))
}

/// What a search is for. What is wrong with its directory alone is told before what is wrong with the pattern behind that.
async fn named(context: &Context<'_>, name: &NtString) -> Result<Named, NtStatus> {
    let name = if context.speaks_posix() { posix_pattern(name) } else { name.clone() };
    let resolved = async |name: &NtString| {
        let (path, snapshot) = context.resolve(name).await?;
        Ok(Named { path, snapshot })
    };
    let whole = resolved(&name).await;
    if let Err(NtStatus::OBJECT_PATH_NOT_FOUND) = whole {
        resolved(&smb1::paths::split(&name).0).await?;
    }
    whole
}

/// A path of POSIX whose last name is a pattern: there the wildcards are no characters of a name.
fn posix_pattern(path: &NtString) -> NtString {
    const WILDCARDS: [u16; 2] = [0x2a, 0x3f];
    let exact = path.from_posix_path();
    let above = smb1::paths::split(&exact).0.units().len();
    let units = path.units().iter().zip(exact.units()).enumerate();
    let meant = |(at, (asked, exact)): (usize, (&u16, &u16))| {
        if at >= above && WILDCARDS.contains(asked) { *asked } else { *exact }
    };
    NtString(units.map(meant).collect())
}

/// The directory of a path and the pattern behind it; without one all names are meant.
fn split(named: &Named) -> (Named, NtString) {
    let (above, pattern) = smb1::paths::split(&named.path);
    let pattern = if pattern.units().is_empty() { "*".into() } else { pattern };
    (Named { path: above, snapshot: named.snapshot.clone() }, pattern)
}

/// The pattern as [MS-FSA] 2.1.4.4 matches it. Clients of dialects before NT LM 0.12 mean by their wildcards what DOS does.
fn pattern_of(dialect: Dialect, pattern: NtString) -> NtString {
    if dialect == Dialect::NtLm { pattern } else { wildcards::from_dos(&pattern) }
}

async fn open_directory(context: &Context<'_>, directory: &Named) -> Result<Arc<Open>, NtStatus> {
    let opening = Opening {
        options: CreateOptions::DIRECTORY_FILE,
        ..Opening::existing(AccessMask::READ_DATA | AccessMask::READ_ATTRIBUTES)
    };
    paths::open(context, directory, opening).await.map_err(|status| match status {
        NtStatus::OBJECT_NAME_NOT_FOUND | NtStatus::NOT_A_DIRECTORY => NtStatus::OBJECT_PATH_NOT_FOUND,
        other => other,
    })
}

/// Writes entries until they are enough, there is no room for more, or there are no more.
async fn list(
    context: &Context<'_>,
    search: &SearchOpen,
    wanted: &Wanted,
    from: From,
    reply: &mut Reply,
) -> Result<Found, NtStatus> {
    let mut place = search.place.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let directory = paths::file_of(&search.open)?;
    let again = match &from {
        From::Begin => true,
        From::Here => false,
        From::Name(name) => !place.last().is_some_and(|last| name.eq_ignore_case(last)),
        From::Key(key) => *key != place.passed,
    };
    let mut entries = directory.search(again.then_some(&search.pattern)).await?;
    // What was told of behind the name to go on from: it may itself be gone.
    let next: Vec<NtString> = match &from {
        From::Name(name) if again => place.behind(name).to_vec(),
        _ => Vec::new(),
    };
    if again {
        place.passed = 0;
    }
    place.forget_told();
    let text = reply.text();
    let mut listing = Listing::new(wanted.level, wanted.keys, text, reply.data())?;
    let mut behind = !again || matches!(from, From::Begin);
    let mut end = false;
    while listing.count() < wanted.most {
        let Some(entry) = entries.next(listing.room()).await? else {
            end = true;
            break;
        };
        place.passed = place.passed.saturating_add(1);
        if !behind {
            behind = is_there(&from, &entry, place.passed);
            let is_next = next.iter().any(|name| name.eq_ignore_case(entry.name()));
            if behind || !is_next {
                continue;
            }
            behind = true;
        }
        if !attributes::finds(search.attributes, entry.information.attributes) {
            continue;
        }
        let eas = attributes_of(context, search, &entry, wanted).await?;
        if !listing.push(&entry, &eas, place.passed) {
            place.passed = place.passed.saturating_sub(1);
            entries.put_back(entry);
            if listing.count() == 0 {
                return Err(NtStatus::BUFFER_TOO_SMALL);
            }
            break;
        }
        place.tell(entry.name());
    }
    let found = Found { count: listing.count(), end, last_offset: listing.last_offset() };
    *search.place.lock().unwrap_or_else(PoisonError::into_inner) = place;
    Ok(found)
}

/// Whether this is the entry that a search is to go on behind.
fn is_there(from: &From, entry: &SearchEntry, passed: u32) -> bool {
    match from {
        From::Begin | From::Here => true,
        From::Name(name) => entry.name().eq_ignore_case(name),
        From::Key(key) => *key == passed,
    }
}

/// The extended attributes of an entry that were asked for.
async fn attributes_of(
    context: &Context<'_>,
    search: &SearchOpen,
    entry: &SearchEntry,
    wanted: &Wanted,
) -> Result<Vec<FullEa>, NtStatus> {
    let Some(names) = &wanted.eas else { return Ok(Vec::new()) };
    let directory = paths::file_of(&search.open)?.path();
    let Some(path) = directory.join(entry.name().units()) else {
        // `.` and `..` are no files of this directory.
        return extended_attributes::chosen(paths::file_of(&search.open)?, names).await;
    };
    let named = Named { path: path.as_string().clone(), snapshot: search.snapshot.clone() };
    let open = paths::open(context, &named, Opening::existing(AccessMask::READ_EA)).await?;
    let chosen = match paths::file_of(&open) {
        Ok(file) => extended_attributes::chosen(file, names).await,
        Err(status) => Err(status),
    };
    searches::close(&open).await;
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_of_posix_are_such_in_the_last_name_only() {
        let (star, private) = (0x2a, NtString::from("*").from_posix_path().units().first().copied());
        let found = posix_pattern(&"/a*/b:*".into());
        let (above, pattern) = smb1::paths::split(&found);
        assert_eq!(above.units().last().copied(), private, "a name with a star in it");
        assert_eq!((pattern.units().len(), pattern.units()[2]), (3, star));
        assert_ne!(pattern.units()[1], u16::from(b':'), "a colon is a character of the name");
        assert_eq!(posix_pattern(&"*".into()), "*".into());
    }

    #[test]
    fn patterns_are_behind_the_last_backslash() {
        for (path, directory, expected) in [("a\\b\\*.c", "a\\b", "*.c"), ("*", "", "*"), ("", "", "*")] {
            let (above, pattern) = split(&Named { path: path.into(), snapshot: None });
            assert_eq!((above.path, pattern), (directory.into(), expected.into()), "{path}");
        }
    }
}
