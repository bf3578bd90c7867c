//! The kernel's account of a process.

/// A line of `/proc/<process>/status`, MiB: `VmRSS` for what it holds now, `VmHWM` for the most that it has held. `self` is this
/// process.
pub fn memory(process: &str, line: &str) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let amount = status.lines().find_map(|text| text.strip_prefix(line)).unwrap();
    let kib = amount.trim_matches(|c: char| !c.is_ascii_digit());
    kib.parse::<f64>().unwrap() / 1024.0
}
