//! What expressions read, told before they are evaluated.

use compasso_jsonata::{Part, Program, Reads};
use compasso_types::Json;

#[test]
fn free_variables_are_listed() {
    for (text, expected) in [
        ("$a + $b + $a", vec!["a", "b"]),
        ("$states.input.x", vec![]),
        ("$sum($a)", vec!["a"]),
        ("($x := 1; $x + $y)", vec!["y"]),
        ("($x; $x := 1)", vec!["x"]),
        ("(($x := 1); $x)", vec!["x"]),
        ("function($x){$x + $y}", vec!["y"]),
        ("($f := function($n){$f($n - 1)}; $f(1))", vec![]),
        ("($f := function(){$g()}; $g := function(){1}; $f())", vec![]),
        ("a@$o#$i.b[$o = $i and $z]", vec!["z"]),
        ("a@$l.b@$b[$l.x = $b.x and $z]", vec!["z"]),
        ("a#$i[$i > 1]", vec![]),
        ("a[x = 1]#$i.{'n': $i}", vec![]),
        ("a[x = $p]{$k: $v}^($w)", vec!["k", "p", "v", "w"]),
        ("$a ~> |$b|$c,$d|", vec!["a", "b", "c", "d"]),
        ("$order.lines[0]", vec!["order"]),
    ] {
        assert_eq!(Program::compile(text).unwrap().variables(), expected, "{text}");
    }
}

#[test]
fn members_of_states_are_listed() {
    let program =
        Program::compile("$states.result.a & $states.input.b & $f($states.input)").unwrap();
    assert_eq!(program.states_members(), ["input", "result"]);
}

#[test]
fn reads_of_an_absent_context_are_found() {
    for (text, expected) in [
        ("$", vec![("$", 0)]),
        ("$$", vec![("$$", 0)]),
        ("1 + name", vec![("name", 4)]),
        ("$.a", vec![("$", 0)]),
        ("$sum(prices)", vec![("prices", 5)]),
        ("{\"a\": b}", vec![("b", 6)]),
        ("a + b + a", vec![("a", 0), ("b", 4)]),
        ("* + **.c", vec![("*", 0), ("**", 4)]),
        ("$states.input.a", vec![]),
        ("$states.input.a[b = 1 and $ = 2]", vec![]),
        ("$states.input.(a + $)", vec![]),
        ("$states.input.a{b: $sum(c)}", vec![]),
        ("$states.input.a^(b)", vec![]),
        ("$map([1], function($x){$})", vec![]),
        ("$a[$ > 1]", vec![]),
        ("$x ~> |items|{'a': b}|", vec![]),
    ] {
        let found = Program::compile(text).unwrap().absent_references();
        let found: Vec<_> = found.iter().map(|(name, at)| (name.as_str(), *at)).collect();
        assert_eq!(found, expected, "{text}");
    }
}

#[test]
fn reads_of_a_document_name_its_members_and_theirs() {
    for (text, expected) in [
        ("1 + $x", ""),
        ("params", "params"),
        ("needs.a.output.rows > 0", "needs{a}"),
        ("needs.a & needs.b.state", "needs{a,b}"),
        ("needs.*[degraded]", "needs"),
        ("needs.a & $lookup(needs, 'b')", "needs"),
        ("needs[0].a", "needs"),
        ("needs.a.instances[state = $$.params.x]", "needs{a} params{x}"),
        ("$.vars.x", "vars{x}"),
        ("item.(a & b)", "item"),
        ("$count(params.hosts[$ > 1])", "params{hosts}"),
        ("$map(vars.list, function($v){$v & env.x})", "env{x} vars{list}"),
        ("$lookup($$, 'run')", "*"),
        ("*", "*"),
        ("$", "*"),
        ("trigger.a.b.%.%.%", "* trigger{a}"),
        ("{'a': vars.y}", "vars{y}"),
        ("vars.list@$v.params", "* vars{list}"),
        ("params ~> |$|{'a': secret}|", "params"),
    ] {
        let reads = Program::compile(text).unwrap().document_reads();
        assert_eq!(shown(&reads), expected, "{text}");
    }
}

fn shown(reads: &Reads) -> String {
    let mut words = Vec::new();
    if reads.whole() {
        words.push("*".to_owned());
    }
    for (name, part) in reads.members() {
        words.push(match part {
            Part::Whole => name.to_string(),
            Part::Members(names) => {
                let names: Vec<_> = names.iter().map(|name| &**name).collect();
                format!("{name}{{{}}}", names.join(","))
            }
        });
    }
    words.join(" ")
}

#[test]
fn a_document_is_the_context_of_the_whole_expression() {
    let document = Json::parse(r#"{"params":{"n":2},"list":[1,2,3]}"#).unwrap();
    for (text, expected) in [
        ("params.n", "2"),
        ("list[$ >= $$.params.n]", "[2,3]"),
        ("$map(list, function($x){$x * params.n})", "[2,4,6]"),
        ("$exists(params.absent)", "false"),
        ("$exists($states)", "false"),
    ] {
        let program = Program::compile(text).unwrap();
        let value = program.evaluate_over(&document, &crate::Fixed, &crate::LIMITS).unwrap();
        assert_eq!(value.unwrap().to_string(), expected, "{text}");
    }
    let nothing = Program::compile("params.absent.deeper").unwrap();
    assert_eq!(nothing.evaluate_over(&document, &crate::Fixed, &crate::LIMITS), Ok(None));
}
