//! The product on a test cluster: installed from its chart, its programs run as processes with their own accounts'
//! tokens, since fake nodes run no containers.

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::binaries::{Tools, tools};
use crate::cluster::{Cluster, supervisor_binary};
use crate::error::Error;
use crate::kubeconfig;

/// The namespace and the release that the product is installed as.
pub const NAMESPACE: &str = "alize-system";
/// The accounts of the chart.
pub const ACCOUNTS: [&str; 3] = ["alize-operator", "alize-failsafe", "alize-uninstall"];

const READY_WITHIN: Duration = Duration::from_secs(30);

/// The product, installed on a cluster.
#[derive(Clone, Debug)]
pub struct Product {
    kubeconfig: PathBuf,
    server: String,
    dir: PathBuf,
    program: PathBuf,
    supervisor: PathBuf,
    tools: Tools,
}

impl Product {
    /// Installs the chart in `charts/alize` below `root`, rendered by Helm, and waits until its kinds are served.
    /// `program` is the binary that its processes run.
    ///
    /// # Errors
    /// When a tool is not built, or Helm or the API server refuse the chart.
    pub fn install(cluster: &Cluster, root: &Path, program: &Path) -> Result<Self, Error> {
        let product = Self {
            kubeconfig: cluster.kubeconfig.clone(),
            server: cluster.server.clone(),
            dir: cluster.dir.clone(),
            program: program.to_path_buf(),
            supervisor: supervisor_binary()?,
            tools: tools()?,
        };
        product.kubectl(&["create", "namespace", NAMESPACE])?;
        let chart = root.join("charts/alize").display().to_string();
        let mut helm = Command::new(&product.tools.helm);
        helm.args([
            "template",
            "alize",
            &chart,
            "--namespace",
            NAMESPACE,
            "--kube-version",
            "1.36.3",
            "--no-hooks",
        ]);
        let manifests = output(helm)?;
        product.apply(&manifests)?;
        product.kubectl(&["wait", "--for=condition=Established", "--timeout=30s", "crd", "--all"])?;
        Ok(product)
    }

    /// Runs `kubectl` as administrator and returns what it prints.
    ///
    /// # Errors
    /// When it fails, with what it said.
    pub fn kubectl(&self, args: &[&str]) -> Result<String, Error> {
        let mut command = Command::new(&self.tools.kubectl);
        command.arg("--kubeconfig").arg(&self.kubeconfig).args(args);
        output(command)
    }

    /// Applies manifests as administrator, on the server's side.
    ///
    /// # Errors
    /// When the API server refuses one of them.
    pub fn apply(&self, manifests: &str) -> Result<String, Error> {
        let mut command = Command::new(&self.tools.kubectl);
        command.arg("--kubeconfig").arg(&self.kubeconfig).args([
            "apply",
            "--server-side",
            "--force-conflicts",
            "-f",
            "-",
        ]);
        output_of(command, manifests)
    }

    /// The address of the API server.
    pub fn server(&self) -> &str {
        &self.server
    }

    /// A kubeconfig with a fresh token of one of [`ACCOUNTS`]: its rights are the chart's, and nothing else.
    ///
    /// # Errors
    /// When the API server gives no token.
    pub fn account(&self, account: &str) -> Result<PathBuf, Error> {
        self.account_by(account, &self.server)
    }

    /// As [`Self::account`], by another way to the API server: the address of a relay in front of it.
    ///
    /// # Errors
    /// When the API server gives no token.
    pub fn account_by(&self, account: &str, server: &str) -> Result<PathBuf, Error> {
        let token = self.kubectl(&["create", "token", account, "--namespace", NAMESPACE, "--duration", "2h"])?;
        let authority = self.dir.join("ca.crt");
        let authority = fs::read_to_string(&authority).map_err(Error::file("read", &authority))?;
        let path = self.dir.join(format!("{account}.kubeconfig"));
        let text = kubeconfig::render(server, &authority, token.trim());
        fs::write(&path, text).map_err(Error::file("write", &path))?;
        Ok(path)
    }

    /// Starts an operator named `identity` and waits until it is ready. It dies with the thread that started it.
    ///
    /// # Errors
    /// When it ends early or is not ready in time, with its log.
    pub fn operator(&self, identity: &str, args: &[&str]) -> Result<Operator, Error> {
        let port = TcpListener::bind("127.0.0.1:0")
            .and_then(|socket| socket.local_addr())
            .map_err(Error::NoPort)?
            .port();
        let listen = format!("127.0.0.1:{port}");
        let own = [
            "run",
            "--identity",
            identity,
            "--deployment",
            "alize-operator",
            "--listen",
            &listen,
        ];
        let mut operator = Operator {
            process: self.start(&own, args, ACCOUNTS[0], identity)?,
            log: self.log(identity),
            listen,
        };
        operator.wait_until_ready()?;
        Ok(operator)
    }

    /// Runs one of the short commands (`failsafe`, `release --all`) to its end, with its own account.
    ///
    /// # Errors
    /// When it fails, with what it printed.
    pub fn run(&self, args: &[&str], account: &str) -> Result<String, Error> {
        let args = [args, &["--namespace", NAMESPACE]].concat();
        self.run_as(&self.account(account)?, &args)
    }

    /// Runs one of the short commands to its end, as the user of this kubeconfig.
    ///
    /// # Errors
    /// When it fails, with what it printed.
    pub fn run_as(&self, kubeconfig: &Path, args: &[&str]) -> Result<String, Error> {
        let mut command = Command::new(&self.program);
        command.args(args).env("KUBECONFIG", kubeconfig).env_remove("POD_NAME");
        output(command)
    }

    /// The log of the process of this name, in the cluster's directory.
    pub fn log(&self, identity: &str) -> PathBuf {
        self.dir.join(format!("{identity}.log"))
    }

    fn start(&self, own: &[&str], more: &[&str], account: &str, identity: &str) -> Result<Child, Error> {
        let path = self.log(identity);
        let log = File::options()
            .create(true)
            .append(true)
            .open(&path)
            .map_err(Error::file("open", &path))?;
        let errors = log.try_clone().map_err(Error::file("open", &path))?;
        Command::new(&self.supervisor)
            .args(["bound-to-parent", &std::process::id().to_string()])
            .arg(&self.program)
            .args(own)
            .args(["--namespace", NAMESPACE])
            .args(more)
            .env("KUBECONFIG", self.account(account)?)
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(errors)
            .spawn()
            .map_err(Error::run(self.program.display().to_string()))
    }
}

/// A running operator. Dropping it kills it.
#[derive(Debug)]
pub struct Operator {
    process: Child,
    log: PathBuf,
    /// Where it serves health and metrics.
    pub listen: String,
}

impl Operator {
    /// Its process id.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// Kills it at once, as a crash or an OOM does.
    pub fn kill(mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }

    /// Asks it to stop and waits; returns whether it ended well.
    ///
    /// # Errors
    /// When the signal cannot be sent.
    pub fn terminate(mut self) -> Result<bool, Error> {
        self.signal(Signal::TERM)?;
        Ok(self.process.wait().is_ok_and(|status| status.success()))
    }

    /// Stops it where it stands, as a hung machine does.
    ///
    /// # Errors
    /// When the signal cannot be sent.
    pub fn freeze(&self) -> Result<(), Error> {
        self.signal(Signal::STOP)
    }

    /// Lets it go on.
    ///
    /// # Errors
    /// When the signal cannot be sent.
    pub fn thaw(&self) -> Result<(), Error> {
        self.signal(Signal::CONT)
    }

    /// What a path of its server answers, and with which status.
    ///
    /// # Errors
    /// When it does not answer.
    pub fn get(&self, path: &str) -> Result<(u16, String), Error> {
        get(&self.listen, path).map_err(Error::run(format!("http://{}{path}", self.listen)))
    }

    /// What it has logged so far.
    pub fn logged(&self) -> String {
        fs::read(&self.log)
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .unwrap_or_default()
    }

    fn signal(&self, signal: Signal) -> Result<(), Error> {
        let pid = i32::try_from(self.id()).ok().and_then(Pid::from_raw);
        let sent = pid
            .ok_or(rustix::io::Errno::SRCH)
            .and_then(|pid| kill_process(pid, signal));
        sent.map_err(|error| Error::Signal {
            attempt: "signal the operator",
            source: error.into(),
        })
    }

    fn wait_until_ready(&mut self) -> Result<(), Error> {
        let started = Instant::now();
        loop {
            let answer = get(&self.listen, "/readyz");
            if answer.as_ref().is_ok_and(|(status, _)| *status == 200) {
                return Ok(());
            }
            let ended = self.process.try_wait().ok().flatten();
            if let Some(status) = ended {
                return Err(Error::ChildDied {
                    name: "the operator".into(),
                    status: status.to_string(),
                    tail: self.logged(),
                });
            }
            if started.elapsed() > READY_WITHIN {
                let last = format!("{answer:?}\n{}", self.logged());
                return Err(Error::Timeout {
                    what: "the operator".into(),
                    seconds: READY_WITHIN.as_secs(),
                    last,
                });
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Operator {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn get(address: &str, path: &str) -> std::io::Result<(u16, String)> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"
    )?;
    let mut text = String::new();
    stream.read_to_string(&mut text)?;
    let status = text.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0);
    let body = text.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    Ok((status, body.to_owned()))
}

fn output(command: Command) -> Result<String, Error> {
    output_of(command, "")
}

/// Runs a command with `input`; returns its standard output.
fn output_of(mut command: Command, input: &str) -> Result<String, Error> {
    let name = command.get_program().to_string_lossy().into_owned();
    let shown = format!("{command:?}").chars().take(300).collect();
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(Error::run(name.as_str()))?;
    // From a thread: a child that answers before it has read everything must not block us.
    let stdin = child.stdin.take();
    let input = input.to_owned();
    let writer = std::thread::spawn(move || stdin.map(|mut stdin| stdin.write_all(input.as_bytes())));
    let output = child.wait_with_output().map_err(Error::run(name))?;
    let _ = writer.join();
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = [output.stdout, output.stderr].concat();
    Err(Error::Failed {
        command: shown,
        status: output.status.to_string(),
        output: String::from_utf8_lossy(&said).into_owned(),
    })
}
