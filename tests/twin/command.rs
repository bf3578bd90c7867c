//! `alize twin` as somebody runs it.

use std::fs::File;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::scene::Scene;

/// A scene whose scenario is written.
fn scene() -> Scene {
    let scene = Scene::of(&[300.0, 100.0, 300.0], "a,0,1,1\n");
    scene.read_with("", "maxDelay: {default: 2h}", "").unwrap();
    scene
}

fn alize(scene: &Scene, out: &str, stdout: impl Into<Stdio>) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_alize"));
    command.args(["twin", "scenario.yaml", "--out", out, "--json"]);
    let folder = scene.path("");
    command.current_dir(folder).stdout(stdout).output().unwrap()
}

fn complaint(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn whoever_closes_the_pipe_has_read_enough() {
    let scene = scene();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = alize(&scene, "out", writer);
    assert!(output.status.success(), "{}", complaint(&output));
    assert!(!complaint(&output).contains("panicked"));
    assert!(scene.path("out/report.html").exists());
}

#[test]
fn a_result_that_cannot_be_written_is_a_sentence() {
    if !Path::new("/dev/full").exists() {
        return;
    }
    let scene = scene();
    let full = File::options().write(true).open("/dev/full").unwrap();
    let output = alize(&scene, "out", full);
    assert_eq!(output.status.code(), Some(1));
    let said = complaint(&output);
    assert!(
        said.contains("alize: writing the result to standard output: "),
        "{said}"
    );
    assert!(!said.contains("panicked"), "{said}");
}

#[test]
fn where_nothing_can_be_written_nothing_runs() {
    let output = alize(&scene(), "policy.yaml/out", Stdio::piped());
    assert_eq!(output.status.code(), Some(1));
    let said = complaint(&output);
    assert!(said.contains("alize: writing policy.yaml/out"), "{said}");
    assert!(!said.contains("running alize"), "{said}");
}
