//! Talks to a server in every dialect of SMB 1, every form of logon and every policy of signing, and says what works.
//! usage: smb1 ADDRESS USER PASSWORD SHARE

use lanward_client::Result;
use lanward_client::smb1::{Connection, Create, Form, Login, Options, Signing, Transact, Tree};
use lanward_nt::AccessMask;
use lanward_smb1::subcommands::{QueryFsLevel, QueryFsRequest, Trans2Code};
use lanward_smb1::{AccessMode, Dialect};

struct Peer<'a> {
    address: &'a str,
    user: &'a str,
    password: &'a str,
    share: &'a str,
}

impl Peer<'_> {
    fn session(&self, options: Options, form: Option<Form>) -> Result<String> {
        let mut c = Connection::connect(self.address, options)?;
        let dialect = c.negotiated().dialect;
        let tree = if dialect < Some(Dialect::LanMan1) {
            c.core_tree_connect(lanward_client::smb1::Scope::default(), self.share, self.password)?
        } else {
            let session = match form {
                Some(form) => c.login_with(&Login::user(self.user, self.password, form))?,
                None => c.login(self.user, self.password)?,
            };
            c.tree_connect(&session, self.share)?
        };
        let done =
            if dialect == Some(Dialect::NtLm) { files(&mut c, tree) } else { core_files(&mut c, tree) };
        let said = done?;
        c.tree_disconnect(tree)?;
        Ok(format!("{dialect:?} signed {} {said}", c.is_signing()))
    }
}

fn files(c: &mut Connection, tree: Tree) -> Result<String> {
    let data: Vec<u8> = (0..300_000u32).flat_map(u32::to_le_bytes).take(1_000_000).collect();
    c.write_file(tree, "\\probe.bin", &data)?;
    if c.read_file(tree, "\\probe.bin")? != data {
        return Ok("READ BACK DIFFERS".into());
    }
    let file =
        c.create(tree, &Create::open("\\probe.bin", AccessMask::GENERIC_READ | AccessMask::GENERIC_WRITE))?;
    c.lock(file, 10, 20, false)?;
    c.unlock(file, 10, 20)?;
    c.flush(file)?;
    c.close(file)?;
    c.rename(tree, "\\probe.bin", "\\renamed.bin")?;
    let entries = c.list(tree, "\\*")?;
    assert!(entries.iter().any(|e| e.name == "renamed.bin" && e.size == 1_000_000), "{entries:?}");
    let query = QueryFsRequest { information_level: QueryFsLevel::VOLUME };
    let call = Transact::trans2(Trans2Code::QUERY_FS_INFORMATION).parameters(&query, c.text());
    let whole = c.transact(tree, &call)?;
    let pieces = c.transact(tree, &call.clone().piece(1))?;
    assert_eq!((&whole.parameters, &whole.data), (&pieces.parameters, &pieces.data));
    c.delete(tree, "\\renamed.bin")?;
    c.echo(b"still there")?;
    Ok(format!("{} entries", entries.len()))
}

fn core_files(c: &mut Connection, tree: Tree) -> Result<String> {
    let file = c.core_create(tree, "\\PROBE.BIN")?;
    c.core_write(file, 0, b"Hello, world")?;
    c.close(file)?;
    let (file, _) = c.core_open(tree, "\\PROBE.BIN", AccessMode(0x40))?;
    assert_eq!(c.core_read(file, 7, 100)?, b"world");
    c.close(file)?;
    c.rename(tree, "\\PROBE.BIN", "\\RENAMED.BIN")?;
    let entries = c.search(tree, "\\*.*")?;
    assert!(
        entries.iter().any(|e| e.name.eq_ignore_ascii_case("renamed.bin") && e.size == 12),
        "{entries:?}"
    );
    c.delete(tree, "\\RENAMED.BIN")?;
    Ok(format!("{} entries", entries.len()))
}

fn main() {
    let a: Vec<String> = std::env::args().collect();
    let [_, address, user, password, share] = &a[..] else {
        panic!("usage: smb1 ADDRESS USER PASSWORD SHARE")
    };
    let peer = Peer { address, user, password, share };
    let nt = || Options::only(Dialect::NtLm);
    let mut cases = Vec::new();
    for dialect in [Dialect::Core, Dialect::CorePlus, Dialect::LanMan1, Dialect::LanMan2, Dialect::LanMan21] {
        cases.push((format!("{dialect:?}"), Options::only(dialect), None));
    }
    for form in [Form::NtlmV2, Form::NtlmV1, Form::Lm, Form::Plaintext, Form::PlaintextUnicode] {
        cases.push((format!("{form:?}"), nt().without_extended_security(), Some(form)));
    }
    for signing in Signing::ALL {
        cases.push((format!("SPNEGO, signing {signing:?}"), nt().signing(signing), None));
        let options = nt().without_extended_security().signing(signing);
        cases.push((format!("NTLMv2, signing {signing:?}"), options, None));
    }
    let oem = Options { unicode: false, nt_status: false, ..nt() };
    cases.push(("NT LM 0.12 with code page and errors of DOS".into(), oem, None));
    for (name, options, form) in cases {
        match peer.session(options, form) {
            Ok(said) => println!("ok    {name}: {said}"),
            Err(e) => println!("FAIL  {name}: {e}"),
        }
    }
    let anonymous = Connection::connect(address.as_str(), Options::default()).and_then(|mut c| {
        let session = c.login_anonymous()?;
        c.tree_connect(&session, "IPC$")
    });
    println!("anonymous: {anonymous:?}");
}
