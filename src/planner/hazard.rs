//! stub
use super::{grid::Grid, survival::Survival};
pub(super) fn expected(_: &Survival, sums: &[f64], _: &Grid) -> Vec<f64> {
    sums.to_vec()
}
