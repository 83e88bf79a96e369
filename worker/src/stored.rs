//! What KV keeps for a time, by a name of its own: it is written once, and goes by itself.

use crate::bindings::Env;
use crate::config;
use crate::error::Problem;
use worker::KvError;
use worker::kv::KvStore;

/// Keeps bytes for so many seconds.
pub async fn put(env: &Env, name: &str, bytes: &[u8], ttl_s: u64) -> Result<(), Problem> {
    let put = kv(env)?.put_bytes(name, bytes).map_err(unavailable)?;
    put.expiration_ttl(ttl_s)
        .execute()
        .await
        .map_err(unavailable)
}

/// The bytes of a name; `None` where there are none, or this location has not seen them yet.
pub async fn get(env: &Env, name: &str) -> Result<Option<Vec<u8>>, Problem> {
    kv(env)?.get(name).bytes().await.map_err(unavailable)
}

fn kv(env: &Env) -> Result<KvStore, Problem> {
    config::kv(env).ok_or_else(|| Problem::Internal(String::from("there is no KV")))
}

fn unavailable(error: KvError) -> Problem {
    Problem::Unavailable(error.to_string())
}
