//! The crate `smb2` as a client: `with-smb2 HOST:PORT USER SHARE`, the password in `SMB_PASSWORD`.
//! Prints `ok NAME` or `FAIL NAME why` for each case.

use std::collections::BTreeSet;
use std::env;
use std::fmt::Debug;
use std::future::Future;
use std::time::Duration;

use smb2::{ClientConfig, SmbClient, Tree};

type Outcome = Result<(), String>;

const DIRECTORY: &str = "with-smb2";

#[tokio::main]
async fn main() {
    let given: Vec<String> = env::args().collect();
    let [_, addr, username, share] = given.as_slice() else {
        eprintln!("usage: with-smb2 HOST:PORT USER SHARE");
        return;
    };
    let Ok(password) = env::var("SMB_PASSWORD") else {
        eprintln!("SMB_PASSWORD is not set");
        return;
    };
    let config = ClientConfig {
        addr: addr.clone(),
        timeout: Duration::from_secs(10),
        username: username.clone(),
        password,
        domain: String::new(),
        auto_reconnect: false,
        compression: true,
        dfs_enabled: false,
        dfs_target_overrides: Default::default(),
        dfs_target_policy: Default::default(),
        connect_options: None,
        response_timeout: Some(Duration::from_secs(20)),
        previous_session_id: None,
    };
    case("wrong-password", wrong_password(&config)).await;
    case("unknown-share", unknown_share(&config)).await;
    case("list-shares", list_shares(&config, share)).await;
    case("files", files(&config, share)).await;
    case("big-file", big_file(&config, share)).await;
    case("many-files", many_files(&config, share)).await;
}

async fn case(name: &str, check: impl Future<Output = Outcome>) {
    match tokio::time::timeout(Duration::from_secs(60), check).await {
        Ok(Ok(())) => println!("ok smb2-crate/{name}"),
        Ok(Err(why)) => println!("FAIL smb2-crate/{name} {why}"),
        Err(_) => println!("FAIL smb2-crate/{name} took more than a minute"),
    }
}

fn equal<T: PartialEq + Debug>(found: T, wanted: T, what: &str) -> Outcome {
    if found == wanted { Ok(()) } else { Err(format!("{what}: found {found:?}, wanted {wanted:?}")) }
}

fn said<E: Debug>(what: &'static str) -> impl Fn(E) -> String {
    move |error| format!("{what}: {error:?}")
}

/// The call must be refused, and the refusal must name this status.
fn refused<T: Debug>(outcome: Result<T, smb2::Error>, status: &str) -> Outcome {
    match outcome {
        Ok(value) => Err(format!("succeeded with {value:?}, wanted {status}")),
        Err(error) if format!("{error:?} {error}").contains(status) => Ok(()),
        Err(error) => Err(format!("{error:?}, wanted {status}")),
    }
}

async fn open(config: &ClientConfig, share: &str) -> Result<(SmbClient, Tree), String> {
    let mut client = SmbClient::connect(config.clone()).await.map_err(said("connect"))?;
    let tree = client.connect_share(share).await.map_err(said("tree"))?;
    Ok((client, tree))
}

async fn wrong_password(config: &ClientConfig) -> Outcome {
    let wrong = ClientConfig { password: "not the password".to_owned(), ..config.clone() };
    refused(SmbClient::connect(wrong).await.map(|_| ()), "LOGON_FAILURE")
}

async fn unknown_share(config: &ClientConfig) -> Outcome {
    let mut client = SmbClient::connect(config.clone()).await.map_err(said("connect"))?;
    refused(client.connect_share("no-such-share").await.map(|_| ()), "BAD_NETWORK_NAME")
}

async fn list_shares(config: &ClientConfig, share: &str) -> Outcome {
    let mut client = SmbClient::connect(config.clone()).await.map_err(said("connect"))?;
    let shares = client.list_shares().await.map_err(said("list_shares"))?;
    equal(shares.iter().any(|found| found.name == share), true, "the share is listed")
}

async fn files(config: &ClientConfig, share: &str) -> Outcome {
    let (mut client, mut tree) = open(config, share).await?;
    let (first, second) = (format!("{DIRECTORY}/first.txt"), format!("{DIRECTORY}/Zweite Datei äöü.txt"));
    client.create_directory(&tree, DIRECTORY).await.map_err(said("create_directory"))?;
    client.write_file(&tree, &first, b"some text").await.map_err(said("write_file"))?;
    equal(
        client.read_file(&mut tree, &first).await.map_err(said("read_file"))?,
        b"some text".to_vec(),
        "content",
    )?;
    equal(client.stat(&mut tree, &first).await.map_err(said("stat"))?.size, 9, "size")?;
    client.rename(&tree, &first, &second).await.map_err(said("rename"))?;
    refused(client.read_file(&mut tree, &first).await, "OBJECT_NAME_NOT_FOUND")?;
    let entries = client.list_directory(&mut tree, DIRECTORY).await.map_err(said("list_directory"))?;
    let names: Vec<&str> =
        entries.iter().map(|entry| entry.name.as_str()).filter(|name| !name.starts_with('.')).collect();
    equal(names, vec!["Zweite Datei äöü.txt"], "names")?;
    let space = client.fs_info(&mut tree).await.map_err(said("fs_info"))?;
    equal(space.total_bytes >= space.free_bytes && space.total_bytes > 0, true, "file system size")?;
    refused(client.delete_directory(&tree, DIRECTORY).await, "DIRECTORY_NOT_EMPTY")?;
    client.delete_file(&tree, &second).await.map_err(said("delete_file"))?;
    client.delete_directory(&tree, DIRECTORY).await.map_err(said("delete_directory"))?;
    refused(client.stat(&mut tree, DIRECTORY).await, "OBJECT_NAME_NOT_FOUND")?;
    client.disconnect_share(&tree).await.map_err(said("disconnect_share"))
}

/// 48 MiB written and read with as many requests under way as the credits allow.
async fn big_file(config: &ClientConfig, share: &str) -> Outcome {
    let (mut client, mut tree) = open(config, share).await?;
    let content: Vec<u8> =
        (0..12_u32 << 20).flat_map(|word| word.wrapping_mul(0x9E37_79B9).to_le_bytes()).collect();
    let written =
        client.write_file_pipelined(&tree, "with-smb2-big", &content).await.map_err(said("write"))?;
    equal(written, content.len() as u64, "bytes written")?;
    let back = client.read_file_pipelined(&mut tree, "with-smb2-big").await.map_err(said("read"))?;
    equal(back == content, true, "content is equal")?;
    client.delete_file(&tree, "with-smb2-big").await.map_err(said("delete_file"))
}

/// The compound forms: stat, rename and delete of 100 files, several requests in one message.
async fn many_files(config: &ClientConfig, share: &str) -> Outcome {
    let (mut client, mut tree) = open(config, share).await?;
    let old: Vec<String> = (0..100).map(|number| format!("with-smb2-old-{number}")).collect();
    let new: Vec<String> = (0..100).map(|number| format!("with-smb2-new-{number}")).collect();
    for name in &old {
        client
            .write_file_compound(&tree, name, name.as_bytes())
            .await
            .map_err(said("write_file_compound"))?;
    }
    let names: Vec<&str> = old.iter().map(String::as_str).collect();
    for (name, info) in old.iter().zip(client.stat_files(&tree, &names).await) {
        equal(info.map_err(said("stat_files"))?.size, name.len() as u64, "size")?;
    }
    let pairs: Vec<(&str, &str)> =
        old.iter().map(String::as_str).zip(new.iter().map(String::as_str)).collect();
    for outcome in client.rename_files(&tree, &pairs).await {
        outcome.map_err(said("rename_files"))?;
    }
    let entries = client.list_directory(&mut tree, "").await.map_err(said("list_directory"))?;
    let listed: BTreeSet<&str> = entries.iter().map(|entry| entry.name.as_str()).collect();
    equal(new.iter().all(|name| listed.contains(name.as_str())), true, "new names are listed")?;
    let content = client.read_file_compound(&mut tree, &new[7]).await.map_err(said("read_file_compound"))?;
    equal(content, old[7].as_bytes().to_vec(), "content after the rename")?;
    let names: Vec<&str> = new.iter().map(String::as_str).collect();
    for outcome in client.delete_files(&tree, &names).await {
        outcome.map_err(said("delete_files"))?;
    }
    Ok(())
}
