use crate::pdu::{Bind, ContextElement, ContextResult};
use crate::{SyntaxId, TransferSyntax};

/// Most presentation contexts of an association.
const MAX_CONTEXTS: usize = 64;

/// What of bind-time feature negotiation ([MS-RPCE] 2.2.2.14) there is: KeepConnectionOnOrphanSupported.
const FEATURES: u16 = 2;

/// The interfaces there are, and the presentation contexts that were negotiated ([MS-RPCE] 3.3.1.5.6).
#[derive(Debug)]
pub(super) struct Contexts {
    interfaces: Box<[SyntaxId]>,
    negotiated: Vec<Context>,
}

/// A presentation context.
#[derive(Debug, Clone, Copy)]
pub(super) struct Context {
    pub(super) id: u16,
    /// Which of the interfaces.
    pub(super) interface: usize,
    /// As the client named it.
    pub(super) asked: SyntaxId,
    pub(super) syntax: TransferSyntax,
}

impl Contexts {
    pub(super) fn of(interfaces: &[SyntaxId]) -> Self {
        Self { interfaces: interfaces.into(), negotiated: Vec::new() }
    }

    pub(super) fn find(&self, id: u16) -> Option<&Context> {
        self.negotiated.iter().find(|context| context.id == id)
    }

    pub(super) fn negotiate(&mut self, bind: &Bind) -> Vec<ContextResult> {
        bind.contexts.iter().map(|context| self.negotiate_one(context)).collect()
    }

    /// One context: the first of the transfer syntaxes it proposes that there is.
    fn negotiate_one(&mut self, context: &ContextElement) -> ContextResult {
        if let Some(features) = context.transfer_syntaxes.iter().find_map(SyntaxId::features) {
            return ContextResult::features(features & FEATURES);
        }
        let Some(interface) = self.interfaces.iter().position(|i| i.serves(&context.interface)) else {
            return ContextResult::NO_SUCH_INTERFACE;
        };
        let Some(syntax) = context.transfer_syntaxes.iter().find_map(TransferSyntax::of) else {
            return ContextResult::NO_SUCH_TRANSFER_SYNTAX;
        };
        let negotiated = Context { id: context.id, interface, asked: context.interface, syntax };
        let full = self.negotiated.len() >= MAX_CONTEXTS;
        match self.negotiated.iter_mut().find(|known| known.id == context.id) {
            Some(known) => *known = negotiated,
            None if full => return ContextResult::LIMIT_EXCEEDED,
            None => self.negotiated.push(negotiated),
        }
        ContextResult::accepted(syntax.id())
    }
}
