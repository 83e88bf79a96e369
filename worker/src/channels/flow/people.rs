//! Who a platform's profiles are: Klaviyo's `Get Profiles` (<https://developers.klaviyo.com/en/reference/get_profiles>) and HubSpot's batch of
//! contacts (`POST /crm/v3/objects/contacts/batch/read`,
//! <https://developers.hubspot.com/docs/api-reference/latest/crm/objects/contacts/guide>), each for up to 100 of them.

use super::{Account, klaviyo};
use crate::answers;
use crate::error::Problem;
use homing_core::callback::{Person, ProfileId, people};
use homing_core::delivery::FlowPlatform;

/// Bytes of an answer that are worth reading: 100 profiles, of which two fields are asked for, with their links.
const MAX_ANSWER: usize = 524_288;

/// Asks within `left` ms. Whom the platform does not know is left out; where it does not answer, all of them may be asked for again.
pub async fn ask(
    account: &Account,
    platform: FlowPlatform,
    ids: &[&ProfileId],
    left: u64,
) -> Result<Vec<Person>, Problem> {
    let listed = |before: &str, after: &str| {
        let each = ids.iter().map(|id| format!("{before}{id}{after}"));
        each.collect::<Vec<_>>().join(",")
    };
    let request = if platform == FlowPlatform::Klaviyo {
        let ids = listed("%22", "%22");
        let fields = "fields%5Bprofile%5D=email,phone_number&page%5Bsize%5D=100";
        let url = format!(
            "{}/api/profiles?filter=any(id,%5B{ids}%5D)&{fields}",
            account.url
        );
        let headers = klaviyo::headers(account);
        let headers = headers.iter().map(|(name, value)| (*name, value.as_str()));
        answers::request("GET", &url, headers, None)?
    } else {
        let url = format!("{}/crm/v3/objects/contacts/batch/read", account.url);
        let json = format!(
            r#"{{"properties":["email"],"propertiesWithHistory":[],"inputs":[{}]}}"#,
            listed(r#"{"id":""#, r#""}"#)
        );
        let bearer = account.bearer();
        let headers = [
            ("authorization", bearer.as_str()),
            ("content-type", "application/json"),
        ];
        answers::request("POST", &url, headers, Some(json.into()))?
    };
    let failed = |why: &str| Problem::Unavailable(format!("{}: contacts: {why}", platform.name()));
    let answer = answers::to(request, left, MAX_ANSWER)
        .await
        .map_err(failed)?;
    if !(200..300).contains(&answer.status) {
        return Err(failed(&answer.status.to_string()));
    }
    people(&answer.body).map_err(|unreadable| failed(&unreadable.to_string()))
}
