//! The files of the console: what `npm run build` made in `ui/`, within the program.
//!
//! Building the program needs no Node: where the console was not built, [`page`] says what to do. A
//! debug build reads the files from `ui/dist` when they are asked for, so that a change of the
//! console needs no build of the program.

use std::borrow::Cow;
use std::io::Read;

use flate2::read::GzDecoder;

/// What stands in for a console that was not built.
const NOT_BUILT: &str = include_str!("not_built.html");
/// The page that every address of the console begins with.
const PAGE: &str = "index.html";
/// What the name of a compressed file ends in.
const COMPRESSED: &str = ".gz";
/// Files that are named by their content never change.
const NAMED_BY_CONTENT: &str = "assets/";

/// The files of the console as it was when the program was built, by their paths.
const FILES: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/files.rs"));

/// A file as it is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its bytes, perhaps compressed.
    pub content: Cow<'static, [u8]>,
    /// What it is.
    pub media_type: &'static str,
    /// Whether it is compressed with gzip.
    pub is_compressed: bool,
    /// Whether a file of this name always has this content.
    pub is_immutable: bool,
}

/// Returns the page of the console, or the one that says how to build it.
pub fn page() -> Cow<'static, [u8]> {
    read(PAGE).unwrap_or(Cow::Borrowed(NOT_BUILT.as_bytes()))
}

/// Returns a file beside the page, by its path without a slash in front; compressed if it may be.
pub fn file(path: &str, takes_gzip: bool) -> Option<File> {
    let media_type = media_type(path)?;
    let is_immutable = path.starts_with(NAMED_BY_CONTENT);
    let plain = |content| File { content, media_type, is_compressed: false, is_immutable };
    if let Some(content) = read(path) {
        return Some(plain(content));
    }
    let content = read(&format!("{path}{COMPRESSED}"))?;
    if takes_gzip {
        return Some(File { is_compressed: true, ..plain(content) });
    }
    let mut text = Vec::new();
    GzDecoder::new(&*content).read_to_end(&mut text).ok()?;
    Some(plain(Cow::Owned(text)))
}

/// Returns the content of a file. A debug build prefers what is on the disk now.
fn read(path: &str) -> Option<Cow<'static, [u8]>> {
    #[cfg(debug_assertions)]
    if let Some(content) = on_disk(path) {
        return Some(Cow::Owned(content));
    }
    embedded(path).map(Cow::Borrowed)
}

fn embedded(path: &str) -> Option<&'static [u8]> {
    FILES.iter().find(|(name, _)| *name == path).map(|(_, content)| *content)
}

#[cfg(debug_assertions)]
fn on_disk(path: &str) -> Option<Vec<u8>> {
    let is_inside = path.split('/').all(|part| !matches!(part, "" | "." | ".."));
    let dist = concat!(env!("CARGO_MANIFEST_DIR"), "/../../ui/dist/");
    if is_inside { std::fs::read(format!("{dist}{path}")).ok() } else { None }
}

/// Returns what a file is; only what the console consists of is known.
fn media_type(path: &str) -> Option<&'static str> {
    Some(match path.rsplit_once('.')?.1 {
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "woff2" => "font/woff2",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_a_page_whether_the_console_was_built_or_not() {
        let page = page();
        let text = String::from_utf8_lossy(&page);
        assert!(text.contains("<title>Compasso</title>"), "{text}");
    }

    #[test]
    fn the_program_holds_all_files_of_the_console_or_none() {
        assert_eq!(embedded(PAGE).is_some(), embedded("theme.js.gz").is_some());
        assert_eq!(embedded("nothing.js"), None);
    }

    #[test]
    fn nothing_but_files_of_the_console_is_given_out() {
        for path in
            ["", "index.html", "../Cargo.toml", "assets/../../package.json", "assets", "x.js.gz"]
        {
            assert_eq!(file(path, true), None, "{path}");
        }
    }
}
