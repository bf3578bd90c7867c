//! The least that the jobs of an instance can cost together, by a library.

use std::collections::BTreeMap;

use microlp::{ComparisonOp, Error, OptimizationDirection, Problem, SolutionStatus, Variable};

use super::instance::{Instance, Start};

/// Every job starts once, and no zone holds more than it can in any slot; `None` where that cannot be.
///
/// One variable for each job and start: the time-indexed formulation (Sousa and Wolsey, "A time indexed formulation of
/// non-preemptive single machine scheduling problems", Mathematical Programming 1992).
pub fn optimum(instance: &Instance) -> Option<f64> {
    let mut problem = Problem::new(OptimizationDirection::Minimize);
    let mut cells: BTreeMap<(usize, usize, usize), Vec<(Variable, f64)>> = BTreeMap::new();
    for job in 0..instance.jobs.len() {
        let starts = instance.possible(job);
        let once: Vec<(Variable, f64)> = starts
            .iter()
            .map(|start| (variable(&mut problem, instance, start), 1.0))
            .collect();
        for ((variable, _), start) in once.iter().zip(&starts) {
            for slot in instance.slots(start) {
                for (kind, amount) in instance.jobs[job].takes.into_iter().enumerate() {
                    let use_of = cells.entry((start.zone, slot, kind)).or_default();
                    use_of.push((*variable, amount as f64));
                }
            }
        }
        problem.add_constraint(&once[..], ComparisonOp::Eq, 1.0);
    }
    for ((zone, _, kind), taken) in &cells {
        problem.add_constraint(&taken[..], ComparisonOp::Le, instance.zones[*zone].holds[*kind] as f64);
    }
    match problem.solve() {
        Ok(outcome) => {
            let solution = outcome.into_solution().expect("no limit was set");
            assert_eq!(solution.status(), SolutionStatus::Optimal);
            Some(solution.objective())
        }
        Err(Error::Infeasible) => None,
        Err(error) => panic!("{error}: {instance:?}"),
    }
}

/// Whether a job starts there and then; a share of it where the program has whole vertices anyway.
fn variable(problem: &mut Problem, instance: &Instance, start: &Start) -> Variable {
    let cost = instance.cost(start);
    if instance.is_whole() {
        problem.add_var(cost, (0.0, 1.0))
    } else {
        problem.add_binary_var(cost)
    }
}
