//! Task tokens: they name an attempt of a task and carry a proof that the engine made them.

use compasso_types::hex;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::restores::SALT_BYTES;
use crate::{Execution, TaskId};

/// Where a server takes callbacks: the path, before the token of the task that is ended by it.
pub const CALLBACKS: &str = "/api/v1/callbacks/";
/// Bytes of proof in a token.
const PROOF_BYTES: usize = 16;

/// A parsed token; not yet proven.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskToken {
    /// The execution's ARN.
    pub execution: Arc<str>,
    /// The task.
    pub task: TaskId,
    text: String,
}

impl TaskToken {
    /// Reads a token; `None` if the text cannot be one.
    pub fn parse(text: &str) -> Option<Self> {
        let plain = String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
        let mut parts = plain.splitn(4, '.');
        let entry = parts.next()?.parse().ok()?;
        let attempt = parts.next()?.parse().ok()?;
        let _proof = parts.next()?;
        let execution = parts.next()?.into();
        Some(Self { execution, task: TaskId { entry, attempt }, text: text.to_owned() })
    }

    /// Returns whether `execution` made this token.
    pub fn is_from(&self, execution: &Execution) -> bool {
        let ours = execution.token(self.task);
        // Comparing digests takes the same time wherever the texts differ.
        blake3::hash(ours.as_bytes()) == blake3::hash(self.text.as_bytes())
    }
}

impl Execution {
    /// Returns the token of a task of this execution: nobody can make one without its seed. One of a
    /// state that was entered after a restore differs from the one that the same number once had.
    pub fn token(&self, task: TaskId) -> String {
        let start = self.start.as_ref().expect("an execution with tasks has started");
        let mut key = [0; 32];
        key[..16].copy_from_slice(&start.seed);
        key[16..].copy_from_slice(&self.salt(task));
        let mut claim = format!("{}.{}.", task.entry, task.attempt);
        let proof = blake3::keyed_hash(&key, format!("{claim}{}", start.id).as_bytes());
        claim.push_str(&hex(&proof.as_bytes()[..PROOF_BYTES]));
        claim.push('.');
        claim.push_str(&start.id);
        URL_SAFE_NO_PAD.encode(claim)
    }

    fn salt(&self, task: TaskId) -> [u8; SALT_BYTES] {
        if self.restores.is_empty() {
            return [0; SALT_BYTES];
        }
        let active = self.image.scopes.values().filter_map(|scope| scope.active());
        let mut entered = active.filter(|it| it.entry == task.entry).map(|it| it.entered);
        entered.next().map_or([0; SALT_BYTES], |entered| self.restores.salt_at(entered))
    }
}
