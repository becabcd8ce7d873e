use super::*;
use lanward_auth::NtHash;
use lanward_auth::mschap::{MsChapV2Proof, nt_response_v2};
use lanward_ppp::authentication::{AuthenticationRequest, MsChapError, Proof};
use lanward_radius::{AccessAccept, AccountingStatus, Nas, TerminateCause, Usage};
use std::io::Write as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

const SECRET: &[u8] = b"testing123";
const PASSWORD: &str = "clientPass";
const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

fn nas() -> Nas {
    Nas {
        identifier: "lanward".to_owned(),
        address: Some(Ipv4Addr::LOCALHOST),
        port: 1,
        called: Some(LOOPBACK),
        calling: Ipv4Addr::new(192, 0, 2, 7).into(),
    }
}

fn v2(password: &str) -> MsChapV2Proof {
    let (authenticator_challenge, peer_challenge) = ([1; 16], [2; 16]);
    let hash = NtHash::of_password(&password.into());
    let nt_response = nt_response_v2(&hash, &authenticator_challenge, &peer_challenge, b"User");
    MsChapV2Proof { authenticator_challenge, peer_challenge, nt_response }
}

fn request(proof: Proof) -> AccessRequest {
    let request = Box::new(AuthenticationRequest { name: b"User".to_vec(), proof });
    AccessRequest { nas: nas(), request, state: None }
}

fn accounting(status: AccountingStatus) -> AccountingRequest {
    AccountingRequest {
        status,
        nas: nas(),
        session: "0001".to_owned(),
        user: b"User".to_vec(),
        address: Some([10, 0, 0, 9].into()),
        class: Vec::new(),
        usage: Usage::default(),
        delay: Duration::ZERO,
    }
}

/// FreeRADIUS with one user, until it is dropped; `None` where the machine has none.
struct FreeRadius {
    child: Child,
    directory: tempfile::TempDir,
    port: u16,
    accounting_port: u16,
}

impl Drop for FreeRadius {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

const PROGRAM: &str = "/usr/sbin/freeradius";

impl FreeRadius {
    async fn start() -> Option<Self> {
        if !Path::new(PROGRAM).exists() {
            println!("skipped: there is no {PROGRAM} on this machine");
            return None;
        }
        let free = || std::net::UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let (port, accounting_port) = (free(), free());
        let directory = tempfile::tempdir().unwrap();
        let at = directory.path().display();
        let conf = format!(
            "prefix = /usr\nlibdir = /usr/lib/freeradius\nlogdir = {at}\nrun_dir = {at}\nradacctdir = {at}\npidfile = {at}/pid\n\
             security {{\n allow_vulnerable_openssl = yes\n}}\n\
             modules {{\n mschap {{\n use_mppe = yes\n require_encryption = yes\n require_strong = yes\n }}\n pap {{\n }}\n chap {{\n }}\n\
             files {{\n filename = {at}/users\n }}\n detail {{\n filename = {at}/detail\n }}\n}}\n\
             client localhost {{\n ipaddr = 127.0.0.1\n secret = testing123\n require_message_authenticator = yes\n}}\n\
             server default {{\n listen {{\n type = auth\n ipaddr = 127.0.0.1\n port = {port}\n }}\n\
             listen {{\n type = acct\n ipaddr = 127.0.0.1\n port = {accounting_port}\n }}\n\
             authorize {{\n mschap\n chap\n files\n pap\n }}\n\
             authenticate {{\n Auth-Type MS-CHAP {{\n mschap\n }}\n Auth-Type PAP {{\n pap\n }}\n Auth-Type CHAP {{\n chap\n }}\n }}\n\
             accounting {{\n detail\n }}\n\
             post-auth {{\n update reply {{\n &Message-Authenticator = 0x00\n }}\n\
             Post-Auth-Type REJECT {{\n update reply {{\n &Message-Authenticator = 0x00\n }}\n }}\n }}\n}}\n"
        );
        std::fs::write(directory.path().join("radiusd.conf"), conf).unwrap();
        let users = "User Cleartext-Password := \"clientPass\"\n\tFramed-IP-Address = 10.0.0.9,\n\tSession-Timeout = 600,\n\tClass = 0x676f6c64,\n\tMS-Primary-DNS-Server = 10.0.0.1\n";
        std::fs::write(directory.path().join("users"), users).unwrap();
        let dictionary = Path::new("/usr/share/freeradius/dictionary");
        let include = format!("$INCLUDE {}\n", dictionary.display());
        std::fs::write(directory.path().join("dictionary"), include).unwrap();
        let log = std::fs::File::create(directory.path().join("log")).unwrap();
        let child = Command::new(PROGRAM)
            .args(["-f", "-X", "-d"])
            .arg(directory.path())
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        Some(Self { child, directory, port, accounting_port })
    }

    fn server(&self) -> RadiusServer {
        let (port, accounting_port) = (self.port, Some(self.accounting_port));
        RadiusServer { address: LOOPBACK, port, accounting_port, secret: Secret::new(SECRET) }
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.directory.path().join("log")).unwrap_or_default()
    }

    fn detail(&self) -> String {
        std::fs::read_to_string(self.directory.path().join("detail")).unwrap_or_default()
    }
}

/// Patient: the server of the test may need a while to start.
const PATIENT: RetryPolicy =
    RetryPolicy { wait: Duration::from_millis(500), tries: 60, dead: Duration::from_secs(1) };

async fn accepted(radius: &Radius, proof: Proof, server: &FreeRadius) -> Box<AccessAccept> {
    match radius.access(request(proof)).await {
        Some(AccessAnswer::Accept(accept)) => accept,
        other => panic!("{other:?}\n{}", server.log()),
    }
}

#[tokio::test]
async fn freeradius_lets_in_with_keys_refuses_and_takes_accounts() {
    let Some(server) = FreeRadius::start().await else { return };
    let radius = Radius::start(&[server.server()], PATIENT).unwrap();
    let hash = NtHash::of_password(&PASSWORD.into());

    let proof = v2(PASSWORD);
    let accept = accepted(&radius, Proof::MsChapV2(proof), &server).await;
    assert_eq!(accept.keys, Some(proof.keys(&hash)), "{}", server.log());
    assert_eq!(accept.authenticator_response, Some(proof.answer(&hash, b"User")));
    assert_eq!(accept.grant.address, Some([10, 0, 0, 9].into()));
    assert_eq!(accept.grant.session_timeout, Some(Duration::from_secs(600)));
    assert_eq!(accept.grant.dns[0], Some([10, 0, 0, 1].into()));
    assert_eq!(accept.class, [b"gold"]);

    let challenge = [5; 8];
    let nt_response = Some(lanward_auth::mschap::nt_response_v1(&hash, &challenge));
    let v1 = Proof::MsChapV1 { challenge, lm_response: [0; 24], nt_response };
    let accept = accepted(&radius, v1, &server).await;
    let keys = accept.keys.unwrap();
    let expected = lanward_auth::mschap::MppeKeys::v1(&hash, None, &challenge);
    let strong = |keys: &lanward_auth::mschap::MppeKeys| {
        let key = keys.start(lanward_auth::ntlm::Side::Client, lanward_auth::mschap::KeyStrength::Bits128);
        key.unwrap().expose().to_vec()
    };
    assert_eq!(strong(&keys), strong(&expected), "{}", server.log());

    let pap = Proof::Pap { password: PASSWORD.as_bytes().to_vec().into() };
    assert_eq!(accepted(&radius, pap, &server).await.keys, None);
    let response = lanward_auth::mschap::chap_md5(7, PASSWORD.as_bytes(), &[9; 16]);
    let md5 = Proof::ChapMd5 { identifier: 7, challenge: [9; 16], response };
    accepted(&radius, md5, &server).await;

    for proof in [Proof::MsChapV2(v2("wrong")), Proof::Pap { password: b"wrong".to_vec().into() }] {
        let answer = radius.access(request(proof)).await;
        let Some(AccessAnswer::Reject { error, .. }) = answer else { panic!("{answer:?}") };
        assert_eq!(error, MsChapError::AuthenticationFailure);
    }

    radius.tell(accounting(AccountingStatus::Start));
    radius.tell(accounting(AccountingStatus::Stop(TerminateCause::UserRequest)));
    drop(radius);
    while !server.detail().contains("Acct-Terminate-Cause = User-Request") {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(server.detail().contains("Acct-Status-Type = Start"), "{}", server.detail());
}

#[tokio::test]
async fn the_next_server_is_asked_where_the_first_is_silent() {
    let Some(server) = FreeRadius::start().await else { return };
    let silent = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let first = RadiusServer { port: silent.local_addr().unwrap().port(), ..server.server() };
    let wrong = RadiusServer { secret: Secret::new(b"another"), ..server.server() };
    let policy = RetryPolicy { tries: 2, ..PATIENT };
    // Whoever knows another secret is as good as silent; the last one may be tried until it has started.
    let last = (0..20).map(|_| server.server());
    let servers: Vec<_> = [first, wrong].into_iter().chain(last).collect();
    let radius = Radius::start(&servers, policy).unwrap();
    accepted(&radius, Proof::MsChapV2(v2(PASSWORD)), &server).await;
    let nobody =
        Radius::start(&servers[..1], RetryPolicy { wait: Duration::from_millis(20), ..policy }).unwrap();
    assert_eq!(nobody.access(request(Proof::MsChapV2(v2(PASSWORD)))).await, None);
}

#[tokio::test]
async fn radclient_sends_somebody_away() {
    if !Path::new("/usr/bin/radclient").exists() {
        println!("skipped: there is no radclient on this machine");
        return;
    }
    let secrets = [(LOOPBACK, Secret::new(SECRET))];
    let disconnector = Disconnector::bind(SocketAddr::new(LOOPBACK, 0), "lanward", secrets).unwrap();
    let to = disconnector.address().unwrap().to_string();
    let (told, mut heard) = mpsc::channel(8);
    tokio::spawn(disconnector.serve(move |request| {
        told.try_send(request.clone()).unwrap();
        if request.user.as_deref() == Some(b"User") { Away::Sent } else { Away::Nobody }
    }));
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    for (attributes, kind, secret, expected) in [
        ("User-Name=User,Acct-Session-Id=0001", "disconnect", "testing123", "Received Disconnect-ACK"),
        ("User-Name=Nobody", "disconnect", "testing123", "Error-Cause = Session-Context-Not-Found"),
        ("Reply-Message=who", "disconnect", "testing123", "Error-Cause = Missing-Attribute"),
        ("User-Name=User,Session-Timeout=5", "coa", "testing123", "Error-Cause = Unsupported-Service"),
        ("User-Name=User", "disconnect", "wrong", "No reply from server"),
    ] {
        let (to, attributes) = (to.clone(), format!("{attributes},Event-Timestamp={now}"));
        let output = tokio::task::spawn_blocking(move || {
            let mut child = Command::new("/usr/bin/radclient")
                .args(["-x", "-r", "1", "-t", "2", &to, kind, secret])
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap();
            child.stdin.take().unwrap().write_all(attributes.as_bytes()).unwrap();
            let output = child.wait_with_output().unwrap();
            String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
        });
        let output = output.await.unwrap();
        assert!(output.contains(expected), "{output}");
    }
    assert_eq!(heard.recv().await.unwrap().session.as_deref(), Some(&b"0001"[..]));
}
