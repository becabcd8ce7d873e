//! Devices in the lists of the server: how they are opened and given back, and what is told of that.

use super::{CommDevice, DeviceOpen};
use crate::open::OpenSlot;
use crate::{CreatedOpen, Event, Open, OpenBody, Subject, TreeConnect};
use lanward_fsa::{CreateParams, HeldCache};
use lanward_nt::{AccessMask, CreateAction, CreateDisposition, NtStatus};
use std::sync::Arc;

impl TreeConnect {
    /// Opens the device of the share, whatever name it is called by. Dropping the future leaves nothing behind.
    pub(crate) async fn open_device(
        self: &Arc<Self>,
        device: &CommDevice,
        p: &CreateParams<'_>,
        slot: OpenSlot,
    ) -> Result<CreatedOpen, NtStatus> {
        let opened = self.open_line(device, p).await;
        let registered = opened.and_then(|open| self.register(OpenBody::Device(Arc::new(open)), slot));
        if self.server.has_audience() {
            let (who, share) = (self.subject(), self.share().name.clone());
            let status = registered.as_ref().err().copied().unwrap_or(NtStatus::SUCCESS);
            self.server.event(Event::DeviceOpened { who, share, status });
        }
        let open = registered?;
        Ok(CreatedOpen { open, action: CreateAction::Opened, metadata: None, cache: HeldCache::NONE })
    }

    async fn open_line(&self, device: &CommDevice, p: &CreateParams<'_>) -> Result<DeviceOpen, NtStatus> {
        // It is always there: it can be opened and emptied, and not made.
        if p.disposition == CreateDisposition::Create {
            return Err(NtStatus::OBJECT_NAME_COLLISION);
        }
        let mut wanted = p.desired_access.map_generic();
        if wanted.contains(AccessMask::MAXIMUM_ALLOWED) {
            wanted = self.maximal_access();
        }
        if !self.maximal_access().contains(wanted.difference(AccessMask::SYNCHRONIZE)) {
            return Err(NtStatus::ACCESS_DENIED);
        }
        device.open(wanted).await
    }
}

impl Open {
    /// Gives a device back and tells so, once.
    pub(crate) fn give_back(&self, device: &DeviceOpen) {
        if device.close() && self.server.has_audience() {
            let who =
                self.tree().map_or_else(|| Subject::new(self.user(), None, None), |tree| tree.subject());
            let share = self.share().name.clone();
            let octets = device.octets();
            self.server.event(Event::DeviceClosed { who, share, octets });
        }
    }
}
