"""What a mount with the SMB3 POSIX extensions has beyond any other; each a function, as in `checks.py`."""

import errno
import os
import shutil
import stat
import time

from checks import Skip, forget, read, refused, write

ALL = []


def check(function):
    ALL.append(function)
    return function


def settle():
    """The client closes late, and until then shows of a file what it made up when it opened it; waits that out."""
    time.sleep(1.6)
    forget()


def sends_modes(at):
    """Whether chmod reaches the server. Kernels before 6.9 send it with a mount option only."""
    with open("/proc/mounts") as mounts:
        options = next(line for line in mounts if f" {at.mount} " in line).split()[3].split(",")
    release = tuple(int(part) for part in os.uname().release.split("-")[0].split(".")[:2])
    return "modefromsid" in options or release >= (6, 9)


def mode(path):
    return stat.S_IMODE(os.stat(path, follow_symlinks=False).st_mode)


@check
def modes_at_creation(at):
    os.close(os.open(at("private"), os.O_CREAT | os.O_WRONLY, 0o600))
    os.close(os.open(at("program"), os.O_CREAT | os.O_WRONLY, 0o755))
    os.close(os.open(at("fixed"), os.O_CREAT | os.O_WRONLY, 0o444))
    os.mkdir(at("hidden"), 0o700)
    settle()
    found = [oct(mode(at(name))) for name in ("private", "program", "fixed", "hidden")]
    assert found == ["0o600", "0o755", "0o444", "0o700"], found
    assert stat.S_ISREG(os.stat(at("private")).st_mode) and stat.S_ISDIR(os.stat(at("hidden")).st_mode)


@check
def modes_in_listings(at):
    os.mkdir(at("listed"))
    os.close(os.open(at("listed", "a"), os.O_CREAT | os.O_WRONLY, 0o640))
    os.mkdir(at("listed", "b"), 0o710)
    forget()
    with os.scandir(at("listed")) as entries:
        found = {entry.name: (stat.S_IMODE(entry.stat().st_mode), entry.is_dir()) for entry in entries}
    assert found == {"a": (0o640, False), "b": (0o710, True)}, found


@check
def change_mode(at):
    write(at("changed"), b"kept")
    for wanted in (0o400, 0o755, 0o000, 0o666):
        os.chmod(at("changed"), wanted)
        settle()
        if mode(at("changed")) != wanted and not sends_modes(at):
            raise Skip("this kernel sends modes with the option modefromsid only")
        assert mode(at("changed")) == wanted, oct(mode(at("changed")))
    assert read(at("changed")) == b"kept"
    os.mkdir(at("sticky"))
    os.chmod(at("sticky"), 0o1755)
    forget()
    assert mode(at("sticky")) == 0o1755


@check
def owners_are_shown(at):
    write(at("owned"), b"")
    forget()
    state = os.stat(at("owned"))
    assert state.st_uid == os.stat(at()).st_uid and state.st_gid == os.stat(at()).st_gid


@check
def names_that_differ_in_case(at):
    for name in ("a", "A", "straße", "STRASSE", "Straße"):
        write(at(name), name.encode())
    forget()
    assert {"a", "A", "straße", "STRASSE", "Straße"} <= set(at.names())
    for name in ("a", "A", "straße", "Straße"):
        assert read(at(name)) == name.encode(), name
    os.unlink(at("a"))
    forget()
    assert read(at("A")) == b"A"
    refused(errno.ENOENT, os.stat, at("a"))
    os.rename(at("A"), at("a"))
    forget()
    assert "a" in at.names() and "A" not in at.names()
    os.mkdir(at("dir"))
    refused(errno.ENOENT, os.stat, at("DIR"))
    refused(errno.ENOENT, os.open, at("DIR", "f"), os.O_CREAT | os.O_WRONLY)


@check
def rename_beside_another_case(at):
    write(at("lower"), b"moved")
    write(at("TARGET"), b"stays")
    os.rename(at("lower"), at("target"))
    forget()
    assert read(at("TARGET")) == b"stays" and read(at("target")) == b"moved"


@check
def names_of_any_character(at):
    names = ["a:b", "what?", "star*", "<less>", "pipe|", 'quote"', "tab\there", "end.", "end ", "...", "~1", "nul", "COM1.x"]
    for name in names:
        write(at(name), name.encode())
    os.mkdir(at("in a: dir."))
    write(at("in a: dir.", "f*"), b"deep")
    forget()
    listed = at.names()
    for name in names:
        assert name in listed, (name, listed)
        assert read(at(name)) == name.encode(), name
    assert read(at("in a: dir.", "f*")) == b"deep" and at.names("in a: dir.") == ["f*"]
    os.rename(at("a:b"), at("c:d"))
    os.link(at("what?"), at("why?"))
    forget()
    assert read(at("c:d")) == b"a:b" and read(at("why?")) == b"what?"
    for name in at.names():
        if os.path.isfile(at(name)):
            os.unlink(at(name))


@check
def unlink_frees_the_name_at_once(at):
    write(at("held"), b"old")
    with open(at("held"), "r+b") as file:
        os.unlink(at("held"))
        assert "held" not in at.names()
        handle = os.open(at("held"), os.O_CREAT | os.O_EXCL | os.O_WRONLY)
        os.write(handle, b"new")
        os.close(handle)
        file.seek(0)
        assert file.read() == b"old"
        file.write(b"er")
        file.flush()
    forget()
    assert read(at("held")) == b"new"


@check
def directory_of_open_files_goes(at):
    os.mkdir(at("goes"))
    write(at("goes", "f"), b"f")
    with open(at("goes", "f"), "rb") as file:
        os.unlink(at("goes", "f"))
        os.rmdir(at("goes"))
        assert file.read() == b"f"
    forget()
    assert "goes" not in at.names()


@check
def rename_over_open(at):
    write(at("new"), b"new")
    write(at("old"), b"old")
    with open(at("old"), "rb") as held, open(at("new"), "rb"):
        os.rename(at("new"), at("old"))
        forget()
        assert read(at("old")) == b"new"
        assert held.read() == b"old"
    assert "new" not in at.names()


@check
def rename_directory_with_open_files(at):
    os.mkdir(at("before"))
    write(at("before", "f"), b"inside")
    with open(at("before", "f"), "rb") as file:
        os.rename(at("before"), at("after"))
        assert file.read() == b"inside"
    forget()
    assert read(at("after", "f")) == b"inside"


@check
def rename_directory_over_empty(at):
    os.makedirs(at("source"))
    write(at("source", "f"), b"f")
    os.mkdir(at("empty-dir"))
    os.mkdir(at("full-dir"))
    write(at("full-dir", "g"), b"g")
    refused((errno.ENOTEMPTY, errno.EEXIST), os.rename, at("source"), at("full-dir"))
    os.rename(at("source"), at("empty-dir"))
    forget()
    assert read(at("empty-dir", "f")) == b"f" and "source" not in at.names()


@check
def hard_links(at):
    write(at("one"), b"shared")
    os.link(at("one"), at("ONE"))
    forget()
    assert os.stat(at("one")).st_nlink == 2
    assert os.stat(at("one")).st_ino == os.stat(at("ONE")).st_ino
    refused(errno.EEXIST, os.link, at("one"), at("ONE"))
    os.unlink(at("one"))
    forget()
    assert read(at("ONE")) == b"shared" and os.stat(at("ONE")).st_nlink == 1


@check
def file_system_numbers(at):
    size = os.statvfs(at.mount)
    assert size.f_blocks > 0 and size.f_bavail <= size.f_bfree <= size.f_blocks
    assert size.f_files > 0 and 0 < size.f_ffree <= size.f_files, (size.f_files, size.f_ffree)


def prepared(at, *name):
    """What the suite put beside the share, where this client cannot make such things itself."""
    return os.path.join(at.mount, "prepared", *name)


@check
def links_of_the_server(at):
    forget()
    assert os.readlink(prepared(at, "link")) == "target"
    assert read(prepared(at, "link")) == b"behind the link"
    assert os.readlink(prepared(at, "dangling")) == "nowhere"
    assert stat.S_ISLNK(os.lstat(prepared(at, "dangling")).st_mode)
    assert read(prepared(at, "way", "target")) == b"behind the link"
    assert {"link", "dangling", "way"} <= set(os.listdir(prepared(at)))


@check
def a_link_leads_nowhere_but_on_the_client(at):
    forget()
    assert os.path.realpath(prepared(at, "way", "target")) == prepared(at, "target")
    refused(errno.ENOENT, os.open, prepared(at, "dangling"), os.O_RDONLY)


@check
def walking_and_copying(at):
    source = at("tree")
    os.makedirs(os.path.join(source, "sub"))
    write(os.path.join(source, "sub", "run.sh"), b"#!/bin/sh\n")
    os.chmod(os.path.join(source, "sub", "run.sh"), 0o750)
    shutil.copytree(source, at("copied-tree"))
    settle()
    if sends_modes(at):
        assert mode(at("copied-tree", "sub", "run.sh")) == 0o750, oct(mode(at("copied-tree", "sub", "run.sh")))
    shutil.rmtree(source)
    assert "tree" not in at.names()
