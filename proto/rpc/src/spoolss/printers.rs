//! Printers as clients set them ([MS-RPRN] 2.2.1.10). What pDevMode and pSecurityDescriptor say is ignored: containers beside them say it.

use super::{DevmodeContainer, SystemTime};
use crate::ndr::{operation, structure, union};
use crate::{ContextHandle, UlongPtr, WideString};

structure! {
    /// [MS-RPRN] 2.2.1.2.13 SECURITY_CONTAINER
    #[derive(Default)]
    SecurityContainer { size: u32, descriptor: Option<Vec<u8>>, }
}
structure! {
    /// [MS-RPRN] 2.2.1.10.1 PRINTER_INFO_STRESS
    PrinterStress {
        printer_name: Option<WideString>,
        server_name: Option<WideString>,
        jobs: u32,
        total_jobs: u32,
        total_bytes: u32,
        up_time: SystemTime,
        most_references: u32,
        total_pages: u32,
        version: u32,
        free_build: u32,
        spooling: u32,
        most_spooling: u32,
        references: u32,
        out_of_paper: u32,
        not_ready: u32,
        job_errors: u32,
        processors: u32,
        processor_type: u32,
        total_bytes_high: u32,
        change_id: u32,
        last_error: u32,
        status: u32,
        network_printers: u32,
        added_printers: u32,
        architecture: u16,
        processor_level: u16,
        information_contexts: u32,
        reserved2: u32,
        reserved3: u32,
    }
}
structure! {
    /// [MS-RPRN] 2.2.1.10.2 PRINTER_INFO_1
    Printer1 { flags: u32, description: Option<WideString>, name: Option<WideString>, comment: Option<WideString>, }
}
structure! {
    /// [MS-RPRN] 2.2.1.10.3 PRINTER_INFO_2
    #[derive(Default)]
    Printer2 {
        server_name: Option<WideString>,
        printer_name: Option<WideString>,
        share_name: Option<WideString>,
        port_name: Option<WideString>,
        driver_name: Option<WideString>,
        comment: Option<WideString>,
        location: Option<WideString>,
        devmode: UlongPtr,
        separator_file: Option<WideString>,
        print_processor: Option<WideString>,
        datatype: Option<WideString>,
        parameters: Option<WideString>,
        descriptor: UlongPtr,
        attributes: u32,
        priority: u32,
        default_priority: u32,
        start_time: u32,
        until_time: u32,
        status: u32,
        jobs: u32,
        average_pages: u32,
    }
}
structure! {
    /// [MS-RPRN] 2.2.1.10.4 PRINTER_INFO_3
    #[derive(Default)]
    Printer3 { descriptor: UlongPtr, }
}
structure! {
    /// [MS-RPRN] 2.2.1.10.5 PRINTER_INFO_4
    Printer4 { printer_name: Option<WideString>, server_name: Option<WideString>, attributes: u32, }
}
structure! {
    /// [MS-RPRN] 2.2.1.10.6 PRINTER_INFO_5
    Printer5 {
        printer_name: Option<WideString>,
        port_name: Option<WideString>,
        attributes: u32,
        select_timeout: u32,
        retry_timeout: u32,
    }
}
structure! {
    /// [MS-RPRN] 2.2.1.10.7 PRINTER_INFO_6
    Printer6 { status: u32, }
}
structure! {
    /// [MS-RPRN] 2.2.1.10.8 PRINTER_INFO_7
    Printer7 { object_guid: Option<WideString>, action: u32, }
}
structure! {
    /// [MS-RPRN] 2.2.1.10.9 PRINTER_INFO_8, 2.2.1.10.10 PRINTER_INFO_9
    Printer8 { devmode: UlongPtr, }
}
union! {
    /// The union in [MS-RPRN] 2.2.1.2.9 PRINTER_CONTAINER
    PrinterLevel: u32 {
        0 => Stress(Option<PrinterStress>),
        1 => Level1(Option<Printer1>),
        2 => Level2(Option<Printer2>),
        3 => Level3(Option<Printer3>),
        4 => Level4(Option<Printer4>),
        5 => Level5(Option<Printer5>),
        6 => Level6(Option<Printer6>),
        7 => Level7(Option<Printer7>),
        8 => Level8(Option<Printer8>),
        9 => Level9(Option<Printer8>),
    }
}
structure! {
    /// [MS-RPRN] 2.2.1.2.9 PRINTER_CONTAINER
    PrinterContainer { level: u32, printer: PrinterLevel, }
}

operation! {
    /// [MS-RPRN] 3.1.4.2.5 RpcSetPrinter
    7 SetPrinterRequest {
        handle: ContextHandle,
        container: PrinterContainer,
        devmode: DevmodeContainer,
        security: SecurityContainer,
        command: u32,
    } => SetPrinterResponse { } u32
}
operation! {
    /// [MS-RPRN] 3.1.4.2.13 RpcResetPrinter
    52 ResetPrinterRequest { handle: ContextHandle, datatype: Option<WideString>, devmode: DevmodeContainer, }
    => ResetPrinterResponse { } u32
}
