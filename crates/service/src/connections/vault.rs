//! Seals what must not be read in the store.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{Key, KeyInit, XChaCha20Poly1305, XNonce};

/// Bytes of a key.
const KEY_BYTES: usize = 32;
/// Bytes of a nonce: long enough to draw it at random for every sealing.
pub(super) const NONCE_BYTES: usize = 24;
/// The first byte of everything sealed: how it was sealed.
const FORMAT: u8 = 1;

/// What the key of nonces is made for.
const NONCES: &str = "compasso 2026 nonces of values that are sealed alike";

/// A key that seals and opens: XChaCha20-Poly1305.
#[derive(Clone)]
pub struct Vault {
    cipher: XChaCha20Poly1305,
    /// Makes nonces of what is sealed.
    nonces: [u8; KEY_BYTES],
}

/// It was sealed with another key or for something else, or was changed since.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it was sealed with another key, or was changed since")]
pub(crate) struct CannotOpen;

impl Vault {
    /// Makes the vault of a key.
    pub fn new(key: &[u8; KEY_BYTES]) -> Self {
        let nonces = blake3::derive_key(NONCES, key);
        Self { cipher: XChaCha20Poly1305::new(Key::from_slice(key)), nonces }
    }

    /// Returns a text by which the key is known again, and which tells nothing of it.
    pub fn fingerprint(&self) -> String {
        self.seal_alike("fingerprint", "fingerprint", &[])
    }

    /// Returns a secret that all servers with this key know, and nobody else can find out.
    pub fn shared_token(&self) -> String {
        self.seal_alike("nodes", "token of nodes", &[])
    }

    /// Returns the secret with which servers of this key call themselves.
    pub fn own_secret(&self) -> String {
        self.seal_alike("own calls", "secret of own calls", &[])
    }

    /// Seals `plain` for `context` so that the same for the same `place` gives the same again. Only who
    /// has the key can find out whether a guess was right.
    pub(super) fn seal_alike(&self, place: &str, context: &str, plain: &[u8]) -> String {
        let mut hasher = blake3::Hasher::new_keyed(&self.nonces);
        for part in [place, context] {
            hasher.update(&(part.len() as u64).to_le_bytes()).update(part.as_bytes());
        }
        let digest = hasher.update(plain).finalize();
        let (nonce, _) = digest.as_bytes().split_first_chunk().expect("a digest is longer");
        self.seal(nonce, context, plain)
    }

    /// Seals `plain` for `context`, without which it cannot be opened.
    pub(super) fn seal(&self, nonce: &[u8; NONCE_BYTES], context: &str, plain: &[u8]) -> String {
        let payload = Payload { msg: plain, aad: context.as_bytes() };
        let cipher = self.cipher.encrypt(XNonce::from_slice(nonce), payload);
        let cipher = cipher.expect("parameters are far smaller than what can be sealed");
        STANDARD.encode([&[FORMAT], nonce.as_slice(), &cipher].concat())
    }

    /// Opens what was sealed for `context`.
    pub(super) fn open(&self, context: &str, sealed: &str) -> Result<Vec<u8>, CannotOpen> {
        let bytes = STANDARD.decode(sealed).map_err(|_| CannotOpen)?;
        let (&format, rest) = bytes.split_first().ok_or(CannotOpen)?;
        let (nonce, cipher) = rest.split_at_checked(NONCE_BYTES).ok_or(CannotOpen)?;
        if format != FORMAT {
            return Err(CannotOpen);
        }
        let payload = Payload { msg: cipher, aad: context.as_bytes() };
        self.cipher.decrypt(XNonce::from_slice(nonce), payload).map_err(|_| CannotOpen)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONCE: [u8; NONCE_BYTES] = [3; NONCE_BYTES];

    #[test]
    fn what_was_sealed_opens_with_its_key_for_its_context() {
        let vault = Vault::new(&[7; KEY_BYTES]);
        let sealed = vault.seal(&NONCE, "connection/a", b"secret");
        assert_eq!(vault.open("connection/a", &sealed).unwrap(), b"secret");
        assert_eq!(vault.open("connection/b", &sealed), Err(CannotOpen));
        assert_eq!(Vault::new(&[8; KEY_BYTES]).open("connection/a", &sealed), Err(CannotOpen));
    }

    #[test]
    fn the_same_for_the_same_context_is_sealed_alike() {
        let vault = Vault::new(&[7; KEY_BYTES]);
        let sealed = vault.seal_alike("run/a", "me", b"secret");
        assert_eq!(sealed, vault.seal_alike("run/a", "me", b"secret"));
        assert_eq!(vault.open("me", &sealed).unwrap(), b"secret");
        let others = [
            ("run/b", "me", "secret"),
            ("run/a", "you", "secret"),
            ("run/a", "me", "secre"),
            ("run/", "ame", "secret"),
        ];
        for (place, context, plain) in others {
            let other = vault.seal_alike(place, context, plain.as_bytes());
            assert_ne!(sealed[..32], other[..32], "another nonce");
        }
    }

    #[test]
    fn what_was_changed_does_not_open() {
        let vault = Vault::new(&[7; KEY_BYTES]);
        let sealed = STANDARD.decode(vault.seal(&NONCE, "c", b"secret")).unwrap();
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert_eq!(vault.open("c", &STANDARD.encode(changed)), Err(CannotOpen), "byte {at}");
            assert_eq!(vault.open("c", &STANDARD.encode(&sealed[..at])), Err(CannotOpen));
        }
    }
}
