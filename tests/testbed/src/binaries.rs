//! Builds the programs into the cache, and tells where they are.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use crate::cache;
use crate::error::Error;
use crate::modules::{CLUSTER, HELM, MODULES, Module, Program};
use crate::toolchain;

/// The paths of the built programs.
#[derive(Debug, Clone)]
pub struct Tools {
    /// The store behind the API server.
    pub etcd: PathBuf,
    /// The API server.
    pub kube_apiserver: PathBuf,
    /// The controllers of Jobs, Deployments, garbage and so on.
    pub kube_controller_manager: PathBuf,
    /// The scheduler.
    pub kube_scheduler: PathBuf,
    /// The command line, of the same version as the server.
    pub kubectl: PathBuf,
    /// What pretends to be the nodes.
    pub kwok: PathBuf,
    /// The chart installer.
    pub helm: PathBuf,
}

impl Tools {
    /// The path of the program of this name, for example `kubectl`.
    ///
    /// # Errors
    /// When there is none of this name; it lists those that there are.
    pub fn named(&self, name: &str) -> Result<&Path, Error> {
        let all = [
            &self.etcd,
            &self.kube_apiserver,
            &self.kube_controller_manager,
            &self.kube_scheduler,
            &self.kubectl,
            &self.kwok,
            &self.helm,
        ];
        let found = all
            .into_iter()
            .find(|path| path.file_name().is_some_and(|own| own == name));
        let names = || {
            all.iter()
                .filter_map(|path| path.file_name()?.to_str())
                .collect::<Vec<_>>()
        };
        found.map(PathBuf::as_path).ok_or_else(|| Error::NoSuchTool {
            name: name.to_owned(),
            known: names().join(", "),
        })
    }
}

/// Returns the paths of all programs.
///
/// # Errors
/// When one is missing: it names `make testbed`, which builds them.
pub fn tools() -> Result<Tools, Error> {
    let root = cache::root()?;
    let find = |module: &Module, name: &str| {
        let path = folder(&root, module).join(name);
        if path.is_file() {
            Ok(path)
        } else {
            Err(Error::NotBuilt { missing: path })
        }
    };
    Ok(Tools {
        etcd: find(&CLUSTER, "etcd")?,
        kube_apiserver: find(&CLUSTER, "kube-apiserver")?,
        kube_controller_manager: find(&CLUSTER, "kube-controller-manager")?,
        kube_scheduler: find(&CLUSTER, "kube-scheduler")?,
        kubectl: find(&CLUSTER, "kubectl")?,
        kwok: find(&CLUSTER, "kwok")?,
        helm: find(&HELM, "helm")?,
    })
}

/// Builds what is missing from the cache, and says on stderr what it does and how long it takes.
///
/// # Errors
/// When there is no Go toolchain, or a program does not build.
pub fn build() -> Result<Tools, Error> {
    let root = cache::root()?;
    let total: usize = MODULES.iter().map(|module| module.programs.len()).sum();
    let mut done = 0;
    for module in MODULES {
        let folder = folder(&root, module);
        if missing(module, &folder).next().is_some() {
            let _lock = cache::lock(&folder.with_extension("lock"))?;
            build_module(module, &folder, done, total)?;
        }
        done += module.programs.len();
    }
    tools()
}

fn folder(root: &Path, module: &Module) -> PathBuf {
    root.join("bin").join(module.key())
}

/// Returns the programs of a module that are not built yet. Looked at again under the lock: somebody else may
/// have built them while this process waited.
fn missing<'a>(module: &'a Module, folder: &'a Path) -> impl Iterator<Item = (usize, &'a Program)> {
    module
        .programs
        .iter()
        .enumerate()
        .filter(|(_, program)| !folder.join(program.name).is_file())
}

/// Builds one module's missing programs. One at a time: the linker's memory counts, and `go build` uses all cores.
fn build_module(module: &Module, folder: &Path, before: usize, total: usize) -> Result<(), Error> {
    let go = toolchain::go(module.go_version().unwrap_or((1, 26)))?;
    let source = folder.join("module");
    fs::create_dir_all(&source).map_err(Error::file("create", &source))?;
    cache::write_whole(&source.join("go.mod"), module.go_mod.as_bytes())?;
    cache::write_whole(&source.join("go.sum"), module.go_sum.as_bytes())?;
    remove_partial(folder);
    for (index, program) in missing(module, folder) {
        let begin = Instant::now();
        eprintln!(
            "testbed: [{}/{total}] building {} (the first time takes minutes)",
            before + index + 1,
            program.name
        );
        build_program(&go, module, program, &source, folder)?;
        let seconds = begin.elapsed().as_secs();
        eprintln!(
            "testbed: [{}/{total}] built {} in {seconds} s",
            before + index + 1,
            program.name
        );
    }
    Ok(())
}

/// Removes what interrupted builds left. Under the lock no other build is at work here.
fn remove_partial(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        if entry.file_name().to_string_lossy().contains(".partial-") {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// Builds one program under a temporary name and moves it into place, so that a broken build leaves nothing that
/// looks whole.
fn build_program(go: &Path, module: &Module, program: &Program, source: &Path, folder: &Path) -> Result<(), Error> {
    let partial = folder.join(format!("{}.partial-{}", program.name, std::process::id()));
    let output = Command::new(go)
        .current_dir(source)
        // The machine's own settings must not decide what is built.
        .env("GOTOOLCHAIN", "local")
        .env("GOWORK", "off")
        .env("CGO_ENABLED", "0")
        .env_remove("GOFLAGS")
        .env_remove("GOROOT")
        .args([
            "build",
            "-mod=readonly",
            "-trimpath",
            "-buildvcs=false",
            "-ldflags",
            module.ldflags,
            "-o",
        ])
        .arg(&partial)
        .arg(program.package)
        .output()
        .map_err(Error::run("go build"))?;
    if !output.status.success() {
        return Err(Error::Failed {
            command: format!("go build {}", program.package),
            status: output.status.to_string(),
            output: String::from_utf8_lossy(&output.stderr).trim().to_owned(),
        });
    }
    let path = folder.join(program.name);
    fs::rename(&partial, &path).map_err(Error::file("move into place", &path))
}
