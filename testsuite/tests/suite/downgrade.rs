//! An attacker in the path of 3.1.1 (behaviour 3.7): whatever bit of whatever comes before the first key is changed, there is no session.

use lanward_client::{Connection, Options};
use lanward_smb2::Dialect;
use lanward_testsuite::{ALICE, Proxy, Site, Toward};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// NEGOTIATE and the two legs of SESSION_SETUP.
const EXCHANGES: usize = 3;

fn log_in(proxy: &Proxy) -> lanward_client::Result<()> {
    let options = Options::only(Dialect::V3_1_1).timeout(Duration::from_millis(250));
    let mut c = Connection::connect(proxy.address, options)?;
    let session = c.login(ALICE.0, ALICE.1)?;
    c.tree_connect(session, "data").map(drop)
}

/// The lengths of the frames of a logon that nobody touches.
fn lengths(site: &Site, toward: Toward) -> Vec<usize> {
    let lengths = Arc::new(std::sync::Mutex::new(Vec::new()));
    let seen = lengths.clone();
    let proxy = Proxy::start(site.address, move |to, _, frame| {
        if to == toward {
            seen.lock().unwrap().push(frame.len());
        }
    });
    log_in(&proxy.unwrap()).unwrap();
    let lengths = lengths.lock().unwrap();
    lengths[..EXCHANGES].to_vec()
}

fn no_bit_can_be_flipped(toward: Toward, step: usize) {
    let site = Site::new().unwrap();
    let (frame, bit) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let lengths = lengths(&site, toward);
    let (which, what) = (frame.clone(), bit.clone());
    let proxy = Proxy::start(site.address, move |to, index, bytes| {
        let bit = what.load(Ordering::SeqCst);
        if to == toward && index == which.load(Ordering::SeqCst) && bit / 8 < bytes.len() {
            bytes[bit / 8] ^= 1 << (bit % 8);
        }
    });
    let proxy = proxy.unwrap();
    for (index, length) in lengths.into_iter().enumerate() {
        frame.store(index, Ordering::SeqCst);
        for at in (0..length * 8).step_by(step) {
            bit.store(at, Ordering::SeqCst);
            // The MessageId of a response: the client waits for the right one until its deadline.
            let waits = toward == Toward::Client && (24 * 8..32 * 8).contains(&at) && at % 3 != 0;
            if !waits {
                assert!(log_in(&proxy).is_err(), "bit {at} of frame {index} toward {toward:?} was flipped");
            }
        }
    }
    frame.store(usize::MAX, Ordering::SeqCst);
    log_in(&proxy).unwrap();
    drop(proxy);
    site.settles().unwrap();
}

#[test]
fn no_bit_on_the_way_to_the_server_can_be_flipped() {
    no_bit_can_be_flipped(Toward::Server, 23);
}

#[test]
fn no_bit_on_the_way_to_the_client_can_be_flipped() {
    no_bit_can_be_flipped(Toward::Client, 23);
}
