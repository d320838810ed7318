//! A partner that follows the feed and keeps nothing but `next`.

use crate::harness::Server;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Where clients are told to reach the server: followers must go where `next` says.
pub const PUBLIC_URL: &str = "https://directory.example.coop/under";

/// One partner.
pub struct Follower {
    next: String,
    page_size: usize,
    last_number: i64,
    numbers: BTreeSet<i64>,
    /// Every record that was ever in the feed.
    pub ids: BTreeSet<String>,
    /// What it takes for the public set.
    pub state: BTreeMap<String, Value>,
    /// Pages read, the empty ones too.
    pub pages: usize,
}

impl Follower {
    /// One that begins at the first page, with pages of this size.
    pub fn new(page_size: usize) -> Self {
        // 500 is the size of a page when none is asked for.
        let parameters = if page_size == 500 {
            String::new()
        } else {
            format!("?limit={page_size}")
        };
        Self {
            next: format!("{PUBLIC_URL}/v1/feeds/organizations{parameters}"),
            page_size,
            last_number: 0,
            numbers: BTreeSet::new(),
            ids: BTreeSet::new(),
            state: BTreeMap::new(),
            pages: 0,
        }
    }

    /// Follows until the feed has nothing more after `done`, or the server is gone.
    pub async fn follow(&mut self, server: &Server, done: &AtomicBool) {
        loop {
            let last = done.load(Ordering::SeqCst);
            match self.step(server).await {
                None => return,
                Some(0) if last => return,
                Some(0) => tokio::time::sleep(Duration::from_millis(20)).await,
                Some(_) => {}
            }
        }
    }

    /// Reads one page; gives how many items it had, nothing when the server is gone.
    async fn step(&mut self, server: &Server) -> Option<usize> {
        let path = self
            .next
            .strip_prefix(PUBLIC_URL)
            .expect("next is absolute, on the public URL");
        let response = server.request("GET", path).send().await.ok()?;
        let status = response.status();
        let body = response.bytes().await.ok()?;
        assert_eq!(status, 200, "{}", String::from_utf8_lossy(&body));
        let page: Value = serde_json::from_slice(&body).unwrap();
        let items = page["items"].as_array().unwrap();
        assert!(items.len() <= self.page_size);
        for item in items {
            self.take(item);
        }
        let next = page["next"].as_str().unwrap();
        if items.is_empty() {
            assert_eq!(next, self.next, "the last page names itself");
        }
        next.clone_into(&mut self.next);
        self.pages += 1;
        Some(items.len())
    }

    fn take(&mut self, item: &Value) {
        let number = item["modified"].as_i64().unwrap();
        assert!(
            number > self.last_number,
            "{number} after {}",
            self.last_number
        );
        assert!(self.numbers.insert(number), "{number} twice");
        self.last_number = number;
        assert_eq!(item["kind"], "organization");
        let id = item["id"].as_str().unwrap().to_owned();
        self.ids.insert(id.clone());
        match item["state"].as_str() {
            Some("updated") => {
                assert_eq!(item["data"]["id"], item["id"]);
                self.state.insert(id, item["data"].clone());
            }
            Some("deleted") => {
                assert_eq!(item.get("data"), None);
                self.state.remove(&id);
            }
            other => panic!("{other:?}"),
        }
    }
}
