//! Manifests as files hold them: several YAML documents, one after the other.

/// The documents of a text that say anything, each behind as many empty lines as stood before it: so an error in one names the
/// line of the file.
pub fn documents(text: &str) -> Vec<String> {
    let mut documents = vec![String::new()];
    for (place, line) in text.lines().enumerate() {
        match line.strip_prefix("---") {
            Some(rest) if rest.is_empty() || rest.starts_with([' ', '\t']) => {
                // A document may begin on the line of its marker.
                let begins = if says_nothing(rest) {
                    String::new()
                } else {
                    format!("   {rest}")
                };
                documents.push("\n".repeat(place) + &begins + "\n");
            }
            _ => {
                if let Some(document) = documents.last_mut() {
                    document.push_str(line);
                    document.push('\n');
                }
            }
        }
    }
    documents.retain(|document| !document.lines().all(says_nothing));
    documents
}

/// Whether a line is empty, or a comment.
fn says_nothing(line: &str) -> bool {
    let line = line.trim();
    line.is_empty() || line.starts_with('#')
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
    fn a_document_may_begin_on_the_line_of_its_marker() {
        assert_eq!(documents("--- {a: 1}\n--- {b: 2}"), ["    {a: 1}\n", "\n    {b: 2}\n"]);
    }

    #[test]
    fn dashes_within_a_document_part_nothing() {
        assert_eq!(documents("a: |\n  ---\n---b: 1"), ["a: |\n  ---\n---b: 1\n"]);
        assert!(documents("").is_empty());
    }
}
