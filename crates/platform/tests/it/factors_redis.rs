//! The cache that machines share, in a real Redis that the test starts.

use std::sync::Arc;

use platform::factors::{FactorStore, RedisCache, SharedCache as _};
use platform::store::Store;
use platform::store::fault::Faulty;
use storage_core::factors::KnownAt;

use super::figures::{World, day, options, told};
use super::redis_server::Redis;

#[tokio::test]
async fn machines_share_batches_in_redis_and_do_not_believe_it() {
    let Some(mut redis) = Redis::start("factors") else { return };
    let world = World::new().await;
    for nth in 0..5 {
        world.put("a", &format!("{nth}"), "2020-01-01/..").await;
    }
    let cache = Arc::new(RedisCache::connect(&redis.url()).await.unwrap());
    assert!(!format!("{cache:?}").contains(&redis.address));
    // Another machine each time: a directory of its own, or none.
    let requests = async |store: &Store| {
        let mut options = options(&world.clock);
        options.shared_cache = Some(cache.clone());
        let counted = Arc::new(Faulty::new(store.backend().clone(), |_| None));
        let factors = FactorStore::open(&Store::new(counted.clone(), ""), options).await.unwrap();
        let answer = factors.get_at("a", day("2024-01-01"), &KnownAt::Now).unwrap();
        assert_eq!(told(&answer), "4");
        counted.calls()
    };
    let cold = requests(&world.store).await;
    let warm = requests(&world.store).await;
    assert_eq!(cold - warm, 4, "only the newest batch is fetched: {cold} and {warm} requests");

    // Somebody alters a batch there: it is noticed, and fetched anew.
    let id = world.factors.document().store_id.clone();
    let was = cache.read(&id, &[2]).await.remove(0).1;
    let mut altered = was.to_vec();
    *altered.last_mut().unwrap() ^= 1;
    cache.write(&id, &[(2, altered.into())]).await;
    assert!(requests(&world.store).await > warm);
    assert_eq!(cache.read(&id, &[2]).await, [(2, was)]);
    // Another store of factors has nothing of it.
    assert!(cache.read("another", &[0, 1, 2]).await.is_empty());

    // It goes away, and nobody minds.
    redis.stop();
    assert_eq!(requests(&world.store).await, cold);
    assert!(RedisCache::connect(&redis.url()).await.is_err());
}
