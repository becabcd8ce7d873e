//! Forms and configuration data over \PIPE\spoolss.

use super::printers::{open_printer, printing_server};
use super::printing::{bound, opened, text};
use super::*;
use lanward_rpc::ContextHandle;
use lanward_rpc::spoolss::{
    AddFormRequest, DeleteFormRequest, DeleteKeyRequest, EnumDataExRequest, EnumDataRequest,
    EnumFormsRequest, EnumKeyRequest, EnumValue, Form1, FormContainer, FormInfo, FormLevel, GetDataRequest,
    GetFormRequest, SetDataExRequest, SetDataRequest, SetFormRequest, unpack,
};

fn form(name: &str, width: u32) -> FormContainer {
    let (right, bottom) = (width, 2);
    let form = Form1 { name: Some(text(name)), width, height: 2, right, bottom, ..Form1::default() };
    FormContainer { level: 1, form: FormLevel::Level1(Box::new(Some(form))) }
}

async fn form_named(peer: &mut Peer, handle: ContextHandle, name: &str) -> (u32, Vec<FormInfo>) {
    let name = text(name);
    let request = GetFormRequest { handle, name, level: 2, buffer: Some(vec![0; 512]), size: 512 };
    let found = perform(peer, request).await;
    let count = u32::from(found.status == 0);
    (found.status, unpack(2, &found.buffer.unwrap(), count).unwrap())
}

/// [MS-RPRN] 3.1.4.5
#[tokio::test]
async fn forms_are_there_and_are_added() {
    let (server, _) = printing_server();
    let (mut user, mut admin) = (bound(&server, false).await, bound(&server, true).await);
    let plain = opened(&mut user).await;
    let (status, a4) = form_named(&mut user, plain, "a4").await;
    assert_eq!((status, a4[0].flags, a4[0].width, a4[0].height), (0, 1, 210_000, 297_000));
    let handle = perform(&mut admin, printing::open_request(None, 1)).await.handle;
    let all = EnumFormsRequest { handle, level: 1, buffer: Some(vec![0; 16_384]), size: 16_384 };
    let before = perform(&mut admin, all.clone()).await.returned;
    assert_eq!(
        perform(&mut user, AddFormRequest { handle: plain, container: form("card", 5) }).await.status,
        5
    );
    let cases = [("card", 5, 0), ("CARD", 5, 80), ("A4", 5, 80), ("", 5, 1902), ("thin", 0, 1903)];
    for (name, width, status) in cases {
        let request = AddFormRequest { handle, container: form(name, width) };
        assert_eq!(perform(&mut admin, request).await.status, status, "{name}");
    }
    assert_eq!(perform(&mut admin, all).await.returned, before + 1);
    let change = |name: &str| SetFormRequest { handle, name: text(name), container: form(name, 7) };
    assert_eq!(perform(&mut admin, change("card")).await.status, 0);
    assert_eq!(form_named(&mut user, plain, "card").await.1[0].width, 7);
    let delete = |name: &str| DeleteFormRequest { handle, name: text(name) };
    for (name, status) in [("A4", 87), ("none", 1902)] {
        assert_eq!(perform(&mut admin, change(name)).await.status, status);
        assert_eq!(perform(&mut admin, delete(name)).await.status, status);
    }
    assert_eq!(perform(&mut admin, delete("card")).await.status, 0);
    assert_eq!(form_named(&mut user, plain, "card").await.0, 1902);
}

/// [MS-RPRN] 3.1.4.2.7, 3.1.4.2.8, 3.1.4.2.16 to 3.1.4.2.23
#[tokio::test]
async fn values_of_printers_are_kept() {
    let (server, _) = printing_server();
    let (mut user, mut admin) = (bound(&server, false).await, bound(&server, true).await);
    let (theirs, handle) =
        (open_printer(&mut user, "laser", 8).await, open_printer(&mut admin, "laser", 0xc).await);
    let value = |handle, name: &str| GetDataRequest { handle, value: text(name), size: 8 };
    let set = |handle, name: &str| {
        let (value, data) = (text(name), vec![1, 2, 3]);
        SetDataRequest { handle, value, data_type: 3, data, size: 3 }
    };
    let change = perform(&mut user, value(theirs, "changeid")).await.data;
    assert_eq!(perform(&mut user, set(theirs, "Margin")).await.status, 5);
    for (name, status) in [("Margin", 0), ("ChangeID", 87), ("", 87)] {
        assert_eq!(perform(&mut admin, set(handle, name)).await.status, status, "{name}");
    }
    let found = perform(&mut user, value(theirs, "margin")).await;
    assert_eq!((found.status, found.data_type, &found.data[..3]), (0, 3, &[1, 2, 3][..]));
    assert_ne!(perform(&mut user, value(theirs, "ChangeID")).await.data, change, "something is different");
    for (name, status) in [("none", 2), ("HardwareId", 50)] {
        assert_eq!(perform(&mut user, value(theirs, name)).await.status, status);
    }
    let server_handle = opened(&mut admin).await;
    assert_eq!(perform(&mut admin, set(server_handle, "BeepEnabled")).await.status, 5, "opened to look");

    let next = |index, name_size| EnumDataRequest { handle, index, name_size, data_size: name_size };
    let sizes = perform(&mut admin, next(0, 0)).await;
    assert_eq!((sizes.status, sizes.name_needed, sizes.data_needed), (0, 14, 3));
    let first = perform(&mut admin, next(0, 20)).await;
    assert_eq!((first.status, String::from_utf16_lossy(&first.name[..6])), (0, "Margin".into()));
    assert_eq!(perform(&mut admin, next(0, 4)).await.status, 234);
    for room in [20, 0] {
        assert_eq!(perform(&mut admin, next(1, room)).await.status, 259);
    }

    let below = SetDataExRequest {
        handle,
        key: text("a\\b"),
        value: text("v"),
        data_type: 4,
        data: vec![7, 0, 0, 0],
        size: 4,
    };
    assert_eq!(perform(&mut admin, below).await.status, 0);
    let keys = perform(&mut admin, EnumKeyRequest { handle, key: text(""), size: 80 }).await;
    let names: Vec<u16> = "PrinterDriverData\0a\0\0".encode_utf16().collect();
    assert_eq!((keys.status, &keys.keys[..names.len()]), (0, &names[..]));
    let all = |size| EnumDataExRequest { handle, key: text("A\\B"), size };
    let values = perform(&mut admin, all(64)).await;
    let expected = EnumValue { name: "v".into(), value_type: 4, data: vec![7, 0, 0, 0] };
    assert_eq!(unpack(0, &values.data, values.returned), Ok(vec![expected]));
    let short = perform(&mut admin, all(values.needed - 1)).await;
    assert_eq!((short.status, short.needed), (234, values.needed));
    let none = perform(&mut admin, EnumKeyRequest { handle, key: text("a\\b"), size: 4 }).await;
    assert_eq!((none.status, none.needed, none.keys), (0, 4, vec![0, 0]), "two NULs");
    let delete = || DeleteKeyRequest { handle, key: text("a") };
    assert_eq!(perform(&mut admin, delete()).await.status, 0);
    assert_eq!(perform(&mut admin, delete()).await.status, 2);
    assert_eq!(perform(&mut admin, all(64)).await.status, 2);
}
