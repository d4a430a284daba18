//! Integers as English words, Roman numerals and letters.

const FEW: [&str; 20] = [
    "Zero",
    "One",
    "Two",
    "Three",
    "Four",
    "Five",
    "Six",
    "Seven",
    "Eight",
    "Nine",
    "Ten",
    "Eleven",
    "Twelve",
    "Thirteen",
    "Fourteen",
    "Fifteen",
    "Sixteen",
    "Seventeen",
    "Eighteen",
    "Nineteen",
];
const ORDINALS: [&str; 20] = [
    "Zeroth",
    "First",
    "Second",
    "Third",
    "Fourth",
    "Fifth",
    "Sixth",
    "Seventh",
    "Eighth",
    "Ninth",
    "Tenth",
    "Eleventh",
    "Twelfth",
    "Thirteenth",
    "Fourteenth",
    "Fifteenth",
    "Sixteenth",
    "Seventeenth",
    "Eighteenth",
    "Nineteenth",
];
const TENS: [&str; 8] =
    ["Twenty", "Thirty", "Forty", "Fifty", "Sixty", "Seventy", "Eighty", "Ninety"];
const THOUSANDS: [&str; 4] = ["Thousand", "Million", "Billion", "Trillion"];
const ROMAN: [(u64, &str); 13] = [
    (1000, "m"),
    (900, "cm"),
    (500, "d"),
    (400, "cd"),
    (100, "c"),
    (90, "xc"),
    (50, "l"),
    (40, "xl"),
    (10, "x"),
    (9, "ix"),
    (5, "v"),
    (4, "iv"),
    (1, "i"),
];

/// Writes a whole number that is not negative in words.
pub(super) fn write(number: f64, ordinal: bool) -> String {
    let mut out = String::new();
    write_part(number, ordinal, "", "", &mut out);
    out
}

/// Writes a part; `small` comes before it if it is below a hundred, `large` otherwise.
fn write_part(number: f64, ordinal: bool, small: &str, large: &str, out: &mut String) {
    if number < 20.0 {
        out.push_str(small);
        out.push_str(if ordinal { ORDINALS[number as usize] } else { FEW[number as usize] });
        return;
    }
    if number < 100.0 {
        let (tens, rest) = (TENS[number as usize / 10 - 2], number % 10.0);
        out.push_str(small);
        if rest > 0.0 {
            out.push_str(tens);
            write_part(rest, ordinal, "-", "", out);
        } else if ordinal {
            out.push_str(&tens[..tens.len() - 1]);
            out.push_str("ieth");
        } else {
            out.push_str(tens);
        }
        return;
    }
    out.push_str(large);
    let (factor, name) = if number < 1000.0 {
        (100.0, "Hundred")
    } else {
        let magnitude = THOUSANDS
            .iter()
            .enumerate()
            .map(|(at, name)| (1000_f64.powi(at as i32 + 1), *name))
            .rfind(|(factor, _)| number >= *factor);
        magnitude.unwrap_or((1000.0, THOUSANDS[0]))
    };
    let rest = number % factor;
    write_part((number / factor).floor(), false, "", "", out);
    out.push(' ');
    out.push_str(name);
    if rest > 0.0 {
        write_part(rest, ordinal, " and ", ", ", out);
    } else if ordinal {
        out.push_str("th");
    }
}

/// Returns the words pictures may contain, in lower case, with their values.
pub(super) fn values() -> impl Iterator<Item = (String, f64)> {
    let counted = |words: &'static [&'static str]| {
        words.iter().enumerate().map(|(at, word)| (word.to_lowercase(), at as f64))
    };
    let tens = TENS.iter().enumerate().flat_map(|(at, word)| {
        let word = word.to_lowercase();
        let value = (at + 2) as f64 * 10.0;
        [(format!("{}ieth", &word[..word.len() - 1]), value), (word, value)]
    });
    let large = std::iter::once((100.0, "Hundred"))
        .chain((1..).zip(THOUSANDS).map(|(at, word)| (1000_f64.powi(at), word)))
        .flat_map(|(value, word)| {
            let word = word.to_lowercase();
            [(format!("{word}th"), value), (word, value)]
        });
    counted(&ORDINALS).chain(counted(&FEW)).chain(tens).chain(large)
}

/// Reads a number in words, in lower case.
pub(super) fn read(text: &str) -> Option<f64> {
    let words = text.replace(", ", " ").replace(" and ", " ").replace('-', " ");
    let mut segments = vec![0.0];
    for word in words.split(' ') {
        let (_, value) = values().find(|(known, _)| known == word)?;
        let top: f64 = segments.pop().unwrap_or(0.0);
        if value >= 100.0 {
            segments.push(top * value);
        } else if top >= 1000.0 {
            segments.push(top);
            segments.push(value);
        } else {
            segments.push(top + value);
        }
    }
    Some(segments.iter().sum())
}

/// Writes a whole number in Roman numerals, in lower case.
pub(super) fn write_roman(mut number: u64) -> String {
    let mut out = String::new();
    for (value, letters) in ROMAN {
        out.push_str(&letters.repeat((number / value) as usize));
        number %= value;
    }
    out
}

/// Reads Roman numerals in lower case.
pub(super) fn read_roman(text: &str) -> Option<f64> {
    let mut total = 0.0;
    let mut rest = text;
    while !rest.is_empty() {
        let (value, letters) = ROMAN.iter().find(|(_, letters)| rest.starts_with(letters))?;
        total += *value as f64;
        rest = &rest[letters.len()..];
    }
    Some(total)
}

/// Writes a whole number in letters: a to z, aa, ab …
pub(super) fn write_letters(mut number: u64) -> String {
    let mut letters = Vec::new();
    while number > 0 {
        number -= 1;
        letters.push(char::from(b'a' + (number % 26) as u8));
        number /= 26;
    }
    letters.into_iter().rev().collect()
}

/// Reads letters in lower case.
pub(super) fn read_letters(text: &str) -> Option<f64> {
    text.bytes().try_fold(0.0, |total, byte| {
        byte.is_ascii_lowercase().then(|| total * 26.0 + f64::from(byte - b'a' + 1))
    })
}
