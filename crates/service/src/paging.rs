//! Page tokens: opaque, proven to be ours, good for one listing and one day.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use compasso_store::Expected;
use compasso_types::Timestamp;

use crate::constraints::Constraints;
use crate::records::Secret;
use crate::shelf::{CHANGE_ATTEMPTS_MAX, Change, interpret, put, read_once};
use crate::{Error, Service};

/// How long a token is good.
const TOKEN_LIFE: Duration = Duration::from_secs(24 * 60 * 60);
/// Items on a page if the caller does not say.
const PAGE_ITEMS: usize = 100;
/// Most items on a page.
pub(crate) const PAGE_ITEMS_MAX: i64 = 1000;
/// Longest token in a request, but for listings that say otherwise.
const TOKEN_CHARS_MAX: usize = 1024;
/// Where the key is stored.
const SECRET: &str = "page-tokens";
const PROOF_BYTES: usize = 16;
const INSTANT_BYTES: usize = 8;

/// Makes and reads page tokens.
pub(crate) struct PageTokens {
    key: [u8; 32],
}

impl PageTokens {
    /// Makes a token for going on at `position` in `listing`.
    pub(crate) fn seal(&self, listing: &str, position: &str, now: Timestamp) -> String {
        let mut bytes = now.after(TOKEN_LIFE).0.to_be_bytes().to_vec();
        bytes.extend_from_slice(position.as_bytes());
        let proof = self.proof(listing, &bytes);
        bytes.extend_from_slice(&proof.as_bytes()[..PROOF_BYTES]);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Returns the position a token stands for.
    ///
    /// # Errors
    /// [`Error::InvalidToken`]: changed, too old, or of another listing.
    pub(crate) fn open(&self, listing: &str, token: &str, now: Timestamp) -> Result<String, Error> {
        let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| Error::InvalidToken)?;
        let split = bytes.len().checked_sub(PROOF_BYTES).ok_or(Error::InvalidToken)?;
        let (content, proof) = bytes.split_at(split);
        if self.proof(listing, content).as_bytes()[..PROOF_BYTES] != *proof {
            return Err(Error::InvalidToken);
        }
        let (instant, position) =
            content.split_first_chunk::<INSTANT_BYTES>().ok_or(Error::InvalidToken)?;
        if i64::from_be_bytes(*instant) <= now.0 {
            return Err(Error::InvalidToken);
        }
        String::from_utf8(position.to_vec()).map_err(|_| Error::InvalidToken)
    }

    fn proof(&self, listing: &str, content: &[u8]) -> blake3::Hash {
        let mut hasher = blake3::Hasher::new_keyed(&self.key);
        hasher.update(&(listing.len() as u64).to_be_bytes());
        hasher.update(listing.as_bytes());
        hasher.update(content);
        hasher.finalize()
    }
}

impl Service {
    /// Returns what makes tokens; the key is stored, so that tokens outlive a restart.
    pub(crate) async fn page_tokens(&self) -> Result<&PageTokens, Error> {
        self.inner.page_tokens.get_or_try_init(|| self.load_page_tokens()).await
    }

    /// Returns the position a request's token stands for, if it has one.
    pub(crate) async fn position(
        &self,
        listing: &str,
        token: Option<&str>,
    ) -> Result<Option<String>, Error> {
        let Some(token) = token else { return Ok(None) };
        self.page_tokens().await?.open(listing, token, self.now()).map(Some)
    }

    /// Cuts what [`ask_for`] asked for down to a page, and makes the token of the next one.
    pub(crate) async fn cut<T>(
        &self,
        mut found: Vec<T>,
        items: usize,
        listing: &str,
        position: impl Fn(&T) -> String,
    ) -> Result<(Vec<T>, Option<String>), Error> {
        if found.len() <= items {
            return Ok((found, None));
        }
        found.truncate(items);
        let next = match found.last() {
            Some(last) => {
                Some(self.page_tokens().await?.seal(listing, &position(last), self.now()))
            }
            None => None,
        };
        Ok((found, next))
    }

    async fn load_page_tokens(&self) -> Result<PageTokens, Error> {
        for _ in 0..CHANGE_ATTEMPTS_MAX {
            if let Some(secret) = read_once::<Secret>(&self.runtime, SECRET).await? {
                let bytes = STANDARD.decode(secret.key).ok();
                let key = bytes.and_then(|bytes| bytes.try_into().ok());
                let key = key.ok_or_else(|| Error::Internal("stored secret is corrupt".into()))?;
                return Ok(PageTokens { key });
            }
            let key = [self.random(), self.random()].concat();
            let secret = Secret { key: STANDARD.encode(&key) };
            let change = put(SECRET, Expected::Absent, &secret);
            match interpret(self.runtime.write(vec![change]).await)? {
                Change::Done | Change::Overtaken => {}
            }
        }
        Err(Error::Overtaken { arn: SECRET.into() })
    }
}

/// Returns how many items a page has.
pub(crate) fn page_items(max_results: Option<i64>) -> usize {
    match max_results {
        None | Some(0) => PAGE_ITEMS,
        Some(items) => usize::try_from(items).unwrap_or(PAGE_ITEMS),
    }
}

/// Returns how many items to read for a page of `items`: one more shows whether it is the last.
pub(crate) const fn ask_for(items: usize) -> usize {
    items + 1
}

/// Adds the bounds of a page.
pub(crate) fn page_bounds(
    constraints: Constraints,
    max_results: Option<i64>,
    token: Option<&str>,
) -> Constraints {
    constraints.number_if("maxResults", max_results, 0..=PAGE_ITEMS_MAX).chars_if(
        "nextToken",
        token,
        1..=TOKEN_CHARS_MAX,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Timestamp = Timestamp(1_000_000);

    #[test]
    fn a_token_is_good_for_its_listing_for_a_day() {
        let tokens = PageTokens { key: [7; 32] };
        let token = tokens.seal("machines", "m42", NOON);
        let in_time = Timestamp(NOON.after(TOKEN_LIFE).0 - 1);
        assert_eq!(tokens.open("machines", &token, in_time), Ok("m42".into()));
        assert_eq!(tokens.open("activities", &token, NOON), Err(Error::InvalidToken));
        assert_eq!(
            tokens.open("machines", &token, NOON.after(TOKEN_LIFE)),
            Err(Error::InvalidToken)
        );
    }

    #[test]
    fn a_changed_token_is_refused() {
        let tokens = PageTokens { key: [7; 32] };
        let token = tokens.seal("machines", "m42", NOON);
        for at in 0..token.len() {
            let mut other = token.clone().into_bytes();
            other[at] = if other[at] == b'A' { b'B' } else { b'A' };
            let other = String::from_utf8(other).unwrap();
            assert_eq!(tokens.open("machines", &other, NOON), Err(Error::InvalidToken), "{at}");
        }
        assert_eq!(tokens.open("machines", "", NOON), Err(Error::InvalidToken));
        assert_eq!(
            PageTokens { key: [8; 32] }.open("machines", &token, NOON),
            Err(Error::InvalidToken)
        );
    }
}
