use lanward_client::Options;
use lanward_testsuite::Site;

#[test]
fn a_site_serves_and_goes() {
    let site = Site::new().unwrap();
    let (mut c, tree) = site.alice(Options::default()).unwrap();
    c.write_file(tree, "hello.txt", b"Hello").unwrap();
    assert_eq!(c.read_file(tree, "hello.txt").unwrap(), b"Hello");
    drop(c);
    site.settles().unwrap();
}
