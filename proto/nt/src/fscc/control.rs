use lanward_wire::{Decode, DecodeError, Encode, Reader, Writer};

/// A stretch of a file, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ByteRange {
    /// First byte.
    pub offset: u64,
    /// Length.
    pub length: u64,
}

impl Decode<'_> for ByteRange {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self { offset: r.u64("Offset")?, length: r.u64("Length")? })
    }
}

impl Encode for ByteRange {
    fn encode(&self, w: &mut Writer<'_>) {
        w.u64(self.offset);
        w.u64(self.length);
    }
}

/// [MS-FSCC] 2.3.13 FILE_LEVEL_TRIM
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FileLevelTrim {
    /// Whose byte-range locks count; 0 over the network.
    pub key: u32,
    /// What is no longer needed.
    pub ranges: Vec<ByteRange>,
}

impl Decode<'_> for FileLevelTrim {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let key = r.u32("Key")?;
        let count = usize::try_from(r.u32("NumRanges")?).unwrap_or(usize::MAX);
        let ranges = &mut Reader::new(r.bytes(count.saturating_mul(16), "Ranges")?);
        let ranges = (0..count).map(|_| ByteRange::decode(ranges)).collect::<Result<_, _>>()?;
        Ok(Self { key, ranges })
    }
}

impl Encode for FileLevelTrim {
    fn encode(&self, w: &mut Writer<'_>) {
        w.u32(self.key);
        w.u32(u32::try_from(self.ranges.len()).unwrap_or(u32::MAX));
        self.ranges.iter().for_each(|range| range.encode(w));
    }
}

/// [MS-FSCC] 2.3.55 FILE_REGION_INPUT and 2.3.56.1 FILE_REGION_INFO, which look the same: a stretch of a file and what of it is asked or said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FileRegion {
    /// Which bytes.
    pub range: ByteRange,
    /// [`FileRegion::VALID_CACHED_DATA`] and its like; 0 for what is not so.
    pub usage: u32,
}

impl FileRegion {
    /// FILE_REGION_USAGE_VALID_CACHED_DATA
    pub const VALID_CACHED_DATA: u32 = 1;
    /// Bytes it has.
    pub const LENGTH: usize = 24;
}

impl Decode<'_> for FileRegion {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let (range, usage) = (ByteRange::decode(r)?, r.u32("DesiredUsage")?);
        r.skip(4, "Reserved")?;
        Ok(Self { range, usage })
    }
}

impl Encode for FileRegion {
    fn encode(&self, w: &mut Writer<'_>) {
        self.range.encode(w);
        w.u32(self.usage);
        w.u32(0);
    }
}

/// [MS-FSCC] 2.3.56 FILE_REGION_OUTPUT
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FileRegionOutput {
    /// Regions there are.
    pub total: u32,
    /// Those that are told.
    pub regions: Vec<FileRegion>,
}

impl FileRegionOutput {
    /// Bytes before the first region.
    pub const FIXED_LENGTH: usize = 16;
}

impl Decode<'_> for FileRegionOutput {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        r.skip(4, "Flags")?;
        let total = r.u32("TotalRegionEntryCount")?;
        let count = usize::try_from(r.u32("RegionEntryCount")?).unwrap_or(usize::MAX);
        r.skip(4, "Reserved")?;
        let regions = &mut Reader::new(r.bytes(count.saturating_mul(FileRegion::LENGTH), "Region")?);
        let regions = (0..count).map(|_| FileRegion::decode(regions)).collect::<Result<_, _>>()?;
        Ok(Self { total, regions })
    }
}

impl Encode for FileRegionOutput {
    fn encode(&self, w: &mut Writer<'_>) {
        w.u32(0);
        w.u32(self.total);
        w.u32(u32::try_from(self.regions.len()).unwrap_or(u32::MAX));
        w.u32(0);
        self.regions.iter().for_each(|region| region.encode(w));
    }
}

/// [MS-FSCC] 2.3.22 NTFS_VOLUME_DATA_BUFFER
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct NtfsVolumeData {
    /// The volume's number.
    pub volume_serial_number: u64,
    /// Sectors of the volume.
    pub number_sectors: u64,
    /// Clusters of the volume.
    pub total_clusters: u64,
    /// Those that are free.
    pub free_clusters: u64,
    /// Free ones that are kept back.
    pub total_reserved: u64,
    /// Bytes of a sector.
    pub bytes_per_sector: u32,
    /// Bytes of a cluster.
    pub bytes_per_cluster: u32,
    /// Bytes of a file's record in the master file table.
    pub bytes_per_file_record_segment: u32,
}

impl Decode<'_> for NtfsVolumeData {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let value = Self {
            volume_serial_number: r.u64("VolumeSerialNumber")?,
            number_sectors: r.u64("NumberSectors")?,
            total_clusters: r.u64("TotalClusters")?,
            free_clusters: r.u64("FreeClusters")?,
            total_reserved: r.u64("TotalReserved")?,
            bytes_per_sector: r.u32("BytesPerSector")?,
            bytes_per_cluster: r.u32("BytesPerCluster")?,
            bytes_per_file_record_segment: r.u32("BytesPerFileRecordSegment")?,
        };
        r.skip(44, "ClustersPerFileRecordSegment")?;
        Ok(value)
    }
}

impl Encode for NtfsVolumeData {
    fn encode(&self, w: &mut Writer<'_>) {
        w.u64(self.volume_serial_number);
        w.u64(self.number_sectors);
        w.u64(self.total_clusters);
        w.u64(self.free_clusters);
        w.u64(self.total_reserved);
        w.u32(self.bytes_per_sector);
        w.u32(self.bytes_per_cluster);
        w.u32(self.bytes_per_file_record_segment);
        // There is no master file table: ClustersPerFileRecordSegment, its length and where it lies.
        w.zeros(4 + 5 * 8);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trims() {
        let ranges = vec![ByteRange { offset: 1, length: 2 }, ByteRange { offset: 3, length: u64::MAX }];
        let trim = FileLevelTrim { key: 0, ranges };
        let bytes = trim.to_bytes();
        assert_eq!((bytes.len(), bytes[4]), (40, 2));
        assert_eq!(FileLevelTrim::decode(&mut Reader::new(&bytes)), Ok(trim));
        for lie in [3, 4, u32::MAX] {
            let mut bytes = bytes.clone();
            bytes[4..8].copy_from_slice(&lie.to_le_bytes());
            assert!(FileLevelTrim::decode(&mut Reader::new(&bytes)).is_err(), "{lie}");
        }
    }

    #[test]
    fn regions() {
        let region = FileRegion { range: ByteRange { offset: 7, length: 9 }, usage: 1 };
        let output = FileRegionOutput { total: 2, regions: vec![region] };
        let bytes = output.to_bytes();
        assert_eq!((bytes.len(), bytes[4], bytes[8], bytes[16], bytes[24]), (40, 2, 1, 7, 9));
        assert_eq!(FileRegionOutput::decode(&mut Reader::new(&bytes)), Ok(output));
        assert_eq!(FileRegion::decode(&mut Reader::new(&bytes[16..])), Ok(region));
        let mut lie = bytes;
        lie[8] = 2;
        assert!(FileRegionOutput::decode(&mut Reader::new(&lie)).is_err());
    }

    #[test]
    fn volume_data() {
        let data = NtfsVolumeData {
            volume_serial_number: 1,
            number_sectors: 2,
            total_clusters: 3,
            free_clusters: 4,
            total_reserved: 5,
            bytes_per_sector: 6,
            bytes_per_cluster: 7,
            bytes_per_file_record_segment: 8,
        };
        let bytes = data.to_bytes();
        assert_eq!((bytes.len(), bytes[40], bytes[44], bytes[48]), (96, 6, 7, 8));
        assert_eq!(NtfsVolumeData::decode(&mut Reader::new(&bytes)), Ok(data));
    }
}
