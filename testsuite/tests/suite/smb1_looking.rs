//! What a path is asked for without opening it is what an open of it tells.

use lanward_client::Error;
use lanward_client::smb1::{Connection, Create, Options, Signing, Transact, Tree};
use lanward_nt::AccessMask;
use lanward_smb1::Dialect;
use lanward_smb1::subcommands::{QueryFileRequest, QueryLevel, QueryPathRequest, Trans2Code};
use lanward_testsuite::{ALICE, Plan};
use std::time::Duration;

const LEVELS: [u16; 13] = [0x1, 0x2, 0x101, 0x102, 0x103, 0x104, 0x107, 1004, 1005, 1007, 1018, 1034, 1035];

fn by_path(c: &mut Connection, tree: Tree, name: &str, level: u16) -> Result<Vec<u8>, Error> {
    let request =
        QueryPathRequest { information_level: QueryLevel(level), reserved: 0, file_name: name.into() };
    let call = Transact::trans2(Trans2Code::QUERY_PATH_INFORMATION).parameters(&request, c.text());
    Ok(c.transact(tree, &call)?.data)
}

#[test]
fn a_path_and_a_handle_tell_the_same() {
    let plan = Plan::default().zone(|zone| zone.min_dialect = Dialect::NtLm.number());
    let site = plan.start().unwrap();
    let options = Options::default().signing(Signing::Required).timeout(Duration::from_secs(20));
    let mut c = Connection::connect(site.address, options).unwrap();
    let session = c.login(ALICE.0, ALICE.1).unwrap();
    let tree = c.tree_connect(&session, "data").unwrap();
    let file = c.create(tree, &Create::new_file("\\Some Name")).unwrap();
    c.write(file, 0, &[7; 5000]).unwrap();
    c.close(file).unwrap();
    for name in ["\\Some Name", "\\some name", "\\"] {
        for level in LEVELS {
            let told = by_path(&mut c, tree, name, level);
            let file = c.create(tree, &Create::open(name, AccessMask::READ_ATTRIBUTES)).unwrap();
            let request = QueryFileRequest { fid: file.id, information_level: QueryLevel(level) };
            let call = Transact::trans2(Trans2Code::QUERY_FILE_INFORMATION).parameters(&request, c.text());
            let by_handle = c.transact(tree, &call).map(|answer| answer.data);
            c.close(file).unwrap();
            match (told, by_handle) {
                (Ok(told), Ok(by_handle)) => assert_eq!(told, by_handle, "{name} {level:#x}"),
                (told, by_handle) => panic!("{name} {level:#x}: {told:?} and {by_handle:?}"),
            }
        }
    }
    assert!(by_path(&mut c, tree, "\\none", 0x101).is_err());
}
