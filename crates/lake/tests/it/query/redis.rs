//! Answers in a real Redis that the test starts.

use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use lake::query::{RedisAnswers, Settings};
use platform::redis_client::RedisClient;

use super::{DOCUMENTED, World, line, rows};

struct Redis {
    server: Child,
    address: String,
    _folder: tempfile::TempDir,
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

impl Redis {
    /// A Redis of this test alone; `None` where there is none.
    fn start() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let server = Command::new("redis-server")
            .args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", "", "--dir"])
            .arg(folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let Ok(server) = server else {
            eprintln!("skipped: answers in Redis, for there is no redis-server");
            return None;
        };
        let redis = Self { server, address: format!("127.0.0.1:{port}"), _folder: folder };
        for _ in 0..200 {
            if TcpStream::connect(&redis.address).is_ok() {
                return Some(redis);
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("the Redis does not listen");
    }

    fn url(&self) -> String {
        format!("redis://{}/0", self.address)
    }

    /// Everything that is in it.
    async fn entries(&self) -> Vec<(String, Vec<u8>)> {
        let asked = Command::new("redis-cli")
            .args(["-p", self.address.split(':').next_back().unwrap(), "--raw", "keys", "*"])
            .output()
            .unwrap();
        let names: Vec<_> =
            String::from_utf8(asked.stdout).unwrap().lines().map(str::to_owned).collect();
        let bodies = RedisClient::connect(&self.url()).await.unwrap().get(&names).await.unwrap();
        let bodies = bodies.into_iter().map(|it| it.unwrap().to_vec());
        let mut entries: Vec<_> = names.into_iter().zip(bodies).collect();
        entries.sort();
        entries
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn machines_share_answers_in_redis_and_do_not_believe_it() {
    let Some(mut redis) = Redis::start() else { return };
    let world = World::new().await;
    let secret = [7; 32];
    assert!(RedisAnswers::connect(&redis.url(), b"short").await.is_err());
    let shared = Arc::new(RedisAnswers::connect(&redis.url(), &secret).await.unwrap());
    assert!(!format!("{shared:?}").contains(&redis.address));
    assert!(!format!("{shared:?}").contains('7'));
    let mut settings = Settings::default();
    settings.shared = Some(shared);
    // Another machine each time.
    let asked = async || {
        let engine = world.engine_with(settings.clone());
        let answer = engine.query(DOCUMENTED, None).await.unwrap();
        (answer.was_known(), answer.rows().await.unwrap())
    };
    let (known, first) = asked().await;
    assert!(!known && first.len() == 3);
    assert_eq!(asked().await, (true, first.clone()));

    // Somebody alters it there, puts another answer in its place, or makes one with another secret.
    let entries = redis.entries().await;
    let [(name, entry)] = &entries[..] else { panic!("{entries:?}") };
    assert!(name.starts_with("strongroom:answers:"), "{name}");
    let client = RedisClient::connect(&redis.url()).await.unwrap();
    let other = DOCUMENTED.replace("2026", "2025");
    rows(&world.engine_with(settings.clone()), &other).await;
    let others = redis.entries().await;
    let another = &others.iter().find(|it| it.0 != *name).unwrap().1;
    let mut altered = entry.clone();
    *altered.last_mut().unwrap() ^= 1;
    for body in [&altered, another, &entry[..20].to_vec(), &Vec::new()] {
        assert!(client.set(name, body, None).await);
        assert_eq!(asked().await, (false, first.clone()));
        assert_eq!(redis.entries().await.iter().find(|it| it.0 == *name).unwrap().1, *entry);
        assert_eq!(asked().await, (true, first.clone()));
    }
    let mut strangers = settings.clone();
    let stranger = RedisAnswers::connect(&redis.url(), &[8; 32]).await.unwrap();
    strangers.shared = Some(Arc::new(stranger));
    let engine = world.engine_with(strangers);
    assert!(engine.query(DOCUMENTED, None).await.is_ok_and(|it| !it.was_known()));

    // A commit makes it another question.
    world.take("two.ndjson", &[line("acme", 9, "2026-01", "half", "2")]).await;
    world.on().await;
    let (known, second) = asked().await;
    assert!(!known && second != first);

    // It goes away, and nobody minds.
    redis.server.kill().unwrap();
    redis.server.wait().unwrap();
    assert_eq!(asked().await, (false, second));
    assert!(RedisAnswers::connect(&redis.url(), &secret).await.is_err());
}
