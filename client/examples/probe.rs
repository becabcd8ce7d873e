//! Talks to a server in every dialect and protection, and says what works.
//! usage: probe ADDRESS USER PASSWORD SHARE

use lanward_client::{Connection, Create, Options, Result};
use lanward_nt::AccessMask;
use lanward_smb2::messages::InfoType;
use lanward_smb2::{Cipher, Dialect, SigningAlgorithm};

fn session(address: &str, user: &str, password: &str, share: &str, options: Options) -> Result<String> {
    let mut c = Connection::connect(address, options)?;
    let session = c.login(user, password)?;
    let tree = c.tree_connect(session, share)?;
    let name = "probe.bin";
    let data: Vec<u8> = (0..3_000_000u32).flat_map(u32::to_le_bytes).take(2_500_000).collect();
    c.write_file(tree, name, &data)?;
    if c.read_file(tree, name)? != data {
        return Ok("READ BACK DIFFERS".into());
    }
    let file = c.create(tree, &Create::open(name, AccessMask::GENERIC_READ | AccessMask::DELETE))?.file;
    let standard = c.query_info(file, InfoType::FILE, 5, 24)?;
    assert_eq!(standard[8..16], 2_500_000u64.to_le_bytes());
    c.rename(file, "renamed.bin", false)?;
    c.flush(file).or_else(|e| if e.status().is_some() { Ok(()) } else { Err(e) })?;
    c.close(file)?;
    let root = c.create(tree, &Create::directory(""))?.file;
    let names = c.list(root, "*")?;
    assert!(names.iter().any(|e| e.name == "renamed.bin".into() && e.end_of_file == 2_500_000));
    c.close(root)?;
    c.touch(tree, &Create::delete_on_close("renamed.bin"))?;
    c.echo(Some(session))?;
    c.tree_disconnect(tree)?;
    c.logoff(session)?;
    let n = c.negotiated();
    Ok(format!("{:?} {:?} {:?} credits {}", n.dialect, n.signing, n.cipher, c.credits()))
}

fn main() {
    let a: Vec<String> = std::env::args().collect();
    let [_, address, user, password, share] = &a[..] else {
        panic!("usage: probe ADDRESS USER PASSWORD SHARE")
    };
    let mut cases = Vec::new();
    for d in Dialect::ALL {
        cases.push((format!("{d} plain"), Options::only(d)));
        cases.push((format!("{d} signed"), Options::only(d).signed()));
        if d.is_smb3() {
            cases.push((format!("{d} sealed"), Options::only(d).sealed()));
        }
    }
    for s in [SigningAlgorithm::HmacSha256, SigningAlgorithm::AesCmac, SigningAlgorithm::AesGmac] {
        cases
            .push((format!("{s:?}"), Options { signing_algorithms: vec![s], ..Options::default().signed() }));
    }
    for c in [Cipher::Aes128Ccm, Cipher::Aes256Ccm, Cipher::Aes128Gcm, Cipher::Aes256Gcm] {
        cases.push((format!("{c:?}"), Options { ciphers: vec![c], ..Options::default().sealed() }));
    }
    for (name, options) in cases {
        match session(address, user, password, share, options) {
            Ok(said) => println!("ok    {name}: {said}"),
            Err(e) => println!("FAIL  {name}: {e}"),
        }
    }
    let wrong =
        Connection::connect(address.as_str(), Options::default()).and_then(|mut c| c.login(user, "wrong"));
    println!("wrong password: {:?}", wrong.err());
    let anonymous = Connection::connect(address.as_str(), Options::default()).and_then(|mut c| {
        let s = c.login_anonymous()?;
        c.tree_connect(s, "IPC$")
    });
    println!("anonymous: {:?}", anonymous.map(|t| t.maximal_access));
}
