//! What expressions read, told before they are evaluated.

use compasso_jsonata::Program;

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
