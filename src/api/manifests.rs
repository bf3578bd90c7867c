//! Manifests as files hold them: several YAML documents, one after the other.

/// The documents of a text that say anything, each behind as many empty lines as stood before it: so an error in one names the
/// line of the file.
pub fn documents(text: &str) -> Vec<String> {
    let mut documents = vec![String::new()];
    for (place, line) in text.lines().enumerate() {
        match line.strip_prefix("---") {
            Some(rest) if rest.is_empty() || rest.starts_with([' ', '\t']) => documents.push("\n".repeat(place + 1)),
            _ => {
                if let Some(document) = documents.last_mut() {
                    document.push_str(line);
                    document.push('\n');
                }
            }
        }
    }
    documents.retain(|document| {
        let mut lines = document.lines().map(str::trim);
        lines.any(|line| !line.is_empty() && !line.starts_with('#'))
    });
    documents
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_document_keeps_its_place_in_the_file() {
        let text = "# nothing yet\n---\na: 1\n--- # the second\nb: 2\n---  \n\n# nothing more\n";
        assert_eq!(documents(text), ["\n\na: 1\n", "\n\n\n\nb: 2\n"]);
    }

    #[test]
    fn dashes_within_a_document_part_nothing() {
        assert_eq!(documents("a: |\n  ---\n---b: 1"), ["a: |\n  ---\n---b: 1\n"]);
        assert!(documents("").is_empty());
    }
}
