//! The Go modules of `tests/cluster` and the programs that come out of them.
//!
//! The files are part of this program, so that it works from any directory and its cache key cannot differ from
//! what it builds.

use aws_lc_rs::digest;

use crate::hex::hex;

/// A Go module whose only purpose is to pin programs.
pub(crate) struct Module {
    /// What people call it.
    pub name: &'static str,
    /// Its `go.mod`.
    pub go_mod: &'static str,
    /// Its `go.sum`.
    pub go_sum: &'static str,
    /// Linker flags: without the version a Kubernetes program calls itself v0.0.0.
    pub ldflags: &'static str,
    /// What to build from it.
    pub programs: &'static [Program],
}

/// A program and the package that it is built from.
pub(crate) struct Program {
    /// The file's name in the cache.
    pub name: &'static str,
    /// The Go package.
    pub package: &'static str,
}

const fn program(name: &'static str, package: &'static str) -> Program {
    Program { name, package }
}

/// The control plane and its fake nodes.
pub(crate) const CLUSTER: Module = Module {
    name: "cluster",
    go_mod: include_str!("../../cluster/go.mod"),
    go_sum: include_str!("../../cluster/go.sum"),
    ldflags: "-s -w -X k8s.io/component-base/version.gitVersion=v1.36.3",
    programs: &[
        program("etcd", "go.etcd.io/etcd/server/v3"),
        program("kube-apiserver", "k8s.io/kubernetes/cmd/kube-apiserver"),
        program(
            "kube-controller-manager",
            "k8s.io/kubernetes/cmd/kube-controller-manager",
        ),
        program("kube-scheduler", "k8s.io/kubernetes/cmd/kube-scheduler"),
        program("kubectl", "k8s.io/kubernetes/cmd/kubectl"),
        program("kwok", "sigs.k8s.io/kwok/cmd/kwok"),
    ],
};

/// Helm, which installs the chart under test.
pub(crate) const HELM: Module = Module {
    name: "helm",
    go_mod: include_str!("../../cluster/helm/go.mod"),
    go_sum: include_str!("../../cluster/helm/go.sum"),
    ldflags: "-s -w",
    programs: &[program("helm", "helm.sh/helm/v4/cmd/helm")],
};

/// All modules, in the order in which they are built.
pub(crate) const MODULES: [&Module; 2] = [&CLUSTER, &HELM];

impl Module {
    /// Returns the name of the module's folder in the cache: everything that decides what comes out, hashed.
    pub(crate) fn key(&self) -> String {
        let mut context = digest::Context::new(&digest::SHA256);
        for part in [self.go_mod, self.go_sum, self.ldflags] {
            context.update(part.as_bytes());
            context.update(&[0]);
        }
        let mut hash = hex(context.finish().as_ref());
        hash.truncate(12);
        format!("{}-{hash}", self.name)
    }

    /// Returns the Go version that `go.mod` asks for, as (major, minor).
    pub(crate) fn go_version(&self) -> Option<(u32, u32)> {
        let line = self.go_mod.lines().find_map(|line| line.strip_prefix("go "))?;
        parse_version(line)
    }
}

/// Parses the first two numbers of `1.26.3`.
pub(crate) fn parse_version(text: &str) -> Option<(u32, u32)> {
    let mut parts = text.trim().split('.');
    let major = parts.next()?.parse().ok()?;
    let minor: String = parts.next()?.chars().take_while(char::is_ascii_digit).collect();
    Some((major, minor.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_module_says_which_go_it_needs() {
        for module in MODULES {
            assert!(
                module.go_version().is_some_and(|version| version >= (1, 26)),
                "{}",
                module.name
            );
        }
    }

    #[test]
    fn a_release_candidate_counts_as_its_minor_version() {
        assert_eq!(parse_version("1.27rc1"), Some((1, 27)));
    }

    #[test]
    fn every_program_is_pinned_by_a_tool_directive() {
        for module in MODULES {
            for program in module.programs {
                assert!(module.go_mod.contains(program.package), "{}", program.package);
            }
        }
    }
}
