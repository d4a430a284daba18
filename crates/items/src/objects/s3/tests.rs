//! S3 as a client sees it when all is well, and when nothing is.

mod server;

use std::io::{Read, Write};
use std::time::Duration;

use compasso_aws::{AwsSettings, Credentials};

use self::server::{Reply, Request, Server, answer, raw};
use super::{Bounds, S3};
use crate::objects::{Failure, Info, Location, ObjectStore};

/// For a test that waits for something that never comes.
const IMPATIENT: Bounds = Bounds {
    head: Duration::from_millis(300),
    upload: Duration::from_millis(300),
    body: Duration::from_millis(300),
    chunk: Duration::from_millis(300),
    retry_delay: Duration::from_millis(1),
};
const PATIENT: Bounds = Bounds { retry_delay: Duration::from_millis(1), ..super::BOUNDS };

#[test]
fn an_object_is_asked_for_by_a_signed_call() {
    let server = Server::start(|_, _| answer("200 OK", "ETag: \"t\"\r\n", "hello"));
    let location = Location {
        owner: Some("123456789012".to_owned()),
        version: Some("v/1".to_owned()),
        ..Location::new("bucket", "a b/k")
    };
    assert_eq!(read(&server, location), "hello");
    let request = &server.requests()[0];
    assert_eq!(request.line, "GET /bucket/a%20b/k?versionId=v%2F1");
    assert_eq!(request.header("x-amz-expected-bucket-owner"), Some("123456789012"));
    let signature = request.header("authorization").unwrap();
    assert!(signature.starts_with("AWS4-HMAC-SHA256 Credential=AKID/"), "{signature}");
    assert!(signature.contains("/eu-west-1/s3/aws4_request"), "{signature}");
    assert!(request.header("x-amz-content-sha256").is_some());
}

#[test]
fn a_refusal_is_told_in_the_words_of_s3() {
    let body = "<?xml version=\"1.0\"?><Error><Code>NoSuchKey</Code>\
                <Message>The specified key does not exist.</Message><Key>k</Key></Error>";
    let headers = "x-amz-request-id: R1\r\nx-amz-id-2: H1\r\n";
    let server = Server::start(move |_, _| answer("404 Not Found", headers, body));
    assert_eq!(
        read(&server, Location::new("b", "k")),
        "The specified key does not exist. (Service: Amazon S3; Status Code: 404; \
         Error Code: NoSuchKey; Request ID: R1; S3 Extended Request ID: H1; Proxy: null)"
    );
    assert_eq!(server.lines().len(), 1);
}

#[test]
fn a_refusal_without_words_is_told_by_its_status() {
    for body in ["", "<html>", "\0\u{1}"] {
        let server = Server::start(move |_, _| answer("403 Forbidden", "", body));
        let read = read(&server, Location::new("b", "k"));
        assert!(
            read.starts_with("Forbidden (Service: Amazon S3; Status Code: 403; Error Code: 403;")
        );
    }
}

#[test]
fn an_object_whose_size_is_not_told_is_refused() {
    for head in [
        "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n",
        "HTTP/1.1 206 Partial Content\r\nContent-Length: 1\r\nContent-Range: bytes 0-0/*\r\n\r\n",
    ] {
        let server = Server::start(move |_, _| Reply::Bytes(format!("{head}a").into_bytes()));
        let s3 = s3(&server);
        let failure = blocking(move || s3.info(&Location::new("b", "k")).unwrap_err());
        assert_eq!(failure.cause, "The size of the object S3://b/k is not known.");
    }
}

#[test]
fn a_busy_store_is_asked_again() {
    let server = Server::start(|_, before| match before {
        0 => answer("503 Slow Down", "", ""),
        1 => Reply::Bytes(Vec::new()),
        _ => answer("200 OK", "", "hello"),
    });
    assert_eq!(read(&server, Location::new("b", "k")), "hello");
    assert_eq!(server.lines().len(), 3);
}

#[test]
fn a_store_that_stays_busy_is_given_up() {
    let server = Server::start(|_, _| answer("503 Slow Down", "", ""));
    assert!(read(&server, Location::new("b", "k")).contains("Status Code: 503"));
    assert_eq!(server.lines().len(), 3);
}

#[test]
fn a_store_that_never_answers_is_given_up() {
    let server = Server::start(|_, _| Reply::Stall(Vec::new()));
    let read = read_with(&server, IMPATIENT, Location::new("b", "k"));
    assert_eq!(read, "Unable to execute HTTP request: Read timed out");
}

#[test]
fn what_nobody_needs_any_more_is_not_waited_for() {
    let server = Server::start(|_, _| Reply::Stall(Vec::new()));
    let (needed, until) = tokio::sync::watch::channel(());
    let s3 = s3(&server).until(until);
    let failure = blocking(move || {
        let reader = std::thread::spawn({
            let runtime = tokio::runtime::Handle::current();
            move || {
                let _inside = runtime.enter();
                s3.open(&Location::new("b", "k")).err()
            }
        });
        while server.lines().is_empty() {
            std::thread::yield_now();
        }
        drop(needed);
        reader.join().unwrap()
    });
    assert_eq!(failure.unwrap().cause, "Nobody needs the answer any more.");
}

#[test]
fn a_store_that_is_not_there_is_named_as_such() {
    let settings = settings("http://127.0.0.1:1");
    let opened = blocking(move || S3::new(settings, None).open(&Location::new("b", "k")).err());
    assert!(opened.unwrap().cause.starts_with("Unable to execute HTTP request: "));
}

/// Serves a part of `content` from where the request says, and then misbehaves.
fn serve_part(content: &[u8], request: &Request, length: usize) -> Vec<u8> {
    let range = request.header("range").and_then(|range| range.strip_prefix("bytes="));
    let start: usize = range.map_or(0, |range| range.trim_end_matches('-').parse().unwrap());
    let end = content.len().min(start + length);
    let status = if range.is_some() { "206 Partial Content" } else { "200 OK" };
    let range =
        format!("ETag: \"t\"\r\nContent-Range: bytes {start}-{}/{}\r\n", end - 1, content.len());
    raw(status, &range, content.len() - start, &content[start..end])
}

#[test]
fn reading_goes_on_where_a_connection_broke() {
    let content = content(500_000);
    let served = content.clone();
    let server =
        Server::start(move |request, _| Reply::Bytes(serve_part(&served, request, 90_001)));
    assert_eq!(read(&server, Location::new("b", "k")).as_bytes(), content);
    let requests = server.requests();
    assert!(requests.len() >= 6, "{}", requests.len());
    for (number, request) in requests.iter().enumerate().skip(1) {
        assert_eq!(request.header("range"), Some(&*format!("bytes={}-", number * 90_001)));
        assert_eq!(request.header("if-match"), Some("\"t\""));
    }
}

#[test]
fn reading_goes_on_where_a_connection_brings_nothing_more() {
    let content = content(200_000);
    let served = content.clone();
    let server = Server::start(move |request, before| match before {
        0 => Reply::Stall(serve_part(&served, request, 90_001)),
        _ => Reply::Bytes(serve_part(&served, request, usize::MAX - 100_000)),
    });
    let chunk = IMPATIENT.chunk;
    let bounds = Bounds { chunk, ..PATIENT };
    assert_eq!(read_with(&server, bounds, Location::new("b", "k")).as_bytes(), content);
}

#[test]
fn an_object_that_never_gets_on_is_given_up() {
    let served = content(500_000);
    let server = Server::start(move |request, _| Reply::Bytes(serve_part(&served, request, 10)));
    let read = read(&server, Location::new("b", "k"));
    assert!(read.starts_with("Unable to execute HTTP request: "), "{read}");
    assert_eq!(server.lines().len(), 4);
}

#[test]
fn an_object_that_changed_is_not_read_on() {
    let served = content(500_000);
    let server = Server::start(move |request, before| match before {
        0 => Reply::Bytes(serve_part(&served, request, 70_000)),
        _ => answer("412 Precondition Failed", "", ""),
    });
    let read = read(&server, Location::new("b", "k"));
    assert_eq!(read, "The object S3://b/k changed while it was read.");
}

#[test]
fn an_object_is_asked_for_as_the_version_that_is_meant() {
    let server = Server::start(|_, _| answer("412 Precondition Failed", "", ""));
    let location = Location { tag: Some("\"t\"".to_owned()), ..Location::new("b", "k") };
    let read = read(&server, location);
    assert_eq!(read, "The object S3://b/k changed while it was read.");
    assert_eq!(server.requests()[0].header("if-match"), Some("\"t\""));
}

#[test]
fn a_store_without_ranges_cannot_be_read_on() {
    let served = content(500_000);
    let server = Server::start(move |_, before| match before {
        0 => Reply::Bytes(raw("200 OK", "", served.len(), &served[..70_000])),
        _ => answer("200 OK", "", &served),
    });
    let read = read(&server, Location::new("b", "k"));
    assert_eq!(read, "The object S3://b/k cannot be read from its middle.");
}

#[test]
fn more_than_was_said_is_not_read() {
    let server = Server::start(|_, _| Reply::Bytes(raw("200 OK", "", 5, "hello and more")));
    assert_eq!(read(&server, Location::new("b", "k")), "hello");
}

#[test]
fn what_is_no_http_is_an_error() {
    let server = Server::start(|_, _| Reply::Bytes(b"garbage\r\n\r\n".to_vec()));
    let read = read(&server, Location::new("b", "k"));
    assert!(read.starts_with("Unable to execute HTTP request: "), "{read}");
}

#[test]
fn parts_are_read_of_one_and_the_same_object() {
    let server = Server::start(|request, _| match request.header("range") {
        Some("bytes=0-0") => {
            answer("206 Partial Content", "ETag: \"t\"\r\nContent-Range: bytes 0-0/9\r\n", "a")
        }
        Some("bytes=2-4") => answer("206 Partial Content", "", "cde"),
        _ => answer("206 Partial Content", "", "c"),
    });
    let s3 = s3(&server);
    blocking(move || {
        let location = Location::new("b", "k");
        let info = s3.info(&location).unwrap();
        assert_eq!(info, Info { size: 9, tag: Some("\"t\"".to_owned()) });
        assert_eq!(s3.read_at(&location, &info, 2, 3).unwrap(), b"cde");
        let short = s3.read_at(&location, &info, 3, 3).unwrap_err();
        assert_eq!(short.cause, "The object S3://b/k is shorter than it said.");
    });
    assert_eq!(server.requests()[1].header("if-match"), Some("\"t\""));
}

const PAGE: &str = "<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
    <IsTruncated>true</IsTruncated><NextContinuationToken>a/b=</NextContinuationToken>\
    <EncodingType>url</EncodingType><Contents><Key>x%2Fy+z</Key>\
    <LastModified>2026-09-12T04:43:42.000Z</LastModified><ETag>&quot;t&quot;</ETag>\
    <Size>2</Size><StorageClass>STANDARD</StorageClass></Contents></ListBucketResult>";
const LAST_PAGE: &str = "<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>z%2F</Key>\
    <LastModified>2026-09-12T04:43:42.000Z</LastModified><ETag>\"u\"</ETag><Size>0</Size>\
    </Contents></ListBucketResult>";

#[test]
fn a_list_is_read_page_by_page() {
    let server = Server::start(|_, before| answer("200 OK", "", [PAGE, LAST_PAGE][before]));
    let entries = list(&server);
    let entries: Vec<_> = entries.into_iter().map(Result::unwrap).collect();
    let keys: Vec<_> = entries.iter().map(|entry| (&*entry.key, &*entry.tag, entry.size)).collect();
    assert_eq!(keys, [("x/y z", "\"t\"", 2), ("z%2F", "\"u\"", 0)]);
    assert!((entries[0].last_modified - 1_789_188_222.0).abs() < f64::EPSILON);
    let query = "GET /b?list-type=2&encoding-type=url&prefix=p%2F";
    assert_eq!(server.lines(), [query, &format!("{query}&continuation-token=a%2Fb%3D")]);
}

#[test]
fn a_list_that_makes_no_sense_is_an_error() {
    for body in [
        "",
        "<a",
        "<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>",
        "<ListBucketResult><Contents><Key>k</Key></Contents></ListBucketResult>",
        "<!DOCTYPE a [<!ENTITY b \"c\">]><ListBucketResult/>",
    ] {
        let server = Server::start(move |_, _| answer("200 OK", "", body));
        let failure = list(&server).pop().unwrap().unwrap_err();
        assert_eq!(failure.cause, "The answer of ListObjectsV2 is malformed.", "{body}");
    }
}

#[test]
fn a_list_that_repeats_itself_ends() {
    let server = Server::start(|_, _| answer("200 OK", "", PAGE));
    let failure = list(&server).pop().unwrap().unwrap_err();
    assert_eq!(failure.cause, "The answer of ListObjectsV2 repeats itself.");
}

#[test]
fn a_small_object_is_written_at_once() {
    let server = Server::start(|_, _| answer("200 OK", "ETag: \"t\"\r\n", ""));
    write(&server, b"hello").unwrap();
    let request = &server.requests()[0];
    assert_eq!((&*request.line, &*request.body), ("PUT /b/k", &b"hello"[..]));
    assert_eq!(request.header("content-type"), Some("application/json"));
}

#[test]
fn a_large_object_is_written_in_parts() {
    let server = Server::start(|request, before| match before {
        0 => answer("200 OK", "", "<R><UploadId>u&amp;1</UploadId></R>"),
        _ if request.line.starts_with("PUT") => {
            answer("200 OK", &format!("ETag: \"t{before}\"\r\n"), "")
        }
        _ => answer("200 OK", "", "<CompleteMultipartUploadResult/>"),
    });
    let content = content(20 * 1024 * 1024);
    write(&server, &content).unwrap();
    assert_eq!(
        server.lines(),
        [
            "POST /b/k?uploads=",
            "PUT /b/k?partNumber=1&uploadId=u%261",
            "PUT /b/k?partNumber=2&uploadId=u%261",
            "PUT /b/k?partNumber=3&uploadId=u%261",
            "POST /b/k?uploadId=u%261",
        ]
    );
    let requests = server.requests();
    let parts: Vec<_> = requests[1..4].iter().map(|request| &*request.body).collect();
    assert!(parts.concat() == content);
    assert!(parts.iter().take(2).all(|part| part.len() == 8 * 1024 * 1024));
    let list = String::from_utf8(requests[4].body.clone()).unwrap();
    let last = "<Part><PartNumber>3</PartNumber><ETag>\"t3\"</ETag></Part>";
    assert!(list.contains(last), "{list}");
}

#[test]
fn an_upload_that_fails_is_given_up() {
    for late in [false, true] {
        let server = Server::start(move |request, before| match (before, late) {
            (0, _) => answer("200 OK", "", "<R><UploadId>u</UploadId></R>"),
            (1 | 2, true) => answer("200 OK", "ETag: \"t\"\r\n", ""),
            _ if request.line.starts_with("DELETE") => answer("204 No Content", "", ""),
            (_, true) => {
                answer("200 OK", "", "<Error><Code>C</Code><Message>Late.</Message></Error>")
            }
            (_, false) => {
                answer("403 Forbidden", "", "<Error><Code>C</Code><Message>No.</Message></Error>")
            }
        });
        let s3 = s3(&server);
        let failure = blocking(move || {
            let failure = write_to(&s3, &content(9 * 1024 * 1024)).unwrap_err();
            while server.lines().last().unwrap() != "DELETE /b/k?uploadId=u" {
                std::thread::yield_now();
            }
            failure
        });
        let expected = if late { "Late." } else { "No." };
        assert!(failure.cause.starts_with(expected), "{failure}");
    }
}

fn settings(url: &str) -> AwsSettings {
    let credentials = Credentials {
        access_key_id: "AKID".to_owned(),
        secret_access_key: "secret".to_owned(),
        session_token: None,
    };
    let mut settings = AwsSettings::default();
    settings.region = Some("eu-west-1".to_owned());
    settings.with_credentials(credentials).with_endpoint("S3", url)
}

fn s3(server: &Server) -> S3 {
    S3::with_bounds(settings(&server.url), None, PATIENT)
}

/// Runs what may block as the readers and writers do.
fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    let runtime = builder.worker_threads(1).enable_all().build().unwrap();
    runtime.block_on(async { tokio::task::spawn_blocking(work).await.unwrap() })
}

/// Returns what is read of an object, or the failure.
fn read(server: &Server, location: Location) -> String {
    read_with(server, PATIENT, location)
}

fn read_with(server: &Server, bounds: Bounds, location: Location) -> String {
    let s3 = S3::with_bounds(settings(&server.url), None, bounds);
    blocking(move || {
        let mut text = String::new();
        let outcome = s3.open(&location).and_then(|mut object| {
            object.read_to_string(&mut text).map_err(|error| Failure::of(&error))
        });
        outcome.map_or_else(|failure| failure.cause, |_| text)
    })
}

fn list(server: &Server) -> Vec<Result<crate::objects::Entry, Failure>> {
    let s3 = s3(server);
    blocking(move || s3.list(&Location::new("b", "p/")).unwrap().collect())
}

fn write(server: &Server, content: &[u8]) -> Result<(), Failure> {
    let (s3, content) = (s3(server), content.to_vec());
    blocking(move || write_to(&s3, &content))
}

fn write_to(s3: &S3, content: &[u8]) -> Result<(), Failure> {
    let mut upload = s3.create(&Location::new("b", "k")).unwrap();
    upload.write_all(content).map_err(|error| Failure::of(&error))?;
    upload.finish()
}

fn content(length: usize) -> Vec<u8> {
    (0..length).map(|place| b'a' + (place % 23) as u8).collect()
}
