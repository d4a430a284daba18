//! Picture strings of dates and times: literal text and markers such as `[M01]`.

use super::integer::{Case, Form, IntegerPicture};
use crate::error::{Result, failed};
use crate::value::{Value, quoted};

/// A parsed picture string.
#[derive(Debug)]
pub(super) struct Picture {
    pub(super) parts: Vec<Part>,
}

/// A part of a picture.
#[derive(Debug)]
pub(super) enum Part {
    Literal(String),
    Marker(Marker),
}

/// A component of a date and how it is written.
#[derive(Debug)]
pub(super) struct Marker {
    pub(super) component: char,
    /// The component is written by name.
    pub(super) names: Option<Case>,
    pub(super) integer: Option<IntegerPicture>,
    pub(super) width_max: Option<usize>,
    /// How many digits of a year are written.
    pub(super) year_digits: Option<usize>,
    /// `t`: UTC is written `Z`.
    pub(super) zulu: bool,
}

impl Picture {
    pub(super) fn parse(text: &str) -> Result<Self> {
        let mut parts: Vec<Part> = Vec::new();
        let mut literal = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('[') {
            literal.push_str(before);
            if let Some(after) = after.strip_prefix('[') {
                literal.push('[');
                rest = after;
                continue;
            }
            if !literal.is_empty() {
                parts.push(Part::Literal(std::mem::take(&mut literal).replace("]]", "]")));
            }
            let Some((marker, after)) = after.split_once(']') else {
                let message = "No matching closing bracket ']' in date/time picture string";
                return Err(failed("D3135", message));
            };
            let marker = Marker::parse(marker)?;
            if let (Some(Part::Marker(previous)), Some(_)) = (parts.last_mut(), &marker.integer) {
                previous.end_by_width();
            }
            parts.push(Part::Marker(marker));
            rest = after;
        }
        literal.push_str(rest);
        if !literal.is_empty() {
            parts.push(Part::Literal(literal.replace("]]", "]")));
        }
        Ok(Self { parts })
    }
}

impl Marker {
    fn parse(text: &str) -> Result<Self> {
        let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        let (text, width) = text.rsplit_once(',').map_or((&*text, None), |(t, w)| (t, Some(w)));
        let mut characters = text.chars();
        let component = characters.next().unwrap_or_default();
        let Some(usual) = usual_presentation(component) else {
            let component = quoted(&Value::string(component.to_string()));
            let message =
                format!("Unknown component specifier {component} in date/time picture string");
            return Err(failed("D3132", message));
        };
        let (width_min, width_max) = width.map_or((None, None), parse_width);
        let given = characters.as_str();
        let (mut presentation, mut modifier) = (if given.is_empty() { usual } else { given }, None);
        if given.chars().count() > 1
            && let Some(last @ ('a' | 't' | 'c' | 'o')) = given.chars().last()
        {
            presentation = &given[..given.len() - 1];
            modifier = Some(last);
        }
        let mut marker = Self {
            component,
            names: None,
            integer: None,
            width_max,
            year_digits: None,
            zulu: modifier == Some('t'),
        };
        if presentation.starts_with('n') {
            marker.names = Some(Case::Lower);
        } else if let Some(rest) = presentation.strip_prefix('N') {
            marker.names = Some(if rest.starts_with('n') { Case::Title } else { Case::Upper });
        } else if "YMDdFWwXxHhmsfZz".contains(component) {
            let mut integer = IntegerPicture::parse(presentation)?;
            integer.ordinal |= modifier == Some('o');
            marker.set_integer(integer, width_min);
        }
        Ok(marker)
    }

    fn set_integer(&mut self, mut integer: IntegerPicture, width_min: Option<usize>) {
        if let Form::Decimal(decimal) = &mut integer.form
            && !matches!(self.component, 'Z' | 'z')
        {
            decimal.mandatory = decimal.mandatory.max(width_min.unwrap_or(0));
            if self.component == 'Y' {
                if let Some(width) = self.width_max {
                    decimal.mandatory = width;
                    self.year_digits = Some(width);
                } else if decimal.mandatory + decimal.optional >= 2 {
                    self.year_digits = Some(decimal.mandatory + decimal.optional);
                }
            }
        }
        self.integer = Some(integer);
    }

    /// Notes that another number follows at once, so that only the width tells where this ends.
    fn end_by_width(&mut self) {
        if let Some(IntegerPicture { form: Form::Decimal(decimal), .. }) = &mut self.integer {
            decimal.read_width = Some(decimal.mandatory);
        }
    }
}

/// Largest width a marker may ask for.
const WIDTH_MAX: usize = 100;

fn parse_width(text: &str) -> (Option<usize>, Option<usize>) {
    let number = |text: &str| text.parse::<usize>().ok().map(|width| width.min(WIDTH_MAX));
    match text.split_once('-') {
        Some((min, max)) => (number(min), number(max)),
        None => (number(text), None),
    }
}

fn usual_presentation(component: char) -> Option<&'static str> {
    Some(match component {
        'Y' | 'M' | 'D' | 'd' | 'W' | 'w' | 'X' | 'x' | 'H' | 'h' | 'f' => "1",
        'F' | 'P' | 'C' | 'E' => "n",
        'm' | 's' => "01",
        'Z' | 'z' => "01:01",
        _ => return None,
    })
}
