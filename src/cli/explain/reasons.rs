//! What each reason means, in a sentence for the owner of a job. `docs/reasons.md` says the same.

use crate::planner::Reason;

/// The sentence for a reason by its name; `None` for a name of a newer version.
pub(super) fn meaning(name: &str) -> Option<&'static str> {
    Reason::ALL
        .into_iter()
        .find(|reason| reason.as_str() == name)
        .map(sentence)
}

fn sentence(reason: Reason) -> &'static str {
    match reason {
        Reason::WaitingForGreenerSlot => "A later slot costs less than starting now.",
        Reason::WaitingForCapacity => "The better slots are full; this is the best one that has room.",
        Reason::ChosenZone => "It starts at once, in the zone that costs least now.",
        Reason::ReleasedInPlannedSlot => "Its planned slot has come.",
        Reason::ReleasedAtLatestStart => "Waiting longer would have broken its deadline.",
        Reason::RunNowRequested => "Its owner asked for it with alize.dev/run-now.",
        Reason::SavingTooSmall => "Waiting would save less than the policy asks for, or not surely enough.",
        Reason::NoForecast => "There is no usable forecast, and ignorance never delays a job.",
        Reason::ControlGroup => "It was drawn to run at once, to measure what waiting saves.",
        Reason::PolicyDryRun => "Its policy is in DryRun and only says what it would do.",
        Reason::PolicyConflict => "Several policies select it; the highest priority decides.",
        Reason::NoPolicy => "No policy with mode Enforce selects it any more.",
        Reason::HeldLimitReached => "Its namespace holds as many jobs as the policy allows.",
        Reason::InvalidAnnotation => "One of its annotations cannot be read, and must not delay it.",
        Reason::Overridden => "Somebody else changed its suspend; Alizé keeps its hands off.",
        Reason::MissedHold => "It was running before it could be held.",
        Reason::PausedForDirtyHours => "It is paused while the grid is dirty.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documentation_says_what_explain_says() {
        let document = include_str!("../../../docs/reasons.md");
        for reason in Reason::ALL {
            let row = format!("| `{}` | {} |", reason.as_str(), sentence(reason));
            assert!(document.contains(&row), "docs/reasons.md lacks: {row}");
        }
        assert_eq!(meaning("Later"), None);
    }
}
