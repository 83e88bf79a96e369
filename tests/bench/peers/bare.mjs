// The least that a worker can do for a click: always the same redirect.
export default {
  fetch() {
    return new Response(null, {
      status: 302,
      headers: {
        location:
          'https://shop-0000.example/basket/restore?utm_source=homing#homing=EQEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
        'cache-control': 'no-store',
      },
    });
  },
};
