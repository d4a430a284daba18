//! Reading cases from Markdown, and writing what was observed back.

use std::fmt::Write as _;
use std::sync::Arc;

use compasso_asl::{Analysis, Severity};
use compasso_engine::{MockFile, MockFileError, Mocks};
use compasso_ir::{Definition, ExecutionType};
use compasso_types::{Json, Payload};
use serde::{Deserialize, Serialize};

use crate::{Crash, Ended, Script, World, compile_graph, show_history, show_outcome};

/// A Markdown file of cases: every `##` heading with a `definition` or `graph` block is one.
#[derive(Clone, Debug)]
pub struct Document {
    text: String,
    /// The cases, in order.
    pub cases: Vec<Case>,
}

/// One case.
#[derive(Clone, Debug, Default)]
pub struct Case {
    /// The heading.
    pub name: String,
    /// Line of the heading, from 1.
    pub line: usize,
    /// The fenced blocks.
    pub blocks: Vec<Block>,
}

/// A fenced block: the last word of its info string says what it is.
#[derive(Clone, Debug)]
pub struct Block {
    /// `definition`, `graph`, `input`, `script`, `mocks`, `history`, `outcome`, `diagnostics`.
    pub role: String,
    /// The content, with line breaks.
    pub text: String,
    start: usize,
    end: usize,
}

/// What a case defines.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// A state machine.
    Definition(String),
    /// A graph of tasks in the form of [`compile_graph`].
    Graph(String),
}

impl Source {
    /// Compiles it.
    ///
    /// # Errors
    /// It is refused.
    pub fn compile(&self) -> Result<Arc<Definition>, CaseError> {
        match self {
            Self::Graph(text) => compile_graph(text),
            Self::Definition(text) => {
                let analysis = compasso_asl::compile(text, ExecutionType::Standard);
                let refused = || CaseError(show_diagnostics(&analysis.diagnostics));
                analysis.definition.ok_or_else(refused)
            }
        }
    }
}

/// A case is not well formed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseError(pub String);

impl std::fmt::Display for CaseError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for CaseError {}

impl Document {
    /// Reads a file's text.
    pub fn parse(text: &str) -> Self {
        let mut cases: Vec<Case> = Vec::new();
        let mut open: Option<Block> = None;
        let mut offset = 0;
        for (number, line) in (1..).zip(text.split_inclusive('\n')) {
            let start = offset;
            offset += line.len();
            match &mut open {
                Some(block) if line.trim_end() == "```" => {
                    block.end = start;
                    text[block.start..block.end].clone_into(&mut block.text);
                    let block = open.take().expect("a block is open");
                    if let Some(case) = cases.last_mut() {
                        case.blocks.push(block);
                    }
                }
                Some(_) => {}
                None => {
                    if let Some(name) = line.strip_prefix("## ") {
                        let name = name.trim().to_owned();
                        cases.push(Case { name, line: number, blocks: Vec::new() });
                    } else if let Some(info) = line.strip_prefix("```") {
                        let role = info.split_whitespace().last().unwrap_or_default().to_owned();
                        open =
                            Some(Block { role, text: String::new(), start: offset, end: offset });
                    }
                }
            }
        }
        let defines = |block: &Block| matches!(&*block.role, "definition" | "graph");
        cases.retain(|case| case.blocks.iter().any(defines));
        Self { text: text.to_owned(), cases }
    }

    /// Returns the text with the expectations of `case` replaced by what was observed.
    pub fn with_observed(&self, observed: &[(&Case, Vec<(String, String)>)]) -> String {
        let mut edits: Vec<(usize, usize, &str)> = Vec::new();
        for (case, texts) in observed {
            for (role, text) in texts {
                if let Some(block) = case.block(role) {
                    edits.push((block.start, block.end, text));
                }
            }
        }
        edits.sort_unstable_by_key(|(start, ..)| std::cmp::Reverse(*start));
        let mut text = self.text.clone();
        for (start, end, new) in edits {
            text.replace_range(start..end, new);
        }
        text
    }
}

impl Case {
    /// Returns the block with this role.
    pub fn block(&self, role: &str) -> Option<&Block> {
        self.blocks.iter().find(|block| block.role == role)
    }

    fn text(&self, role: &str) -> Option<&str> {
        self.block(role).map(|block| block.text.as_str())
    }

    /// Runs the case and returns what was observed for each expectation block it has.
    ///
    /// # Errors
    /// The case is not well formed, or its definition is refused where the case expects it to run.
    pub fn observe(&self, crash: Option<Crash>) -> Result<Vec<(String, String)>, CaseError> {
        let mut observed = Vec::new();
        if self.block("diagnostics").is_some() {
            let diagnostics = show_diagnostics(&self.analyze().diagnostics);
            observed.push(("diagnostics".to_owned(), diagnostics));
        }
        let Some(ended) = self.run(crash)? else { return Ok(observed) };
        if self.block("history").is_some() {
            observed.push(("history".to_owned(), show_history(&ended)));
        }
        if self.block("outcome").is_some() {
            observed.push(("outcome".to_owned(), show_outcome(&ended)));
        }
        Ok(observed)
    }

    /// Runs the case; `None` if it is only about its definition.
    ///
    /// # Errors
    /// As [`Case::observe`].
    pub fn run(&self, crash: Option<Crash>) -> Result<Option<Ended>, CaseError> {
        self.world(crash).map(|world| world.map(World::run))
    }

    /// Makes the world of the case; `None` if it is only about its definition.
    ///
    /// # Errors
    /// As [`Case::observe`].
    pub fn world(&self, crash: Option<Crash>) -> Result<Option<World>, CaseError> {
        if self.block("history").is_none() && self.block("outcome").is_none() {
            return Ok(None);
        }
        let compiled = self.compile()?;
        let input = Payload::parse(self.text("input").unwrap_or("{}").trim())
            .map_err(|error| CaseError(format!("input: {error}")))?;
        let script = Script::parse(self.text("script").unwrap_or_default())
            .map_err(|error| CaseError(format!("script: {error}")))?;
        let script = script.with_mocks(self.mocks()?);
        Ok(Some(World::new(compiled, input, script, crash)))
    }

    fn analyze(&self) -> Analysis {
        let definition = self.text("definition").unwrap_or_default();
        compasso_asl::compile(definition, ExecutionType::Standard)
    }

    fn compile(&self) -> Result<Arc<Definition>, CaseError> {
        self.source().compile()
    }

    /// Returns what it defines.
    pub fn source(&self) -> Source {
        match self.text("graph") {
            Some(graph) => Source::Graph(graph.to_owned()),
            None => Source::Definition(self.text("definition").unwrap_or_default().to_owned()),
        }
    }

    /// Reads the block with what stands in for tasks: for each state its mocked response.
    fn mocks(&self) -> Result<Option<Mocks>, CaseError> {
        let Some(text) = self.text("mocks") else { return Ok(None) };
        let failed = |error: MockFileError| CaseError(format!("mocks: {error}"));
        let responses = Json::parse(text).map_err(|error| CaseError(format!("mocks: {error}")))?;
        let states = responses.as_object().into_iter().flat_map(|states| states.keys());
        let same = Json::object(states.map(|name| (name.clone(), name.clone().into())));
        let cases = Json::object([("TestCases", Json::object([("case", same)]))]);
        let file = Json::object([
            ("StateMachines", Json::object([("Case", cases)])),
            ("MockedResponses", responses),
        ]);
        let file = MockFile::parse(&file.to_string()).map_err(failed)?;
        file.case("Case", "case").map(Some).map_err(failed)
    }
}

fn show_diagnostics(diagnostics: &[compasso_asl::Diagnostic]) -> String {
    let mut text = String::new();
    for d in diagnostics {
        let warning = if d.severity == Severity::Warning { "warning " } else { "" };
        let location = d.location.as_deref().unwrap_or("(definition)");
        let _ = writeln!(text, "{warning}{} at {location}: {}", d.code.name(), d.message);
    }
    text
}
