//! The examples are what a user applies: a real API server takes them as they are.

use std::path::Path;

use testbed::Cluster;
use testbed::product::Product;

#[test]
fn the_api_server_takes_every_example_as_it_is() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let cluster = Cluster::start().expect("a cluster starts");
    // No process of the product runs here.
    let product = Product::install(&cluster, &root, Path::new("alize")).expect("the chart installs");
    for (part, objects) in [("platform", 10), ("jobs", 5)] {
        let directory = root.join("examples").join(part).display().to_string();
        let applied = product.kubectl(&["apply", "--server-side", "--validate=strict", "-f", &directory]);
        let applied = applied.expect("the API server takes them");
        assert_eq!(applied.lines().count(), objects, "{applied}");
    }
}
