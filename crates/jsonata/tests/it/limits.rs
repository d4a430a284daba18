//! Every expression ends, and ends with an error rather than with the process.

use compasso_jsonata::{EvaluationError, Program};
use compasso_types::{Json, Payload};

use crate::{Fixed, LIMITS, evaluate};

const TIMEOUT: &str = "Timeout";
const MEMORY: &str = "Memory";
const DEPTH: &str = "Depth";

/// Returns how an evaluation ended: `ok`, the name of a limit, or an error's code.
fn ending(text: &str) -> String {
    match evaluate(text) {
        Ok(_) => "ok".into(),
        Err(EvaluationError::Failed { code, .. }) => code.into(),
        Err(other) => format!("{other:?}"),
    }
}

#[track_caller]
fn check(text: &str, expected: &str) {
    assert_eq!(ending(text), expected, "{text}");
}

#[test]
fn texts_that_double_run_out_of_memory() {
    check(r#"$reduce([1..60], function($a){$a & $a}, "xxxxxxxx")"#, "D3050");
    check(r#"$reduce([1..60], function($a, $i){$a & $a}, "xxxxxxxx")"#, MEMORY);
    check(r"$pad('a', 4000000000)", MEMORY);
    check(r"$pad('a', -1e300)", MEMORY);
    check(r"$join($map([1..60000], function($i){$pad('x', 1100)}))", MEMORY);
    check(r"$length($replace($pad('', 20000, 'a'), 'a', $pad('', 20000, 'b')))", MEMORY);
    check(r"$length($replace($pad('', 20000, 'a'), /a/, $pad('', 20000, 'b')))", MEMORY);
    check(
        r#"($s := $pad("", 1000000, "a,"); $map([1..100], function($i){$split($s, ",")}))"#,
        MEMORY,
    );
    check(r"($s := $pad('', 1000000, 'é'); $map([1..100], function($i){$encodeUrl($s)}))", MEMORY);
    check(r"$formatInteger(1e18, 'I')", MEMORY);
}

#[test]
fn an_object_that_is_put_into_itself_is_there_as_it_was() {
    for (text, expected) in [
        ("{'a': {'b': 1}} ~> |a|{'z': $}|", r#"{"a":{"b":1,"z":{"b":1}}}"#),
        ("{'a': [{'b': 1}]} ~> |a|{'z': [[$]]}, 'b'|", r#"{"a":[{"z":[[{"b":1}]]}]}"#),
        ("{'a': {'b': {'c': 1}}} ~> |**|{'z': $}|", ""),
    ] {
        let found = evaluate(text).unwrap().map(|found| found.to_string());
        assert!(expected.is_empty() || found.as_deref() == Some(expected), "{text}: {found:?}");
    }
}

#[test]
fn arrays_that_grow_run_out_of_memory() {
    check("[1..10000000]", MEMORY);
    check("$count([1..873783])", MEMORY);
    check("[[1..10000000]]", MEMORY);
    check("[1..10000001]", "D2014");
    check("$reduce([1..40], function($a, $i){$append($a, $a)}, [1])", MEMORY);
    check("$reduce([1..40], function($a, $i){[$a, $a]}, [1])", MEMORY);
    check("$count($zip([1..500000], [1..500000], [1..500000]))", MEMORY);
    check("$merge($map([1..1000000], function($i){{$string($i): $i}}))", MEMORY);
}

#[test]
fn values_shared_many_times_are_counted_as_often_as_they_are_read() {
    let tree = "$reduce([1..60], function($a, $i){{'l': $a, 'r': $a}}, {})";
    for (wrapped, expected) in [
        (format!("$count({tree}.**)"), MEMORY),
        (format!("$string({tree})"), MEMORY),
        (format!("({tree}) = ({tree})"), TIMEOUT),
        (format!("$distinct([{tree}, 1])"), TIMEOUT),
        (format!("{tree} ~> |$|{{}}|"), MEMORY),
        (tree.to_owned(), MEMORY),
    ] {
        let ending = ending(&wrapped);
        assert!(ending == expected || ending == TIMEOUT || ending == MEMORY, "{wrapped}: {ending}");
    }
}

#[test]
fn endless_recursion_ends() {
    check("($f := function($n){1 + $f($n + 1)}; $f(0))", DEPTH);
    check("($f := function($n){$f($n + 1)}; $f(0))", TIMEOUT);
    check("($f := function(){$map([1], $f)}; $f())", DEPTH);
    check("($f := function($g){$g($g)}; $f($f))", TIMEOUT);
    check("($y := function($f){[$f($f)]}; $y($y))", DEPTH);
    check("($f := function($n){[1,2].($f($n + 1))}; $f(0))", DEPTH);
    check("($f := function($n){$n = 0 ? 0 : 1 + $f($n - 1)}; $f(400))", "ok");
    check("($f := function($n){$n = 0 ? 0 : $f($n - 1)}; $f(100000))", "ok");
    check(
        "($f := $reduce($append([$string], [1..1000]), function($g, $i){$g ~> $string}); $f(1))",
        DEPTH,
    );
    check("($f := $reduce($append([$string], [1..1000]), function($g, $i){$g(?)}); $f(1))", DEPTH);
}

#[test]
fn values_nest_only_so_deep() {
    check("$reduce([1..100000], function($a, $i){[[$a]]}, 1)", DEPTH);
    check("$reduce([1..100000], function($a, $i){{'a': $a}}, 1)", DEPTH);
    check("$string($reduce([1..190], function($a, $i){{'a': $a}}, 1))", "ok");
    check("$reduce([1..190], function($a, $i){{'a': $a}}, 1)", DEPTH);
    check("$reduce([1..90], function($a, $i){{'a': $a}}, 1)", "ok");
    check("$reduce([1..100000], function($a, $i){$a.(function(){1})}, 1)", DEPTH);
}

#[test]
fn functions_that_hold_each_other_are_dropped() {
    check("($f := function(){$g}; $g := function(){$f}; $type($f))", "ok");
    check("$count($map([1..20000], function($i){($f := function(){$f}; $f)}))", "ok");
    check(
        "($f := function($g, $n){$n = 0 ? $g() : $f(function(){$g()}, $n - 1)}; $f(function(){1}, 50000))",
        "ok",
    );
    check("$map([1..1000000], function($i){($f := function(){$f}; $f)})", MEMORY);
}

#[test]
fn large_inputs_are_worked_through() {
    check("$count($distinct($map([1..20000], function($i){{'k': $i, 'v': [$i]}})))", "ok");
    check("$sort($map([1..100000], function($i){$i * 7919 % 100003}))[0]", "ok");
    check("$count([1..100000]^(>$))", "ok");
    check(
        "$sort($map([1..20000], function($i){$i * 7919 % 20011}), function($a, $b){$a > $b})[0]",
        "ok",
    );
    check("$count($keys($merge($map([1..20000], function($i){{$string($i): $i}}))))", "ok");
    check("$length($join($map([1..20000], $string), ','))", "ok");
}

#[test]
fn numbers_may_be_of_any_size() {
    check("$power(10, $power(10, 10))", "D3061");
    check("$power($power(2, 1000), 2)", "D3061");
    check("1e300 * 1e300 + 1", "D1001");
    check("1/0 = 1", "ok");
    check("$count([1..873782])", "ok");
    check("$formatInteger(1e300, 'w')", "ok");
    check("$formatInteger(1e300, '#,##0')", "ok");
    check("$formatInteger(-1e300, 'A')", "ok");
    check("$formatNumber(1e300, '#,##0.00')", "ok");
    check("$formatNumber(0, '0.0e0')", "ok");
    check("$formatBase(1e300, 2)", "ok");
    check("$round(1e300, 300)", "ok");
    check("$fromMillis(1e300)", "D1001");
    check("$fromMillis(8.64e15)", "ok");
    check("$toMillis('999999999999999999 12', '[Y] [M]')", "ok");
    check("$substring('abc', -1e300, 1e300)", "ok");
    check("[1,2,3][1e300]", "ok");
    check("$range(-1e300, 1e300, 1)", "D3200");
    check("$partition([1,2,3], 1e300)", "ok");
}

#[test]
fn oversized_regular_expressions_and_texts_are_refused() {
    for text in ["/a{1000}{1000}/", "/(?:a{1000}){1000}/", "/((((a{99}){99}){99}){99})/"] {
        let text = format!("$contains('a', {text})");
        assert_eq!(Program::compile(&text).unwrap_err().code, "S0303", "{text}");
    }
    check("$contains($pad('', 100000, 'a'), /(a+)+b/)", "ok");
    check("$map([1..100], function($i){$match($pad('', 100000, 'a'), /(a|aa)+$/)})", "ok");
}

#[test]
fn texts_that_nest_too_deeply_are_refused() {
    for (open, close) in
        [("(", ")"), ("[", "]"), ("-", ""), ("{'a':", "}"), ("$f(", ")"), ("a[", "]")]
    {
        let text = format!("{}1{}", open.repeat(100_000), close.repeat(100_000));
        assert_eq!(Program::compile(&text).unwrap_err().code, "U1001", "{open}");
    }
    for link in ["+1", "&1", ".a", "[0]", "~>$f", " ? 1 : 1", "(1)"] {
        let text = format!("a{}", link.repeat(5_000));
        match Program::compile(&text) {
            Ok(_) => assert!(matches!(link, ".a" | "[0]"), "{link}"),
            Err(error) => assert_eq!(error.code, "U1001", "{link}"),
        }
    }
    assert_eq!(Program::compile(&"1 ".repeat(1_000_000)).unwrap_err().code, "U1001");
    assert!(Program::compile(&["1"; 300].join(" & ")).is_ok());
}

#[test]
fn lists_of_a_long_text_are_read_like_others() {
    let objects: Vec<String> = (0..60_000).map(|n| format!(r#"{{"n":{n},"t":"a,]"}}"#)).collect();
    let text = format!("[{}]", objects.join(","));
    let document = |items: Json| Json::object([("items", items)]);
    let (long, short) = (Payload::known(&*text).value().clone(), Json::parse(&text).unwrap());
    for expression in [
        "$count(items)",
        "$sum(items.n)",
        "items[n > 59990].n",
        "items[-1]",
        "$reduce(items, function($sum, $it) { $sum + $it.n }, 0)",
        "$count($distinct(items.t))",
    ] {
        let program = Program::compile(expression).unwrap();
        let ended = |items: &Json| program.evaluate_over(&document(items.clone()), &Fixed, &LIMITS);
        let (found, expected) = (ended(&long), ended(&short));
        assert!(found.is_ok(), "{expression}: {found:?}");
        assert_eq!(found, expected, "{expression}");
    }
}
