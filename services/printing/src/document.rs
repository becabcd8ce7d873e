//! What a job is, by its first bytes.

/// How many of them are looked at.
pub(crate) const LOOK: usize = 4_096;

/// What a document is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// PDF
    Pdf,
    /// PostScript
    PostScript,
    /// PCL, of whatever version
    Pcl,
    /// Text
    Text,
    /// Something else, for the printer to know
    Raw,
}

impl Format {
    /// The ending of a file's name.
    #[must_use]
    pub const fn suffix(self) -> &'static str {
        match self {
            Self::Pdf => "pdf",
            Self::PostScript => "ps",
            Self::Pcl => "pcl",
            Self::Text => "txt",
            Self::Raw => "prn",
        }
    }

    /// As IPP names it (RFC 8011 5.1.10).
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::PostScript => "application/postscript",
            Self::Pcl => "application/vnd.hp-PCL",
            Self::Text => "text/plain",
            Self::Raw => "application/octet-stream",
        }
    }

    /// Of a document that begins so.
    #[must_use]
    pub fn of(beginning: &[u8]) -> Self {
        const UNIVERSAL_EXIT: &[u8] = b"\x1b%-12345X";
        // Windows puts an end of transmission in front of PostScript.
        let bytes = beginning.strip_prefix(b"\x04").unwrap_or(beginning);
        if bytes.starts_with(b"%PDF-") {
            return Self::Pdf;
        }
        if bytes.starts_with(b"%!") {
            return Self::PostScript;
        }
        if bytes.starts_with(UNIVERSAL_EXIT) {
            return Self::of_job_language(bytes);
        }
        let escapes: [&[u8]; 4] = [b"\x1bE", b"\x1b&", b"\x1b*", b") HP-PCL XL"];
        if escapes.iter().any(|escape| bytes.starts_with(escape)) {
            return Self::Pcl;
        }
        let text = |b: &u8| matches!(b, 0x07..=0x0d | 0x20..=0x7e | 0x80..=0xff);
        if !bytes.is_empty() && bytes.iter().all(text) && is_utf8(bytes) { Self::Text } else { Self::Raw }
    }

    /// Behind HP's job language stands what it says.
    fn of_job_language(bytes: &[u8]) -> Self {
        let upper = bytes.to_ascii_uppercase();
        let has = |text: &[u8]| upper.windows(text.len()).any(|window| window == text);
        if has(b"LANGUAGE=POSTSCRIPT") || has(b"LANGUAGE = POSTSCRIPT") {
            Self::PostScript
        } else if has(b"LANGUAGE=PDF") || has(b"LANGUAGE = PDF") {
            Self::Pdf
        } else {
            Self::Pcl
        }
    }
}

/// Whether these are UTF-8, of which the last character may be cut.
fn is_utf8(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).map_or_else(|error| error.error_len().is_none(), |_| true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_known_by_their_beginning() {
        for (bytes, format) in [
            (&b"%PDF-1.7\n"[..], Format::Pdf),
            (b"%!PS-Adobe-3.0", Format::PostScript),
            (b"\x04%!PS", Format::PostScript),
            (b"\x1b%-12345X@PJL\r\n@PJL ENTER LANGUAGE=PostScript\r\n%!PS", Format::PostScript),
            (b"\x1b%-12345X@PJL\n@PJL ENTER LANGUAGE = PDF\n", Format::Pdf),
            (b"\x1b%-12345X@PJL\n@PJL ENTER LANGUAGE=PCLXL\n", Format::Pcl),
            (b"\x1bE\x1b&l0O", Format::Pcl),
            (b"Dear Sir,\r\n\x0c", Format::Text),
            ("Grüße".as_bytes(), Format::Text),
            (b"Gr\xfc\xdfe", Format::Raw),
            (b"\x00\x01", Format::Raw),
            (b"", Format::Raw),
        ] {
            assert_eq!(Format::of(bytes), format, "{bytes:?}");
        }
    }
}
