//! What holds for whatever bytes come as arguments, results or INFO structures of print servers.

use super::{
    AddFormRequest, AddProcessorRequest, CoreDriversRequest, DeleteProcessorRequest, EnumConnectionsRequest,
    EnumDataRequest, EnumDatatypesRequest, EnumJobsRequest, EnumKeyRequest, EnumPrintersRequest, EnumValue,
    FormInfo, GetDataExRequest, GetDriver2Request, GetFormRequest, GetJobRequest, Info, JobInfo, MonitorInfo,
    NameInfo, OpenPrinterExRequest, OpenPrinterRequest, PackagePathRequest, Packed, PortInfo, PrinterInfo,
    ResetPrinterRequest, SetDataExRequest, SetFormRequest, SetJobRequest, SetPrinterRequest, StartDocRequest,
    WritePrinterRequest, XcvDataRequest, unpack,
};
use crate::oracle_services::operation;
use core::fmt::Debug;

/// Any bytes as the arguments and results of operations.
pub(crate) fn operations(bytes: &[u8]) {
    operation::<EnumPrintersRequest>(bytes);
    operation::<OpenPrinterRequest>(bytes);
    operation::<OpenPrinterExRequest>(bytes);
    operation::<SetJobRequest>(bytes);
    operation::<GetJobRequest>(bytes);
    operation::<EnumJobsRequest>(bytes);
    operation::<SetPrinterRequest>(bytes);
    operation::<ResetPrinterRequest>(bytes);
    operation::<StartDocRequest>(bytes);
    operation::<WritePrinterRequest>(bytes);
    operation::<AddFormRequest>(bytes);
    operation::<SetFormRequest>(bytes);
    operation::<GetFormRequest>(bytes);
    operation::<XcvDataRequest>(bytes);
    operation::<GetDriver2Request>(bytes);
    operation::<EnumDatatypesRequest>(bytes);
    operation::<EnumConnectionsRequest>(bytes);
    operation::<SetDataExRequest>(bytes);
    operation::<GetDataExRequest>(bytes);
    operation::<EnumDataRequest>(bytes);
    operation::<EnumKeyRequest>(bytes);
    operation::<AddProcessorRequest>(bytes);
    operation::<DeleteProcessorRequest>(bytes);
    operation::<CoreDriversRequest>(bytes);
    operation::<PackagePathRequest>(bytes);
}

/// Any bytes as a buffer of INFO structures: what can be read is written into as little as it needs, and reads the same from there.
pub(crate) fn information(bytes: &[u8]) {
    for level in 0..10 {
        entries::<PrinterInfo>(level, bytes);
        entries::<JobInfo>(level, bytes);
        entries::<FormInfo>(level, bytes);
        entries::<PortInfo>(level, bytes);
        entries::<MonitorInfo>(level, bytes);
        entries::<NameInfo>(level, bytes);
        entries::<EnumValue>(level, bytes);
    }
}

fn entries<I: Info + Clone + PartialEq + Debug>(level: u32, bytes: &[u8]) {
    for count in [1, 3] {
        let Ok(entries) = unpack::<I>(level, bytes, count) else { continue };
        let packed = Packed::of(level, entries.iter().cloned());
        let mut buffer = vec![0xff; usize::try_from(packed.needed()).unwrap_or(0)];
        assert!(packed.fill(&mut buffer), "what is needed is enough");
        let again = unpack::<I>(level, &buffer, count);
        let same = again.is_ok_and(|again| packed_alike(level, &again, &buffer));
        assert!(same, "INFO structures read back as others");
    }
}

/// Whether the entries are written as these bytes.
fn packed_alike<I: Info + Clone>(level: u32, entries: &[I], bytes: &[u8]) -> bool {
    let mut buffer = vec![0; bytes.len()];
    Packed::of(level, entries.iter().cloned()).fill(&mut buffer) && buffer == bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hex::hex;
    use crate::spoolss::{
        DevmodeContainer, Document, DocumentContainer, DocumentLevel, Form2, FormContainer, FormLevel, Job4,
        JobContainer, JobLevel, Printer2, Printer3, Printer6, Printer7, PrinterContainer, PrinterLevel,
        SecurityContainer,
    };
    use crate::{
        ContextHandle, NarrowString, NdrReader, NdrWriter, Operation, TransferSyntax, UlongPtr, WideString,
    };
    use lanward_nt::Guid;
    use proptest::prelude::*;

    const HANDLE: ContextHandle = ContextHandle { attributes: 0, uuid: Guid([7; 16]) };

    fn text(text: &str) -> Option<WideString> {
        Some(WideString(text.into()))
    }

    fn written<Q: Operation>(request: &Q, syntax: TransferSyntax) -> Vec<u8> {
        let mut bytes = Vec::new();
        request.encode(&mut NdrWriter::with_syntax(&mut bytes, syntax));
        bytes
    }

    /// In both syntaxes, to the last byte, and whatever is cut off.
    fn there_and_back<Q: Operation + PartialEq + Debug>(request: &Q) {
        for syntax in [TransferSyntax::Ndr, TransferSyntax::Ndr64] {
            let bytes = written(request, syntax);
            let mut r = NdrReader::with_syntax(&bytes, syntax);
            assert_eq!(Q::decode(&mut r).as_ref(), Ok(request), "{syntax:?} {bytes:02x?}");
            assert_eq!(r.remaining(), 0, "{request:?}");
            (0..bytes.len()).for_each(|length| operations(&bytes[..length]));
        }
    }

    #[test]
    fn printers_as_they_are_set() {
        let devmode = DevmodeContainer { size: 3, devmode: Some(vec![1, 2, 3]) };
        let security = SecurityContainer { size: 2, descriptor: Some(vec![4, 5]) };
        let named = Printer2 {
            printer_name: text("laser"),
            comment: text("second floor"),
            devmode: UlongPtr(1),
            attributes: 8,
            ..Printer2::default()
        };
        let levels = [
            (0, PrinterLevel::Stress(Box::new(None))),
            (2, PrinterLevel::Level2(Box::new(Some(named)))),
            (3, PrinterLevel::Level3(Box::new(Some(Printer3::default())))),
            (6, PrinterLevel::Level6(Box::new(Some(Printer6 { status: 1 })))),
            (7, PrinterLevel::Level7(Box::new(Some(Printer7 { object_guid: text("{}"), action: 4 })))),
        ];
        for (level, printer) in levels {
            there_and_back(&SetPrinterRequest {
                handle: HANDLE,
                container: PrinterContainer { level, printer },
                devmode: devmode.clone(),
                security: security.clone(),
                command: 1,
            });
        }
    }

    /// As a client pauses a printer: level 0 and no structure, no DEVMODE, no descriptor.
    #[test]
    fn a_command_to_a_printer_as_it_travels() {
        let request = SetPrinterRequest {
            handle: HANDLE,
            container: PrinterContainer { level: 0, printer: PrinterLevel::Stress(Box::new(None)) },
            devmode: DevmodeContainer::default(),
            security: SecurityContainer::default(),
            command: 1,
        };
        let handle = "00000000 07070707 07070707 07070707 07070707";
        let rest = "00000000 00000000 00000000 00000000 00000000 00000000 00000000 01000000";
        assert_eq!(written(&request, TransferSyntax::Ndr), hex(&format!("{handle} {rest}")));
    }

    #[test]
    fn jobs_documents_and_forms_as_they_are_set() {
        let job = JobLevel::Level4(Box::new(Some(Job4 {
            document: text("a"),
            devmode: UlongPtr(0),
            size_high: 1,
            ..Job4::default()
        })));
        let container = Some(JobContainer { level: 4, job });
        there_and_back(&SetJobRequest { handle: HANDLE, job: 7, container, command: 0 });
        there_and_back(&SetJobRequest { handle: HANDLE, job: 7, container: None, command: 3 });
        let document = Document { name: text("letter"), output_file: None, datatype: text("RAW") };
        let document = DocumentLevel::Level1(Box::new(Some(document)));
        there_and_back(&StartDocRequest {
            handle: HANDLE,
            container: DocumentContainer { level: 1, document },
        });
        there_and_back(&WritePrinterRequest { handle: HANDLE, data: vec![1, 2, 3], size: 3 });
        let form = Form2 {
            flags: 0,
            name: text("card"),
            width: 1,
            height: 2,
            left: 3,
            top: 4,
            right: 5,
            bottom: 6,
            keyword: Some(NarrowString(b"key\0".to_vec())),
            string_type: 1,
            library: None,
            resource: 0,
            display_name: None,
            language: 7,
        };
        let form = FormLevel::Level2(Box::new(Some(form)));
        let container = FormContainer { level: 2, form };
        there_and_back(&SetFormRequest { handle: HANDLE, name: WideString("card".into()), container });
    }

    #[test]
    fn levels_that_there_are_not_are_refused() {
        let mut bytes = Vec::new();
        let mut w = NdrWriter::new(&mut bytes);
        w.context_handle(&HANDLE);
        [2, 2, 0].into_iter().for_each(|number| w.u32(number));
        assert!(StartDocRequest::decode(&mut NdrReader::new(&bytes)).is_err());
    }

    proptest! {
        #[test]
        fn no_bytes_break_it(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            operations(&bytes);
            information(&bytes);
        }

        /// Offsets that lead somewhere: most of any four bytes do not.
        #[test]
        fn no_offsets_break_it(words in proptest::collection::vec(0_u32..96, 0..40)) {
            let bytes: Vec<u8> = words.into_iter().flat_map(u32::to_le_bytes).collect();
            information(&bytes);
        }
    }
}
