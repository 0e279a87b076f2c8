//! Answers in a real Redis that the test starts.

#[path = "../../../../platform/tests/it/redis_server.rs"]
mod redis_server;

use std::process::Command;
use std::sync::Arc;

use lake::query::{RedisAnswers, Settings};
use platform::redis_client::RedisClient;

use redis_server::Redis;

use super::{DOCUMENTED, World, line, rows};

/// Everything that is in it.
async fn entries(redis: &Redis) -> Vec<(String, Vec<u8>)> {
    let asked = Command::new("redis-cli")
        .args(["-p", redis.address.split(':').next_back().unwrap(), "--raw", "keys", "*"])
        .output()
        .unwrap();
    let names: Vec<_> =
        String::from_utf8(asked.stdout).unwrap().lines().map(str::to_owned).collect();
    let bodies = RedisClient::connect(&redis.url()).await.unwrap().get(&names).await.unwrap();
    let bodies = bodies.into_iter().map(|it| it.unwrap().to_vec());
    let mut entries: Vec<_> = names.into_iter().zip(bodies).collect();
    entries.sort();
    entries
}

#[tokio::test(flavor = "multi_thread")]
async fn machines_share_answers_in_redis_and_do_not_believe_it() {
    let Some(mut redis) = Redis::start("answers") else { return };
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
    let first_entries = entries(&redis).await;
    let [(name, entry)] = &first_entries[..] else { panic!("{first_entries:?}") };
    assert!(name.starts_with("strongroom:answers:"), "{name}");
    let client = RedisClient::connect(&redis.url()).await.unwrap();
    let other = DOCUMENTED.replace("2026", "2025");
    rows(&world.engine_with(settings.clone()), &other).await;
    let others = entries(&redis).await;
    let another = &others.iter().find(|it| it.0 != *name).unwrap().1;
    let mut altered = entry.clone();
    *altered.last_mut().unwrap() ^= 1;
    for body in [&altered, another, &entry[..20].to_vec(), &Vec::new()] {
        assert!(client.set(name, body, None).await);
        assert_eq!(asked().await, (false, first.clone()));
        assert_eq!(entries(&redis).await.iter().find(|it| it.0 == *name).unwrap().1, *entry);
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
    redis.stop();
    assert_eq!(asked().await, (false, second));
    assert!(RedisAnswers::connect(&redis.url(), &secret).await.is_err());
}
