//! What Step Functions adds to the language, and what comes from the host.

use crate::{over_document, shown};

#[test]
fn arrays_are_partitioned() {
    assert_eq!(shown("$partition([1,2,3,4,5], 2)"), "[[1,2],[3,4],[5]]");
    assert_eq!(shown("$partition([1,2,3], 2.9)"), "[[1,2],[3]]");
    assert_eq!(shown("$partition([], 2)"), "[]");
    assert!(shown("$partition([1], 0)").starts_with("D3200"));
    assert!(shown("$partition([1])").starts_with("T0410"));
}

#[test]
fn ranges_have_steps() {
    assert_eq!(shown("$range(0, 10, 3)"), "[0,3,6,9]");
    assert_eq!(shown("$range(5, 1, -2)"), "[5,3,1]");
    assert_eq!(shown("$range(1, 9, 9)"), "1");
    assert_eq!(shown("[$range(1, 9, 9)]"), "[1]");
    assert_eq!(shown("$range(1.9, 3.9, 1.9)"), "[1,2,3]");
    assert_eq!(shown("$range(1, 3, -1)"), "undefined");
    assert!(shown("$range(1, 2, 0)").starts_with("D3200"));
    assert!(shown("$range(1, 1001, 1)").starts_with("D3200"));
    assert!(!shown("$range(1, 1000, 1)").starts_with("D3200"));
}

#[test]
fn texts_are_hashed() {
    assert_eq!(shown("$hash('input data', 'MD5')"), r#""812f45842bc6d66ee14572ce20db8e86""#);
    assert_eq!(shown("$hash('abc', 'SHA-1')"), r#""a9993e364706816aba3e25717850c26c9cd0d89d""#);
    assert_eq!(
        shown("$hash('abc', 'SHA-256')"),
        r#""ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad""#
    );
    assert_eq!(shown("$length($hash('abc', 'SHA-384'))"), "96");
    assert_eq!(shown("$length($hash('abc', 'SHA-512'))"), "128");
    assert!(shown("$hash('abc', 'sha-1')").starts_with("D3200"));
}

#[test]
fn texts_are_parsed() {
    assert_eq!(shown(r#"$parse('{"a": [1, 2.5, null]}')"#), r#"{"a":[1,2.5,null]}"#);
    assert_eq!(shown("$parse('5')"), "5");
    assert!(shown("$parse('{')").starts_with("D3200"));
}

#[test]
fn randomness_comes_from_the_host() {
    assert_eq!(shown("$uuid()"), r#""01234567-89ab-4def-8123-456789abcdef""#);
    assert_eq!(shown("$random() = $random()"), "true");
    assert_eq!(shown("$random(7) = $random(7)"), "true");
    assert_eq!(shown("$random(7) = $random(8)"), "false");
    assert_eq!(shown("$random(7) >= 0 and $random(7) < 1"), "true");
    assert_eq!(shown("$sort($shuffle([3,1,2]))"), "[1,2,3]");
}

#[test]
fn time_comes_from_the_host() {
    assert_eq!(shown("$millis()"), "1700000000123");
    assert_eq!(shown("$now()"), r#""2023-11-14T22:13:20.123Z""#);
    assert_eq!(shown("$now('[Y]-[D]', '+0200')"), r#""2023-15""#);
    assert_eq!(shown("$fromMillis(0, '[H01]:[m01] [Z]', '-0530')"), r#""18:30 -05:30""#);
    assert_eq!(shown("$toMillis('12:30', '[H]:[m]') - $toMillis('00:00', '[H]:[m]')"), "45000000");
}

#[test]
fn variables_come_from_the_host() {
    assert_eq!(shown("$order.lines"), "[1,2]");
    assert_eq!(shown("$unknown"), "undefined");
    assert_eq!(shown("($order := 1; $order)"), "1");
}

#[test]
fn evaluating_texts_is_not_possible() {
    assert_eq!(shown("$eval('1')"), "T1006: Attempted to invoke a non-function");
}

#[test]
fn functions_are_no_results() {
    assert_eq!(shown("$sum"), "unsupported result type");
    assert_eq!(shown("[function(){1}]"), "unsupported result type");
    assert_eq!(shown("{'a': /x/}"), "unsupported result type");
}

#[test]
fn base64_is_of_utf_8() {
    assert_eq!(shown("$base64encode('é')"), r#""w6k=""#);
    assert_eq!(shown("$base64decode('w6k=')"), r#""é""#);
}

#[test]
fn regular_expressions_can_be_called() {
    assert_eq!(shown("($r := /b(.)/; $r('abcbd').groups)"), r#"["c"]"#);
    assert_eq!(shown("($r := /b(.)/; $n := $r('abcbd').next; $n().start)"), "3");
    assert_eq!(
        shown(
            "$split('a-b', function($s, $i){$i = 0 ? {'match': '-', 'start': 1, 'end': 2, 'groups': [], 'next': function(){$nothing}}})"
        ),
        r#"["a","b"]"#
    );
}

#[test]
fn numbers_that_json_has_not_are_strings() {
    assert_eq!(shown("1/0"), r#""Infinity""#);
    assert_eq!(shown("[-1/0, {'k': 1/0}]"), r#"["-Infinity",{"k":"Infinity"}]"#);
    assert_eq!(shown("0/0"), r#""NaN""#);
    assert!(shown("1/0 + 1").starts_with("D1001"), "but nothing can be done with them");
}

#[test]
fn functions_amazon_refuses_are_refused() {
    assert_eq!(shown("$eval('1+1')"), "T1006: Attempted to invoke a non-function");
    assert_eq!(
        shown("$formatNumber(1, 'x')"),
        "D3086: The sub-picture must not contain a passive character that is preceded by an \
         active character and that is followed by another active character"
    );
}

#[test]
fn pipelines_reckon_with_times() {
    for (text, expected) in [
        ("$duration('1h30m')", "5400000"),
        ("$duration('PT1S')", "1000"),
        ("$addTime('2026-01-31T06:00:00Z', '1d')", r#""2026-02-01T06:00:00.000Z""#),
        ("$addTime('2026-01-31T06:00:00-03:00', '-90m')", r#""2026-01-31T07:30:00.000Z""#),
        ("$addTime('2026-03-01', '-1d')", r#""2026-02-28""#),
        ("$addTime('2026-03-01', $duration('6h'))", r#""2026-03-01T06:00:00.000Z""#),
        ("$formatTime('2026-03-08T07:00:00Z', '[H01]:[m01]', 'America/New_York')", r#""03:00""#),
        ("$formatTime('2026-03-08T06:59:59Z', '[H01]:[m01]', 'America/New_York')", r#""01:59""#),
        ("$formatTime(0, '[Y]-[M01]-[D01] [H01]:[m01]', '+0530')", r#""1970-01-01 05:30""#),
        ("$formatTime('2026-03-08T07:00:00Z')", r#""2026-03-08T07:00:00.000Z""#),
        ("$date('2026-03-08T02:30:00Z', 'America/Sao_Paulo')", r#""2026-03-07""#),
        ("$date('2026-03-08T02:30:00Z')", r#""2026-03-08""#),
        ("$date('2026-03-08', 'America/Sao_Paulo')", r#""2026-03-08""#),
        ("$addTime(nothing, '1d')", "undefined"),
    ] {
        assert_eq!(over_document(text), expected, "{text}");
    }
    for (text, says) in [
        (
            "$addTime('tomorrow', '1d')",
            "takes a time such as '2026-01-31T06:00:00Z', not 'tomorrow'",
        ),
        ("$addTime('2026-01-31', 'a day')", "takes a duration such as '1h30m', not 'a day'"),
        ("$addTime('9999-12-31', '1w')", "beyond the year 9999"),
        ("$date('2026-01-31T06:00:00Z', 'Europe/Lisboa')", "did you mean 'Europe/Lisbon'?"),
    ] {
        let found = over_document(text);
        assert!(found.starts_with("D3200") && found.contains(says), "{text}: {found}");
    }
}

#[test]
fn pipelines_compare_paths_and_versions() {
    for (text, expected) in [
        ("$glob('in/2026/a.csv', 'in/**/*.{csv,json}')", "true"),
        ("$glob('in/a.txt', 'in/*.csv')", "false"),
        ("$semver('1.10.0', '1.9.3')", "1"),
        ("$semver('v2', '2.0.0+build.7')", "0"),
        ("$semver('1.0.0-rc.2', '1.0.0-rc.10')", "-1"),
        ("$semver('1.0.0-rc.1', '1.0.0')", "-1"),
        ("$semver('1.0.0-1', '1.0.0-beta')", "-1"),
    ] {
        assert_eq!(over_document(text), expected, "{text}");
    }
    for text in ["$glob('a', '[a')", "$semver('1.x', '1.0.0')", "$semver('1.2.3.4', '1.0.0')"] {
        assert!(over_document(text).starts_with("D3200"), "{text}");
    }
}

#[test]
fn functions_of_pipelines_are_none_of_state_machines() {
    assert!(shown("$duration('1h')").starts_with("T1006"));
    assert_eq!(over_document("($date := function($x) { $x + 1 }; $date(1))"), "2");
}

#[test]
fn a_number_that_json_cannot_hold_is_an_error_over_a_document_alone() {
    for text in ["1/0", "-1/0", "0/0", "5 % 0", "1e308 * 10", "$sum([1e308, 1e308])"] {
        let found = over_document(text);
        assert!(found.starts_with("D1001: Number out of range: "), "{text} gives {found}");
        assert!(over_document(&format!("({text}) > 5")).starts_with("D1001"), "{text}");
        assert!(over_document(&format!("{{'a': [{text}]}}")).starts_with("D1001"), "{text}");
    }
    assert_eq!(over_document("-1/0"), "D1001: Number out of range: -Infinity");
    assert_eq!(shown("1/0"), r#""Infinity""#);
    assert_eq!(shown("0/0"), r#""NaN""#);
}
