//! From the events of the YAML parser to nodes.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use granit_parser::{Event, Options, Parser, ScalarStyle, ScanError, StrInput, Tag};

use super::scalar::resolve;
use super::{Member, NESTING_MAX, Node, Span, Style, VALUES_MAX, Value};
use crate::Code;

/// The key whose maps are merged into the map it stands in.
const MERGE: &str = "<<";
/// Longest key that is written without `?`, in characters; longer ones have no meaning here.
const KEY_CHARS_MAX: usize = 1024;

/// A problem of the text itself.
pub(crate) struct Problem {
    pub(crate) code: Code,
    pub(crate) span: Span,
    pub(crate) message: String,
    pub(crate) hint: Option<String>,
}

/// What the parser says of a second `: ` in a line.
const COLON: &str = "mapping values are not allowed";
/// What the parser says of tabs where blanks belong.
const TABS: &str = "tabs disallowed";
/// What the parser says of lists and maps that nest deeper than [`NESTING_MAX`].
const TOO_DEEP: &str = "recursion limit exceeded";

/// What the text holds: each document, `None` for those that cannot be read, and the problems.
pub(crate) struct Documents {
    pub(crate) roots: Vec<Node>,
    pub(crate) problems: Vec<Problem>,
}

/// Reads all documents of `text`, which is not longer than
/// [`TEXT_BYTES_MAX`](super::TEXT_BYTES_MAX); those after a broken one as well.
pub(crate) fn read(text: &str) -> Documents {
    let options = options();
    let parser = Parser::new_from_str_with_options(text, options);
    let mut reader = Reader {
        parser,
        text,
        anchors: HashMap::new(),
        values_left: VALUES_MAX,
        kept_left: VALUES_MAX,
        problems: vec![],
    };
    let mut roots = Vec::new();
    loop {
        match reader.document() {
            Ok(Some(root)) => roots.push(root),
            Ok(None) => break,
            Err(problem) => {
                let is_bound = problem.code == Code::TooLarge;
                reader.problems.push(problem);
                if is_bound || !matches!(reader.parser.proceed_next_document(), Ok(true)) {
                    break;
                }
            }
        }
    }
    Documents { roots, problems: reader.problems }
}

fn options() -> Options {
    granit_parser::options! {
        flow_nesting_limit: NESTING_MAX,
        block_nesting_limit: NESTING_MAX,
        simple_key_max_lookahead: KEY_CHARS_MAX,
        emit_comments: false,
    }
}

struct Reader<'t> {
    parser: Parser<'t, StrInput<'t>>,
    text: &'t str,
    /// What each anchor of the document names, with how many values that is; `None` while it is
    /// being read.
    anchors: HashMap<usize, Option<(Node, usize)>>,
    values_left: usize,
    /// How many more values anchors may keep for their aliases.
    kept_left: usize,
    problems: Vec<Problem>,
}

type Read<T> = Result<T, Problem>;

fn too_deep(span: Span) -> Problem {
    let message = format!("lists and maps nest at most {NESTING_MAX} deep");
    Problem { code: Code::TooLarge, span, message, hint: None }
}

impl<'t> Reader<'t> {
    /// Reads the next document; `None` at the end of the text.
    fn document(&mut self) -> Read<Option<Node>> {
        loop {
            let (event, span) = self.event()?;
            match event {
                Event::StreamEnd => return Ok(None),
                Event::StreamStart | Event::DocumentStart(..) | Event::DocumentEnd => {
                    self.anchors.clear();
                }
                event => return self.node(event, span, 0).map(Some),
            }
        }
    }

    fn event(&mut self) -> Read<(Event<'t>, Span)> {
        match self.parser.next_event() {
            Some(Ok((event, span))) => {
                let at = |marker: granit_parser::Marker| marker.byte_offset().unwrap_or(0);
                Ok((event, Span::new(at(span.start), at(span.end))))
            }
            Some(Err(error)) => Err(self.syntax(&error)),
            None => Ok((Event::StreamEnd, Span::new(self.text.len(), self.text.len()))),
        }
    }

    fn syntax(&self, error: &ScanError) -> Problem {
        let start = error.marker().byte_offset().unwrap_or(0).min(self.text.len());
        let length = self.text[start..].chars().next().map_or(0, char::len_utf8);
        let span = Span::new(start, start + length);
        let message = error.info();
        if message == TOO_DEEP {
            return too_deep(span);
        }
        let hint = self.way_out(&message, start).map(str::to_owned);
        Problem { code: Code::NotYaml, span, message, hint }
    }

    /// Returns what to do about a problem at byte `start`.
    fn way_out(&self, message: &str, start: usize) -> Option<&'static str> {
        let line = self.text[..start].rfind('\n').map_or(0, |at| at + 1);
        let before = &self.text[line..start];
        let is_flow = message.contains("flow");
        if message.starts_with(COLON) {
            Some("quote the text: in YAML ': ' stands between a key and its value")
        } else if message.starts_with(TABS) {
            Some("indent with blanks")
        } else if is_flow
            && (before.ends_with("${{") || before.ends_with('$') || before.contains("${{"))
        {
            Some("quote texts with '${{ … }}' that stand in braces or brackets")
        } else {
            None
        }
    }

    fn node(&mut self, event: Event<'t>, span: Span, depth: usize) -> Read<Node> {
        self.count(1, span)?;
        if depth > NESTING_MAX {
            return Err(too_deep(span));
        }
        let left_before = self.values_left;
        let anchor = event.anchor_id();
        if let Some(anchor) = anchor {
            self.anchors.insert(anchor, None);
        }
        let node = match event {
            Event::Alias(anchor) => return self.alias(anchor, span, depth),
            Event::Scalar(text, style, _, tag) => {
                let style = (style != ScalarStyle::Plain).then_some(style);
                self.scalar(&text, style, tag.as_deref(), span)
            }
            Event::SequenceStart(_, _, tag) => {
                self.check_tag(tag.as_deref(), span);
                self.list(span, depth)?
            }
            Event::MappingStart(_, _, tag) => {
                self.check_tag(tag.as_deref(), span);
                self.map(span, depth)?
            }
            _ => Node { span, value: Value::Null },
        };
        if let Some(anchor) = anchor {
            let values = left_before - self.values_left + 1;
            self.keep(values, span)?;
            self.anchors.insert(anchor, Some((node.clone(), values)));
        }
        Ok(node)
    }

    fn count(&mut self, values: usize, span: Span) -> Read<()> {
        if let Some(left) = self.values_left.checked_sub(values) {
            self.values_left = left;
            return Ok(());
        }
        let message =
            format!("a file holds at most {VALUES_MAX} values, copies of aliases included");
        Err(Problem { code: Code::TooLarge, span, message, hint: None })
    }

    /// Counts what an anchor keeps for its aliases.
    fn keep(&mut self, values: usize, span: Span) -> Read<()> {
        if let Some(left) = self.kept_left.checked_sub(values) {
            self.kept_left = left;
            return Ok(());
        }
        let message = format!(
            "the anchors of a file name at most {VALUES_MAX} values, those in other anchors counted \
             again"
        );
        Err(Problem { code: Code::TooLarge, span, message, hint: None })
    }

    fn alias(&mut self, anchor: usize, span: Span, depth: usize) -> Read<Node> {
        let Some(Some((node, values))) = self.anchors.get(&anchor).cloned() else {
            let message = "the alias names a value that it is itself a part of".to_owned();
            return Err(Problem { code: Code::NotYaml, span, message, hint: None });
        };
        self.count(values - 1, span)?;
        if depth + height(&node) > NESTING_MAX {
            return Err(too_deep(span));
        }
        Ok(node)
    }

    fn scalar(
        &mut self,
        text: &str,
        style: Option<ScalarStyle>,
        tag: Option<&Tag>,
        span: Span,
    ) -> Node {
        self.check_tag(tag, span);
        let is_text = tag.is_some_and(|tag| tag.core_suffix() == Some("str"));
        let as_text = |style| Value::Text(Arc::from(text), style);
        let value = match style {
            Some(ScalarStyle::SingleQuoted) => as_text(Style::Single),
            Some(ScalarStyle::DoubleQuoted) => as_text(Style::Double),
            Some(_) => as_text(Style::Bare),
            None if is_text => as_text(Style::Bare),
            None => resolve(text).unwrap_or_else(|| {
                let message = format!("'{text}' is no number that JSON can hold");
                self.problem(span, message, Some("quote it if it is text".to_owned()));
                Value::Null
            }),
        };
        Node { span, value }
    }

    fn check_tag(&mut self, tag: Option<&Tag>, span: Span) {
        if let Some(tag) = tag
            && tag.core_suffix().is_none()
        {
            let message = format!("the tag '{}' has no meaning in a pipeline", tag.original());
            self.problem(span, message, Some("leave the tag out".to_owned()));
        }
    }

    fn list(&mut self, span: Span, depth: usize) -> Read<Node> {
        let mut items: Vec<Node> = Vec::new();
        loop {
            let (event, at) = self.event()?;
            if event == Event::SequenceEnd {
                let first = items.first().map_or(span.start, |item| item.span.start);
                let span = whole(span, at, first, items.last().map(|item| item.span.end));
                return Ok(Node { span, value: Value::List(items) });
            }
            items.push(self.node(event, at, depth + 1)?);
        }
    }

    fn map(&mut self, span: Span, depth: usize) -> Read<Node> {
        let mut members: Vec<Member> = Vec::new();
        let mut keys: HashSet<Arc<str>> = HashSet::new();
        let mut merged = Vec::new();
        loop {
            let (event, at) = self.event()?;
            if event == Event::MappingEnd {
                break Ok(self.close(span, at, members, keys, merged));
            }
            let is_plain = matches!(event, Event::Scalar(_, ScalarStyle::Plain, ..));
            let key_node = self.node(event, at, depth + 1)?;
            let (event, value_at) = self.event()?;
            let value = self.node(event, value_at, depth + 1)?;
            let Some(key) = self.key(&key_node) else { continue };
            if is_plain && &*key == MERGE {
                merged.push(value);
            } else if keys.insert(key.clone()) {
                members.push(Member { key, key_span: key_node.span, value });
            } else {
                let message = format!("the key '{key}' is already there");
                self.problem(key_node.span, message, Some("remove one of them".to_owned()));
            }
        }
    }

    /// Adds what is merged, which keys of the map itself hide.
    fn close(
        &mut self,
        start: Span,
        end: Span,
        mut members: Vec<Member>,
        mut keys: HashSet<Arc<str>>,
        merged: Vec<Node>,
    ) -> Node {
        let first = members.first().map_or(start.start, |member| member.key_span.start);
        let span = whole(start, end, first, members.last().map(|member| member.value.span.end));
        for node in merged {
            let is_map = |node: &Node| matches!(node.value, Value::Map(_));
            if !is_map(&node) && (node.items().is_empty() || !node.items().iter().all(is_map)) {
                let message = "'<<' takes a map or a list of maps".to_owned();
                self.problem(node.mark(), message, None);
                continue;
            }
            let sources = if is_map(&node) { std::slice::from_ref(&node) } else { node.items() };
            for member in sources.iter().flat_map(Node::members) {
                if keys.insert(member.key.clone()) {
                    members.push(member.clone());
                }
            }
        }
        Node { span, value: Value::Map(members) }
    }

    /// Returns a key as text, numbers and the like as they are written.
    fn key(&mut self, node: &Node) -> Option<Arc<str>> {
        match &node.value {
            Value::Text(text, _) => Some(text.clone()),
            Value::Null | Value::Bool(_) | Value::Number(_) => {
                Some(self.text[node.span.range()].into())
            }
            Value::List(_) | Value::Map(_) => {
                self.problem(node.mark(), "a key is a string".to_owned(), None);
                None
            }
        }
    }

    fn problem(&mut self, span: Span, message: String, hint: Option<String>) {
        self.problems.push(Problem { code: Code::NotYaml, span, message, hint });
    }
}

/// Returns the bytes of a list or map: brackets included, or from its first to its last part.
fn whole(start: Span, end: Span, first: u32, last: Option<u32>) -> Span {
    if start.end > start.start {
        return Span { start: start.start, end: end.end };
    }
    Span { start: first, end: last.unwrap_or(first).max(first) }
}

fn height(node: &Node) -> usize {
    let items = node.items().iter().map(height).max();
    let members = node.members().iter().map(|member| height(&member.value)).max();
    items.max(members).map_or(0, |height| height + 1)
}
