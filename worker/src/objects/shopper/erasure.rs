//! Has others forget a person: the desk first, so that nothing that it is told later is taken for the person that was, and then the carts.

use super::Inner;
use crate::objects::calls::{CartCall, ShopInput, ask_cart, ask_shop};
use crate::telemetry;
use homing_core::ids::ShopId;
use homing_core::object::cart::Input as CartInput;
use homing_core::object::shopper::{Forget, Input};

impl Inner {
    /// Tells whoever has yet to forget. Who does not answer is told again by the alarm.
    pub(super) async fn have_forgotten(&self, shop: ShopId, forget: Box<Forget>) {
        let mut desk = false;
        if forget.desk {
            let told = ask_shop(&self.env, shop, &ShopInput::Forget(forget.clone())).await;
            desk = told.is_ok();
            if let Err(problem) = told {
                telemetry::error("desk_has_not_forgotten", &problem.to_string());
            }
        }
        let mut carts = Vec::new();
        for (cart, object) in &forget.carts {
            let (people, at) = (forget.people.clone(), forget.at);
            let input = CartInput::Forget { people, at };
            let (shop, cart) = (shop, *cart);
            match ask_cart(&self.env, object, &CartCall { shop, cart, input }).await {
                Ok(_) => carts.push(cart),
                Err(problem) => telemetry::error("cart_has_not_forgotten", &problem.to_string()),
            }
        }
        let told = self.step(Input::Forgotten {
            forget,
            carts,
            desk,
        });
        match told {
            Ok(commit) => Box::pin(self.carry_out(commit.effects)).await,
            Err(problem) => telemetry::error("forgetting_lost", &problem.to_string()),
        }
    }
}
