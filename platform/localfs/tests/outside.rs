//! Changes that are made beside the volume are told; those made through it are not.

mod support;

use lanward_localfs::LocalVolume;
use lanward_nt::{FileTime, NtPath};
use lanward_vfs::{
    BasicUpdate, ChangeKind, FileNumber, Intent, NtStatus, OpenRequest, Subscription, Volume as _,
    VolumeChange, Wait,
};
use std::fs;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;
use support::{open, path, request, share};

/// A change in words, and the file it was of.
type Told = (String, Option<FileNumber>);

fn in_words(change: &VolumeChange<'_>) -> String {
    let what = if change.directory { "directory" } else { "file" };
    match change.kind {
        ChangeKind::Added => format!("{what} {} came", change.path),
        ChangeKind::Removed => format!("{what} {} went", change.path),
        ChangeKind::Renamed { to } => format!("{what} {} became {to}", change.path),
        ChangeKind::Data => format!("{what} {} was written", change.path),
        ChangeKind::Attributes => format!("{what} {} has other attributes", change.path),
        ChangeKind::Lost => format!("{} lost events", change.path),
    }
}

struct Watcher {
    told: Receiver<Told>,
    _subscription: Subscription,
}

fn watch(volume: &LocalVolume, directory: &NtPath, tree: bool) -> Watcher {
    let (sender, told) = channel();
    let listener =
        move |change: &VolumeChange<'_>| sender.send((in_words(change), change.number)).unwrap_or(());
    Watcher { told, _subscription: volume.watch(directory, tree, Arc::new(listener)).unwrap() }
}

impl Watcher {
    fn next(&self) -> Told {
        self.told.recv_timeout(Duration::from_secs(20)).unwrap()
    }

    /// The next change that is no other attribute: what writes a file may set its times too.
    fn expect(&self, words: &str) -> Option<FileNumber> {
        loop {
            let (told, number) = self.next();
            if told == words || !told.ends_with("attributes") {
                assert_eq!(told, words);
                return number;
            }
        }
    }
}

#[test]
fn what_others_do_in_a_directory_is_told() {
    let (directory, volume) = share();
    let at = |name: &str| directory.path().join(name);
    fs::create_dir(at("sub")).unwrap();
    let watcher = watch(&volume, &NtPath::root(), false);
    fs::write(at("sub/unseen"), b"").unwrap();
    fs::File::create(at("a")).unwrap();
    let number = watcher.expect("file a came");
    assert_eq!(number, Some(volume.lookup(&path("a"), Wait::Allowed).unwrap().1.number));
    fs::write(at("a"), b"text").unwrap();
    assert_eq!(watcher.expect("file a was written"), number);
    fs::rename(at("a"), at("b")).unwrap();
    assert_eq!(watcher.expect("file a became b"), number);
    let mut permissions = fs::metadata(at("b")).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(at("b"), permissions).unwrap();
    assert_eq!(watcher.next(), ("file b has other attributes".into(), number));
    fs::rename(at("b"), at("sub/b")).unwrap();
    watcher.expect("file b went");
    fs::rename(at("sub/b"), at("c")).unwrap();
    watcher.expect("file c came");
    fs::remove_file(at("c")).unwrap();
    watcher.expect("file c went");
    fs::create_dir(at("d")).unwrap();
    watcher.expect("directory d came");
    fs::remove_dir(at("d")).unwrap();
    watcher.expect("directory d went");
}

#[test]
fn a_tree_is_watched_however_it_grows() {
    let (directory, volume) = share();
    let at = |name: &str| directory.path().join(name);
    fs::create_dir_all(at("top/old/deep")).unwrap();
    let watcher = watch(&volume, &path("top"), true);
    fs::write(at("beside"), b"").unwrap();
    fs::File::create(at("top/old/deep/f")).unwrap();
    watcher.expect("file top\\old\\deep\\f came");
    // Made at once, so that some of it is there before its directory is watched.
    fs::create_dir_all(at("top/new/one")).unwrap();
    fs::File::create(at("top/new/one/f")).unwrap();
    watcher.expect("directory top\\new came");
    watcher.expect("directory top\\new\\one came");
    watcher.expect("file top\\new\\one\\f came");
    fs::rename(at("top/new"), at("top/moved")).unwrap();
    watcher.expect("directory top\\new became top\\moved");
    fs::rename(at("top/moved/one/f"), at("top/old/g")).unwrap();
    watcher.expect("file top\\moved\\one\\f became top\\old\\g");
    fs::rename(at("top/moved"), at("elsewhere")).unwrap();
    watcher.expect("directory top\\moved went");
    fs::File::create(at("elsewhere/one/unseen")).unwrap();
    fs::rename(at("elsewhere"), at("top/back")).unwrap();
    watcher.expect("directory top\\back came");
    fs::File::create(at("top/back/one/h")).unwrap();
    watcher.expect("file top\\back\\one\\h came");
}

#[test]
fn what_the_volume_does_itself_is_not_told() {
    let (directory, volume) = share();
    let watcher = watch(&volume, &NtPath::root(), true);
    for turn in 0..20 {
        let made = open(&volume, "d", Intent::Create);
        assert!(made.is_ok());
        let made = made.unwrap();
        made.file
            .set_basic(&BasicUpdate { creation_time: Some(FileTime(1 << 50)), ..BasicUpdate::default() })
            .unwrap();
        let (a, b, number) = (path("d"), path("E"), made.metadata.number);
        volume.rename(&a, number, &b, false).unwrap();
        volume.rename(&b, number, &path("e"), false).unwrap();
        volume.link(&path("e"), number, &path("f"), false).unwrap();
        let folder = path("folder");
        let make = OpenRequest { make_directory: true, ..request(&folder, Intent::Create) };
        let folder_number = volume.open(&make).unwrap().metadata.number;
        let inner = path("folder\\inner");
        let made = volume
            .open(&OpenRequest { data: lanward_vfs::Data::WRITE, ..request(&inner, Intent::Create) })
            .unwrap();
        made.file.write(0, b"text", Wait::Allowed).unwrap();
        made.file.set_end_of_file(1).unwrap();
        volume.remove(&inner, made.metadata.number).unwrap();
        volume.remove(&folder, folder_number).unwrap();
        volume.remove(&path("e"), number).unwrap();
        volume.remove(&path("f"), number).unwrap();
        let marker = format!("marker{turn}");
        fs::create_dir(directory.path().join(&marker)).unwrap();
        assert_eq!(watcher.next().0, format!("directory {marker} came"));
    }
}

#[test]
fn what_the_volume_did_to_a_file_is_not_told_of_the_next_one_of_that_name() {
    let (directory, volume) = share();
    let watcher = watch(&volume, &NtPath::root(), true);
    let mut markers = 0;
    let mut nothing_told = || {
        let marker = format!("marker{markers}");
        markers += 1;
        fs::create_dir(directory.path().join(&marker)).unwrap();
        assert_eq!(watcher.next().0, format!("directory {marker} came"));
    };
    for _ in 0..20 {
        let other = open(&volume, "other", Intent::Create).unwrap();
        nothing_told();
        for replaced in [false, true] {
            let made = open(&volume, "name", Intent::Create).unwrap();
            let times = BasicUpdate { creation_time: Some(FileTime(1 << 50)), ..BasicUpdate::default() };
            made.file.set_basic(&times).unwrap();
            if replaced {
                volume.rename(&path("other"), other.metadata.number, &path("name"), true).unwrap();
                nothing_told();
                volume.remove(&path("name"), other.metadata.number).unwrap();
            } else {
                volume.remove(&path("name"), made.metadata.number).unwrap();
                let again = open(&volume, "name", Intent::Create).unwrap();
                nothing_told();
                volume.remove(&path("name"), again.metadata.number).unwrap();
            }
        }
    }
}

#[test]
fn a_watch_that_was_just_given_up_makes_nothing_of_ours_the_doing_of_others() {
    let (directory, volume) = share();
    for turn in 0..100 {
        drop(watch(&volume, &NtPath::root(), false));
        let made = open(&volume, "own", Intent::Create).unwrap();
        let watcher = watch(&volume, &NtPath::root(), false);
        let marker = format!("marker{turn}");
        fs::create_dir(directory.path().join(&marker)).unwrap();
        assert_eq!(watcher.next().0, format!("directory {marker} came"));
        volume.remove(&path("own"), made.metadata.number).unwrap();
    }
}

#[test]
fn two_watch_one_directory_and_one_stops() {
    let (directory, volume) = share();
    let (first, second) = (watch(&volume, &NtPath::root(), false), watch(&volume, &NtPath::root(), true));
    fs::create_dir(directory.path().join("a")).unwrap();
    first.expect("directory a came");
    second.expect("directory a came");
    drop(second);
    fs::create_dir(directory.path().join("b")).unwrap();
    first.expect("directory b came");
}

#[test]
fn only_a_directory_that_is_there_can_be_watched() {
    let (directory, volume) = share();
    fs::write(directory.path().join("f"), b"").unwrap();
    let refused = |name: &str| volume.watch(&path(name), false, Arc::new(|_| {})).err();
    assert_eq!(refused("f"), Some(NtStatus::OBJECT_PATH_NOT_FOUND));
    assert_eq!(refused("missing"), Some(NtStatus::OBJECT_NAME_NOT_FOUND));
}

#[test]
fn what_is_done_to_streams_is_no_doing_of_others() {
    use lanward_vfs::Data;
    let (directory, volume) = share();
    let file = open(&volume, "f", Intent::Create).unwrap().file;
    let watcher = watch(&volume, &NtPath::root(), true);
    let both = Data::READ | Data::WRITE;
    let Ok(stream) = Arc::clone(&file).open_stream(&"s".into(), Intent::Create, both) else { return };
    stream.file.write(0, b"text", Wait::Allowed).unwrap();
    stream.file.rename_stream(&"s".into(), &"t".into(), false).unwrap();
    file.remove_stream(&"t".into()).unwrap();
    fs::write(directory.path().join("last"), b"").unwrap();
    assert_eq!(watcher.next().0, "file last came", "nothing was told before, of the file or of the depot");
}
