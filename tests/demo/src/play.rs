//! The course of the demo, from the first process to the last line.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use k8s_openapi::api::core::v1::Node;
use kube::api::ListParams;
use kube::{Api, Client};
use serde_json::{Value, json};
use testbed::product::{NAMESPACE, Product};
use tokio::runtime::Runtime;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::account::accounts;
use crate::day::{Day, HOURS, ZONES};
use crate::error::Error;
use crate::observer::Observer;
use crate::outcome::Outcome;
use crate::site::Site;
use crate::stage::Stage;
use crate::teams::Teams;
use crate::view::{Scene, Screen};
use crate::{examples, report, workload};

/// The demo ends this long after the cluster is up, whatever has happened.
const AT_MOST: Duration = Duration::from_secs(175);
/// How many hours are forecast: the day, and the morning after for what runs at its end.
const FORECAST_HOURS: i32 = HOURS + 12;
/// How often the view is drawn.
const FRAME: Duration = Duration::from_millis(500);

/// Plays the day. Returns the promises that broke.
///
/// # Errors
/// When something that is no promise of the product goes wrong, or it is stopped.
pub fn play(runtime: &Runtime, keep: bool, stop: &CancellationToken) -> Result<Vec<String>, Error> {
    let begin = step(
        "Starting Kubernetes: a real control plane, twelve fake nodes in three zones",
        stop,
    )?;
    let mut stage = Stage::up(keep)?;
    let up = Instant::now();
    took(begin);
    let begin = step("Installing Alizé from charts/alize", stop)?;
    let product = stage.install()?;
    took(begin);
    // On this thread, which lives as long as the demo: the operator ends with the thread that starts it.
    let broken = runtime.block_on(async {
        let (course, jobs) = Course::begin(&mut stage, &product, stop).await?;
        course.run(&jobs, up, stop).await
    });
    // While the cluster lives, also when something went wrong.
    stage.save(&stage.path("target/demo"));
    let broken = broken?;
    if keep {
        println!("\n{}", stage.leave(&product)?);
    } else {
        println!("\nThe cluster ends now. To look around in one that stays: make demo KEEP=1");
    }
    Ok(broken)
}

/// Says what comes next, or ends here if somebody asked for it.
fn step(what: &str, stop: &CancellationToken) -> Result<Instant, Error> {
    if stop.is_cancelled() {
        return Err(Error::Stopped);
    }
    println!("{what}");
    Ok(Instant::now())
}

fn took(begin: Instant) {
    println!("  {:.1} s", begin.elapsed().as_secs_f64());
}

/// The day while it is played.
struct Course<'a> {
    stage: &'a Stage,
    product: &'a Product,
    client: Client,
    site: Arc<Site>,
    observer: Observer,
    day: Day,
    /// A decision, explained while its job waited.
    explained: OnceLock<String>,
}

impl<'a> Course<'a> {
    /// Applies what the platform team applies, and starts the operator. Returns the teams' examples too.
    async fn begin(
        stage: &'a mut Stage,
        product: &'a Product,
        stop: &CancellationToken,
    ) -> Result<(Self, Vec<Value>), Error> {
        let platform = examples::read(&stage.path("examples/platform"))?;
        let jobs = examples::read(&stage.path("examples/jobs"))?;
        let client = stage.client().await?;
        let nodes = Api::<Node>::all(client.clone()).list(&ListParams::default()).await;
        let nodes = nodes.map_err(Error::kube("list the nodes"))?.items;
        let site = Arc::new(Site::read(&platform, &nodes));
        // From before the first job exists.
        let observer = Observer::start(&client, &site).await;
        let begin = step("Starting the operator, as its own ServiceAccount", stop)?;
        let day = Day::beginning(Timestamp::now());
        let all = [forecasts(&day), platform, vec![workload::background()]].concat();
        product.apply(&examples::manifests(&all))?;
        stage.start_operator(product)?;
        took(begin);
        let course = Self {
            stage,
            product,
            client,
            site,
            observer,
            day,
            explained: OnceLock::new(),
        };
        Ok((course, jobs))
    }

    async fn run(&self, jobs: &[Value], up: Instant, stop: &CancellationToken) -> Result<Vec<String>, Error> {
        let in_time = self.until_the_end(jobs, up, stop).await?;
        let mut broken = self.tell(up)?;
        if !in_time {
            let late = format!("the day was not over {} s after the cluster was up", AT_MOST.as_secs());
            broken.insert(0, late);
        }
        Ok(broken)
    }

    /// Lets the teams work and waits until all has run; returns whether that was in time.
    async fn until_the_end(&self, jobs: &[Value], up: Instant, stop: &CancellationToken) -> Result<bool, Error> {
        let teams = Teams {
            client: &self.client,
            product: self.product,
        };
        let work = async {
            teams.until_armed().await?;
            let count = jobs.len() + workload::JOBS as usize;
            println!("\nA day of 24 hours in two minutes; {count} jobs come in its first eight hours");
            let submit = async {
                teams.submit(jobs).await?;
                self.explain_one();
                Ok(())
            };
            tokio::try_join!(submit, teams.stop_cron_jobs())?;
            self.until_all_ran().await;
            Ok(true)
        };
        let mut screen = Screen::new();
        let show = async {
            loop {
                self.draw(&mut screen);
                sleep(FRAME).await;
            }
        };
        let ended = tokio::select! {
            ended = work => ended,
            () = show => Ok(false),
            () = stop.cancelled() => Err(Error::Stopped),
            () = tokio::time::sleep_until((up + AT_MOST).into()) => Ok(false),
        };
        self.draw(&mut screen);
        ended
    }

    fn draw(&self, screen: &mut Screen) {
        let log = self.observer.log();
        if !log.jobs.is_empty() {
            screen.draw(&Scene {
                log: &log,
                day: &self.day,
                site: &self.site,
                now: Timestamp::now(),
            });
        }
    }

    /// Asks `alize explain` about a job that waits.
    fn explain_one(&self) {
        let Some(job) = report::most_telling(&self.observer.log()) else {
            return;
        };
        let said = tokio::task::block_in_place(|| self.stage.explain(&job));
        if let Some(said) = said {
            let asked = self.day.clock(Timestamp::now());
            let text = format!("At {asked}, alize explain said of {job}\n{}", report::indented(&said));
            let _ = self.explained.set(text);
        }
    }

    async fn until_all_ran(&self) {
        let all_ran = || {
            let log = self.observer.log();
            log.jobs.values().all(|sight| sight.completed.is_some() || sight.failed)
        };
        while !all_ran() {
            sleep(Duration::from_millis(200)).await;
        }
    }

    /// Saves and prints how it went; returns the promises that broke.
    fn tell(&self, up: Instant) -> Result<Vec<String>, Error> {
        let log = self.observer.log().clone();
        let accounts = accounts(&log, &self.day, &self.site);
        let outcome = Outcome::of(&log, &accounts, &self.day, &self.site, Timestamp::now());
        let directory = self.stage.path("target/demo");
        outcome.write(&log, &directory)?;
        let own = self.product.kubectl(&["get", "carbonpolicies,gridzones"])?;
        let parts = [
            report::summary(&outcome, up.elapsed()),
            report::savings(&accounts, &outcome, &log, &self.site),
            report::promises(&outcome),
            format!("kubectl get carbonpolicies,gridzones\n{}", report::indented(&own)),
            self.explained.get().cloned().unwrap_or_default(),
            report::NEXT.to_owned(),
        ];
        println!("\n{}", parts.join("\n\n"));
        Ok(outcome.broken())
    }
}

/// The ConfigMaps that the examples' zones read.
fn forecasts(day: &Day) -> Vec<Value> {
    let maps = ZONES.iter().map(|zone| {
        let (intensity, renewable) = day.forecasts(zone, FORECAST_HOURS);
        json!({
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": format!("forecast-{zone}"), "namespace": NAMESPACE},
            "data": {"intensity.json": intensity, "renewable.json": renewable},
        })
    });
    maps.collect()
}
