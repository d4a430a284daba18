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
        ("$", Some(0)),
        ("$$", Some(0)),
        ("1 + name", Some(4)),
        ("$.a", Some(0)),
        ("$sum(prices)", Some(5)),
        ("{\"a\": b}", Some(6)),
        ("$states.input.a", None),
        ("$states.input.a[b = 1 and $ = 2]", None),
        ("$states.input.(a + $)", None),
        ("$states.input.a{b: $sum(c)}", None),
        ("$states.input.a^(b)", None),
        ("$map([1], function($x){$})", None),
        ("$a[$ > 1]", None),
        ("$x ~> |items|{'a': b}|", None),
    ] {
        assert_eq!(Program::compile(text).unwrap().reads_absent_context(), expected, "{text}");
    }
}
