//! The body of a message (RFC 8291, `aes128gcm` of RFC 8188): one record, for one browser. What needs a curve or a cipher is the host's:
//! it agrees on a secret by ECDH, and seals the record with what follows from that here.

use super::Subscription;
use alloc::vec::Vec;
use hkdf::Hkdf;
use sha2::Sha256;

/// Bytes of a record, as its header names them, and of a whole body: no push service has to take a larger one.
pub const RECORD_BYTES: u32 = 4_096;
/// What AES-GCM adds to a record.
const TAG_BYTES: usize = 16;
/// Salt, the record's size, the length of the key, the key (RFC 8188, section 2.1).
const HEADER_BYTES: usize = 16 + 4 + 1 + 65;
/// Ends the last record (RFC 8188, section 2).
const LAST: u8 = 2;

/// The most bytes of a message before it is encrypted: what is left of a body of 4096 (RFC 8291, section 4).
pub const MAX_PLAIN: usize = 4_096 - HEADER_BYTES - TAG_BYTES - 1;

/// What one message is encrypted with, used once.
pub struct Keys {
    /// The key of AES-128-GCM.
    pub key: [u8; 16],
    /// Its nonce.
    pub nonce: [u8; 12],
}

/// The keys of a message to `receiver`. `sender` is the public key that was made for it, an uncompressed point, and `agreed` what ECDH
/// gives for both; `salt` is random. `None` never comes: the lengths are fixed.
pub fn keys(
    receiver: &Subscription,
    sender: &[u8; 65],
    agreed: &[u8; 32],
    salt: &[u8; 16],
) -> Option<Keys> {
    let mut ikm = [0; 32];
    Hkdf::<Sha256>::new(Some(receiver.auth()), agreed)
        .expand_multi_info(&[b"WebPush: info\0", receiver.p256dh(), sender], &mut ikm)
        .ok()?;
    let derived = Hkdf::<Sha256>::new(Some(salt), &ikm);
    let (mut key, mut nonce) = ([0; 16], [0; 12]);
    derived
        .expand(b"Content-Encoding: aes128gcm\0", &mut key)
        .ok()?;
    derived
        .expand(b"Content-Encoding: nonce\0", &mut nonce)
        .ok()?;
    Some(Keys { key, nonce })
}

/// What is sealed: the message and the end of its only record. `None` where it is too long.
pub fn record(plain: &[u8]) -> Option<Vec<u8>> {
    (plain.len() <= MAX_PLAIN).then(|| [plain, &[LAST]].concat())
}

/// The whole body, out of the sealed record.
pub fn body(sender: &[u8; 65], salt: &[u8; 16], sealed: &[u8]) -> Vec<u8> {
    let size = RECORD_BYTES.to_be_bytes();
    [&salt[..], &size, &[65], sender, sealed].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::{from_base64url, to_base64url};
    use crate::push::tests::at;
    use aes_gcm::aead::{Aead, KeyInit};
    use aes_gcm::{Aes128Gcm, Key, Nonce};

    const SENDER: &str =
        "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8";
    const AGREED: &str = "kyrL1jIIOHEzg3sM2ZWRHDRB62YACZhhSlknJ672kSs";
    const SALT: &str = "DGv6ra1nlYgDCS1FRnbzlw";

    /// RFC 8291, section 5 and appendix A.
    #[test]
    fn the_example_of_the_standard_comes_out() {
        let sender = from_base64url(SENDER).unwrap();
        let salt = from_base64url(SALT).unwrap();
        let agreed = from_base64url(AGREED).unwrap();
        let receiver = at("https://push.example.net/push/JzLQ3raZJfFBR0aqvOMsLrt54w4rJUsV");
        let Keys { key, nonce } = keys(&receiver, &sender, &agreed, &salt).unwrap();
        assert_eq!(to_base64url(&key), "oIhVW04MRdy2XN9CiKLxTg");
        assert_eq!(to_base64url(&nonce), "4h_95klXJ5E_qnoN");
        let plain = record(b"When I grow up, I want to be a watermelon").unwrap();
        let cipher = Aes128Gcm::new(&Key::<Aes128Gcm>::from(key));
        let sealed = cipher.encrypt(&Nonce::from(nonce), &plain[..]).unwrap();
        assert_eq!(
            to_base64url(&body(&sender, &salt, &sealed)),
            "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
        );
    }

    #[test]
    fn a_message_has_room_in_one_body_of_4096_bytes() {
        assert_eq!(MAX_PLAIN, 3_993);
        assert!(record(&[0; MAX_PLAIN + 1]).is_none());
        let longest = record(&[0; MAX_PLAIN]).unwrap();
        let sealed = [&longest[..], &[0; TAG_BYTES]].concat();
        assert_eq!(body(&[4; 65], &[0; 16], &sealed).len(), 4_096);
    }
}
