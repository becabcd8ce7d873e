//! Printer forms ([MS-RPRN] 3.1.4.5). Lengths are thousandths of millimetres.

use crate::ndr::{operation, structure, union};
use crate::{ContextHandle, NarrowString, WideString};

structure! {
    /// [MS-RPRN] 2.2.1.6.1 FORM_INFO_1, whose SIZE and RECTL are six numbers.
    #[derive(Default)]
    Form1 {
        flags: u32,
        name: Option<WideString>,
        width: u32,
        height: u32,
        left: u32,
        top: u32,
        right: u32,
        bottom: u32,
    }
}
structure! {
    /// [MS-RPRN] 2.2.1.6.2 RPC_FORM_INFO_2
    Form2 {
        flags: u32,
        name: Option<WideString>,
        width: u32,
        height: u32,
        left: u32,
        top: u32,
        right: u32,
        bottom: u32,
        keyword: Option<NarrowString>,
        string_type: u32,
        library: Option<WideString>,
        resource: u32,
        display_name: Option<WideString>,
        language: u16,
    }
}
union! {
    /// The union in [MS-RPRN] 2.2.1.2.4 FORM_CONTAINER
    FormLevel: u32 { 1 => Level1(Option<Form1>), 2 => Level2(Option<Form2>), }
}
structure! {
    /// [MS-RPRN] 2.2.1.2.4 FORM_CONTAINER
    FormContainer { level: u32, form: FormLevel, }
}

operation! {
    /// [MS-RPRN] 3.1.4.5.1 RpcAddForm
    30 AddFormRequest { handle: ContextHandle, container: FormContainer, } => AddFormResponse { } u32
}
operation! {
    /// [MS-RPRN] 3.1.4.5.2 RpcDeleteForm
    31 DeleteFormRequest { handle: ContextHandle, name: WideString, } => DeleteFormResponse { } u32
}
operation! {
    /// [MS-RPRN] 3.1.4.5.3 RpcGetForm
    32 GetFormRequest { handle: ContextHandle, name: WideString, level: u32, buffer: Option<Vec<u8>>, size: u32, }
    => GetFormResponse { buffer: Option<Vec<u8>>, needed: u32, } u32
}
operation! {
    /// [MS-RPRN] 3.1.4.5.4 RpcSetForm
    33 SetFormRequest { handle: ContextHandle, name: WideString, container: FormContainer, } => SetFormResponse { } u32
}
operation! {
    /// [MS-RPRN] 3.1.4.5.5 RpcEnumForms
    34 EnumFormsRequest { handle: ContextHandle, level: u32, buffer: Option<Vec<u8>>, size: u32, }
    => EnumFormsResponse { buffer: Option<Vec<u8>>, needed: u32, returned: u32, } u32
}
