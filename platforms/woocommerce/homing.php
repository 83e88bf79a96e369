<?php
/**
 * Plugin Name: Homing
 * Description: Brings shoppers back to the carts they left.
 * Version: 1.0.0
 * Requires at least: 5.7
 * Requires PHP: 7.4
 * Requires Plugins: woocommerce
 *
 * wp-config.php names the shop:
 *
 *   define( 'HOMING_WORKER', 'https://homing.example.workers.dev' );
 *   define( 'HOMING_KEY', 'pk_…' );
 *
 * With these two, the server tells of carts as well, and the order names the cart that it was:
 *
 *   define( 'HOMING_SHOP', 'shop_…' );
 *   define( 'HOMING_WEBHOOK_SECRET', '…' );
 */

defined( 'ABSPATH' ) || exit;

add_action(
	'wp_head',
	function () {
		if ( ! defined( 'HOMING_WORKER' ) || ! defined( 'HOMING_KEY' ) ) {
			return;
		}
		// Nothing in these lines belongs to one visitor, so the page may be cached for all of them.
		wp_print_inline_script_tag( 'window.homing=window.homing||function(){(homing.q=homing.q||[]).push(arguments)}' );
		if ( defined( 'HOMING_SHOP' ) ) {
			// So that the server can say whose cart it tells of; gone when the snippet has forgotten it.
			wp_print_inline_script_tag( "homing('on','status',function(s){document.cookie='homing_intent='+(s.token||'')+';path=/;secure;samesite=lax;max-age='+(s.token?604800:0)})" );
		}
		wp_print_script_tag(
			array(
				'async'         => true,
				'src'           => HOMING_WORKER . '/sdk/v1/homing.js',
				'data-key'      => HOMING_KEY,
				'data-platform' => 'woocommerce',
				'data-reload'   => true,
			)
		);
	},
	1
);

// What changes several times in one request is told once, at its end and before the session is written.
add_action(
	'woocommerce_cart_updated',
	function () {
		if ( defined( 'HOMING_SHOP' ) && defined( 'HOMING_WEBHOOK_SECRET' ) && ! has_action( 'shutdown', 'homing_tell_cart' ) ) {
			add_action( 'shutdown', 'homing_tell_cart', 10 );
		}
	}
);

/** Sends the cart as it is now, signed as WooCommerce signs its own webhooks. */
function homing_tell_cart() {
	$session = function_exists( 'WC' ) ? WC()->session : null;
	if ( ! $session || ! function_exists( 'rest_do_request' ) ) {
		return;
	}
	$answer = rest_do_request( new WP_REST_Request( 'GET', '/wc/store/v1/cart' ) );
	if ( 200 !== $answer->get_status() ) {
		return;
	}
	$cart = $answer->get_data();
	$same = md5( wp_json_encode( $cart ) );
	$sent = $session->get( 'homing_sent' );
	// Looking at a cart counts as a change as well, and a visitor without one has nothing to tell.
	if ( $same === $sent || ( null === $sent && WC()->cart->is_empty() ) ) {
		return;
	}
	$session->set( 'homing_sent', $same );
	$body = wp_json_encode(
		array(
			'token'       => homing_cart_token( $session ),
			'changed_at'  => (int) round( microtime( true ) * 1000 ),
			'customer_id' => get_current_user_id() ?: null,
			'locale'      => str_replace( '_', '-', get_locale() ),
			'cart'        => $cart,
			'attributes'  => array(
				array(
					'name'  => '_homing',
					'value' => sanitize_text_field( wp_unslash( $_COOKIE['homing_intent'] ?? '' ) ),
				),
			),
		)
	);
	wp_safe_remote_post(
		HOMING_WORKER . '/webhooks/woocommerce/' . HOMING_SHOP,
		array(
			// The shopper's page does not wait for the answer.
			'blocking' => false,
			'timeout'  => 5,
			'headers'  => array(
				'Content-Type'           => 'application/json',
				'X-WC-Webhook-Topic'     => 'cart.updated',
				'X-WC-Webhook-Signature' => base64_encode( hash_hmac( 'sha256', $body, HOMING_WEBHOOK_SECRET, true ) ),
			),
			'body'     => $body,
		)
	);
}

/** The name of this session's cart: it tells nothing, and cannot be guessed. */
function homing_cart_token( $session ) {
	$token = $session->get( 'homing_cart' );
	if ( ! $token ) {
		$token = wp_generate_uuid4();
		$session->set( 'homing_cart', $token );
	}
	return $token;
}

/** The order names the cart that it was; notes that begin with an underscore are not shown to people. */
function homing_name_cart( $order ) {
	if ( WC()->session && WC()->session->get( 'homing_cart' ) ) {
		$order->update_meta_data( '_homing_cart', WC()->session->get( 'homing_cart' ) );
		WC()->session->set( 'homing_ordered', true );
	}
}
// What is put in after an order is another cart.
add_action(
	'woocommerce_cart_emptied',
	function () {
		if ( WC()->session && WC()->session->get( 'homing_ordered' ) ) {
			WC()->session->set( 'homing_cart', null );
			WC()->session->set( 'homing_sent', null );
			WC()->session->set( 'homing_ordered', null );
		}
	}
);
// The classic checkout, and the one made of blocks.
add_action( 'woocommerce_checkout_create_order', 'homing_name_cart' );
add_action(
	'woocommerce_store_api_checkout_update_order_meta',
	function ( $order ) {
		homing_name_cart( $order );
		$order->save();
	}
);
