//! Makes the inputs: seeds that were cut, doubled, spliced and overwritten, and now and then noise.

/// Longest input; longer ones are cut.
const BYTES_MAX: usize = 4096;

/// Pieces that parsers treat in a special way.
const TOKENS: [&str; 48] = [
    "{",
    "}",
    "[",
    "]",
    "(",
    ")",
    "\"",
    "'",
    "`",
    "\\",
    "\\u",
    "\\ud800",
    "{%",
    "%}",
    "$",
    "$$",
    "$.",
    "$..",
    ".*",
    "[*]",
    "[?(@.a>1)]",
    "[-1:]",
    "[::0]",
    "@",
    ":=",
    "~>",
    "|",
    "^(",
    "%",
    "**",
    "function",
    "λ",
    "?",
    ":",
    ",",
    "..",
    "null",
    "true",
    "-0",
    "1e999",
    "1e-999",
    "9223372036854775808",
    "\u{0}",
    "\u{202e}",
    "\u{10ffff}",
    "States.",
    ".$",
    "/",
];

/// A small generator of good enough numbers (`SplitMix64`), the same on every machine.
pub(crate) struct Numbers(u64);

impl Numbers {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`; 0 if there is none.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        let bound = u64::try_from(bound.max(1)).expect("a length fits 64 bits");
        usize::try_from(self.next() % bound).expect("it is below a length")
    }

    fn pick<'a>(&mut self, items: &[&'a str]) -> &'a str {
        items[self.below(items.len())]
    }
}

/// Makes input number `index` from `seeds`.
pub(crate) fn make(seed: u64, index: u64, seeds: &[&str]) -> String {
    let mut numbers =
        Numbers::new(seed.rotate_left(32) ^ index.wrapping_mul(0x2545_F491_4F6C_DD1D));
    if numbers.below(20) == 0 {
        return noise(&mut numbers);
    }
    let mut bytes = numbers.pick(seeds).as_bytes().to_vec();
    for _ in 0..numbers.below(6) {
        mutate(&mut bytes, seeds, &mut numbers);
        bytes.truncate(BYTES_MAX);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn noise(numbers: &mut Numbers) -> String {
    let mut text = String::new();
    for _ in 0..numbers.below(60) {
        if numbers.below(3) == 0 {
            text.push(
                char::from_u32(u32::try_from(numbers.below(0x11_0000)).unwrap_or(0)).unwrap_or('x'),
            );
        } else {
            text.push_str(numbers.pick(&TOKENS));
        }
    }
    text
}

fn mutate(bytes: &mut Vec<u8>, seeds: &[&str], numbers: &mut Numbers) {
    let at = numbers.below(bytes.len() + 1);
    let end = (at + numbers.below(24)).min(bytes.len());
    match numbers.below(8) {
        0 => drop(bytes.drain(at..end)),
        1 => drop(bytes.splice(at..at, numbers.pick(&TOKENS).bytes())),
        2 => drop(bytes.splice(at..end, numbers.pick(&TOKENS).bytes())),
        3 => {
            let piece = bytes[at..end].to_vec();
            let times = 1 + numbers.below(40);
            bytes.splice(at..at, piece.repeat(times));
        }
        4 => {
            let other = numbers.pick(seeds).as_bytes();
            let from = numbers.below(other.len());
            let piece = &other[from..(from + numbers.below(80)).min(other.len())];
            bytes.splice(at..end, piece.iter().copied());
        }
        5 => bytes.truncate(at),
        6 => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= 1 << numbers.below(8);
            }
        }
        _ => {
            let digits = numbers.next().to_string();
            bytes.splice(at..end, digits.into_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_number_makes_the_same_input() {
        for index in 0..100 {
            assert_eq!(make(7, index, &["seed"]), make(7, index, &["seed"]));
        }
        let made: std::collections::BTreeSet<String> =
            (0..100).map(|index| make(7, index, &["{\"a\": 1}"])).collect();
        assert!(made.len() > 60, "{}", made.len());
    }
}
