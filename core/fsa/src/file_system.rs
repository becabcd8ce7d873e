use lanward_vfs::Volume;
use std::sync::Arc;

/// One volume with the state of its open files.
#[derive(Debug)]
pub struct FileSystem {
    volume: Arc<dyn Volume>,
}

impl FileSystem {
    /// The object store over `volume`.
    #[must_use]
    pub fn new(volume: Arc<dyn Volume>) -> Arc<Self> {
        Arc::new(Self { volume })
    }

    /// The volume beneath.
    #[must_use]
    pub const fn volume(&self) -> &Arc<dyn Volume> {
        &self.volume
    }
}
