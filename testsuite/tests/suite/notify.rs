//! CHANGE_NOTIFY over the wire: changes by clients and by others, and what ends a request that waits.

use crate::support::{protections, refused};
use lanward_client::{Connection, Create, File, Options, Request, Tree, utf16};
use lanward_nt::{AccessMask, NtStatus};
use lanward_smb2::messages::{
    ChangeNotifyFlags, ChangeNotifyRequest, ChangeNotifyResponse, CompletionFilter as F, CreateDisposition,
    EchoRequest, FileNotifyInformation,
};
use lanward_smb2::{Command, FileId, MessageId};
use lanward_testsuite::{Plan, Site};

const NAMES: F = F::FILE_NAME.union(F::DIR_NAME);
const ROOM: u32 = 4096;

fn directory(c: &mut Connection, tree: Tree, name: &str) -> File {
    c.create(tree, &Create::directory(name)).unwrap().file
}

fn send(c: &mut Connection, directory: File) -> MessageId {
    c.send_change_notify(directory, ChangeNotifyFlags::WATCH_TREE, NAMES, ROOM).unwrap()
}

/// A request that waits, of which the client has been told.
fn wait(c: &mut Connection, directory: File) -> MessageId {
    let id = send(c, directory);
    assert!(c.receive_interim(id).unwrap().is_some(), "the client is told at once that it waits");
    id
}

/// The answer: actions and names.
fn changes(c: &mut Connection, id: MessageId) -> Vec<(u32, String)> {
    let reply = c.receive(id).unwrap();
    assert_eq!(reply.status(), NtStatus::SUCCESS);
    let response: ChangeNotifyResponse<'_> = reply.decode().unwrap();
    FileNotifyInformation::entries(response.output)
        .map(|e| e.map(|e| (e.action.0, e.file_name.to_nt_string().to_string())).unwrap())
        .collect()
}

fn told(list: &[(u32, &str)]) -> Vec<(u32, String)> {
    list.iter().map(|(action, name)| (*action, (*name).to_owned())).collect()
}

#[test]
fn changes_by_other_clients_are_told() {
    let site = Site::new().unwrap();
    for (name, options) in protections() {
        println!("{name}");
        let (mut c, tree) = site.alice(options).unwrap();
        let (mut other, other_tree) = site.alice(Options::default()).unwrap();
        let root = directory(&mut c, tree, "");
        let id = wait(&mut c, root);
        c.echo(None).unwrap();
        other.touch(other_tree, &Create::new_directory("d")).unwrap();
        assert_eq!(changes(&mut c, id), told(&[(1, "d")]));
        // What happens while nobody waits is kept.
        other.write_file(other_tree, "d\\f", b"x").unwrap();
        let file = other.create(other_tree, &Create::open("d\\f", AccessMask::DELETE)).unwrap().file;
        other.rename(file, "d\\g", false).unwrap();
        other.rename(file, "g", false).unwrap();
        other.close(file).unwrap();
        let id = send(&mut c, root);
        let expected = [(1, "d\\f"), (4, "d\\f"), (5, "d\\g"), (2, "d\\g"), (1, "g")];
        assert_eq!(changes(&mut c, id), told(&expected));
        other.touch(other_tree, &Create::delete_on_close("g")).unwrap();
        other.touch(other_tree, &Create::delete_on_close("d")).unwrap();
        let id = send(&mut c, root);
        assert_eq!(changes(&mut c, id), told(&[(2, "g"), (2, "d")]));
        drop((c, other));
        site.settles().unwrap();
    }
}

#[test]
fn changes_by_others_than_clients_are_told_once() {
    let folder = tempfile::TempDir::new().unwrap();
    let site = Plan::default().directory("data", folder.path()).unwrap().start().unwrap();
    let (mut c, tree) = site.alice(Options::default()).unwrap();
    c.touch(tree, &Create::new_directory("d")).unwrap();
    let root = directory(&mut c, tree, "");
    for turn in 0..10 {
        let id = wait(&mut c, root);
        let name = format!("outside{turn}");
        std::fs::create_dir(folder.path().join("d").join(&name)).unwrap();
        assert_eq!(changes(&mut c, id), told(&[(1, &format!("d\\{name}"))]));
        // A client's change comes from the server itself, and a second time from nowhere.
        let id = wait(&mut c, root);
        let made = format!("d\\made{turn}");
        c.write_file(tree, &made, b"x").unwrap();
        assert_eq!(changes(&mut c, id), told(&[(1, &made)]));
    }
    let id = wait(&mut c, root);
    std::fs::rename(folder.path().join("d"), folder.path().join("e")).unwrap();
    assert_eq!(changes(&mut c, id), told(&[(4, "d"), (5, "e")]));
}

#[test]
fn a_request_that_waits_is_cancelled() {
    let site = Site::new().unwrap();
    for (name, options) in protections() {
        println!("{name}");
        let (mut c, tree) = site.alice(options).unwrap();
        let root = directory(&mut c, tree, "");
        let id = wait(&mut c, root);
        c.cancel(tree, id).unwrap();
        assert_eq!(c.receive(id).unwrap().status(), NtStatus::CANCELLED);
        // A cancelled one takes nothing away from the next.
        c.write_file(tree, "kept", b"x").unwrap();
        let id = send(&mut c, root);
        assert_eq!(changes(&mut c, id), told(&[(1, "kept")]));
        c.touch(tree, &Create::delete_on_close("kept")).unwrap();
    }
}

#[test]
fn what_ends_a_directory_s_open_ends_what_waits_for_it() {
    type End = fn(&mut Connection, File);
    let ends: [(&str, End); 3] = [
        ("close", |c, f| c.close(f).unwrap()),
        ("tree disconnect", |c, f| c.tree_disconnect(f.tree).unwrap()),
        ("logoff", |c, f| c.logoff(f.tree.session).unwrap()),
    ];
    let site = Site::new().unwrap();
    for (how, end) in ends {
        println!("{how}");
        let (mut c, tree) = site.alice(Options { verify: false, ..Options::default() }).unwrap();
        let root = directory(&mut c, tree, "");
        let ids = [wait(&mut c, root), wait(&mut c, root)];
        end(&mut c, root);
        for id in ids {
            assert_eq!(c.receive(id).unwrap().status(), NtStatus::NOTIFY_CLEANUP, "{how}");
        }
        drop(c);
        site.settles().unwrap();
    }
}

#[test]
fn a_directory_that_is_to_go_tells_who_waits() {
    let site = Site::new().unwrap();
    let (mut c, tree) = site.alice(Options::default()).unwrap();
    c.touch(tree, &Create::new_directory("d")).unwrap();
    let watched = directory(&mut c, tree, "d");
    let id = wait(&mut c, watched);
    let other = c.create(tree, &Create::open("d", AccessMask::DELETE)).unwrap().file;
    c.set_delete(other, true).unwrap();
    assert_eq!(c.receive(id).unwrap().status(), NtStatus::DELETE_PENDING);
}

#[test]
fn too_many_changes_and_too_little_room() {
    let site = Site::new().unwrap();
    let (mut c, tree) = site.alice(Options::default()).unwrap();
    let root = directory(&mut c, tree, "");
    let flags = ChangeNotifyFlags::default();
    let id = c.send_change_notify(root, flags, NAMES, 1000).unwrap();
    assert!(c.receive_interim(id).unwrap().is_some());
    c.cancel(tree, id).unwrap();
    assert_eq!(c.receive(id).unwrap().status(), NtStatus::CANCELLED);
    for i in 0..60 {
        c.write_file(tree, &format!("file{i}"), b"").unwrap();
    }
    let id = c.send_change_notify(root, flags, NAMES, ROOM).unwrap();
    let reply = c.receive(id).unwrap();
    assert_eq!(reply.status(), NtStatus::NOTIFY_ENUM_DIR);
    assert!(reply.decode::<ChangeNotifyResponse<'_>>().unwrap().output.is_empty());
    // More than the server ever answers.
    let body = ChangeNotifyRequest {
        output_buffer_length: u32::MAX,
        file_id: root.id,
        ..ChangeNotifyRequest::default()
    };
    let id = c.send(&Request::new(Command::CHANGE_NOTIFY, tree, &body)).unwrap();
    assert_eq!(c.receive(id).unwrap().status(), NtStatus::INVALID_PARAMETER);
}

#[test]
fn only_directories_and_only_for_who_may_list_them() {
    let site = Site::new().unwrap();
    let (mut c, tree) = site.alice(Options::default()).unwrap();
    c.write_file(tree, "f", b"").unwrap();
    let file = c.create(tree, &Create::open("f", AccessMask::GENERIC_READ)).unwrap().file;
    let id = send(&mut c, file);
    assert_eq!(c.receive(id).unwrap().status(), NtStatus::INVALID_PARAMETER);
    let blind = c.create(tree, &Create { access: AccessMask::READ_ATTRIBUTES, ..Create::directory("") });
    let id = send(&mut c, blind.unwrap().file);
    assert_eq!(c.receive(id).unwrap().status(), NtStatus::ACCESS_DENIED);
    let id = send(&mut c, File { id: FileId::default(), ..file });
    assert_eq!(c.receive(id).unwrap().status(), NtStatus::FILE_CLOSED);
}

#[test]
fn in_a_compound_only_the_last_may_wait() {
    let site = Site::new().unwrap();
    let (mut c, tree) = site.alice(Options::default()).unwrap();
    let name = utf16("d");
    let create = Create { access: AccessMask::GENERIC_READ, ..Create::new_directory("d") }
        .disposition(CreateDisposition::OPEN_IF);
    let create = create.request(&name);
    let notify = ChangeNotifyRequest {
        output_buffer_length: ROOM,
        file_id: FileId::RELATED,
        completion_filter: NAMES,
        ..ChangeNotifyRequest::default()
    };
    let first = || Request::new(Command::CREATE, tree, &create);
    let second = || Request::new(Command::CHANGE_NOTIFY, tree, &notify).related();
    let echo = Request::new(Command::ECHO, tree, &EchoRequest).related();
    let ids = c.send_compound(&[first(), second(), echo]).unwrap();
    let statuses: Vec<_> = ids.iter().map(|id| c.receive(*id).unwrap().status()).collect();
    assert_eq!(statuses, [NtStatus::SUCCESS, NtStatus::INTERNAL_ERROR, NtStatus::SUCCESS]);
    let ids = c.send_compound(&[first(), second()]).unwrap();
    assert_eq!(c.receive(ids[0]).unwrap().status(), NtStatus::SUCCESS);
    assert!(c.receive_interim(ids[1]).unwrap().is_some());
    c.write_file(tree, "d\\f", b"").unwrap();
    assert_eq!(changes(&mut c, ids[1]), told(&[(1, "f")]));
}

#[test]
fn requests_that_wait_leave_with_their_connection() {
    let site = Site::new().unwrap();
    let (mut c, tree) = site.alice(Options::default()).unwrap();
    let root = directory(&mut c, tree, "");
    for _ in 0..100 {
        wait(&mut c, root);
    }
    drop(c);
    site.settles().unwrap();
    let (mut c, tree) = site.alice(Options::default()).unwrap();
    c.write_file(tree, "f", b"").unwrap();
    assert_eq!(refused(c.read_file(tree, "g")), NtStatus::OBJECT_NAME_NOT_FOUND);
}
