/** A shop in one component. */

import type { Restored } from 'homing-sdk';
import { useCallback, useState } from 'react';
import { useCart, useHoming, useHomingEvent } from './homing.js';

export function Shop() {
  const { cart } = useHoming();
  const lines = useCart();
  const [greeting, setGreeting] = useState('');
  useHomingEvent(
    'restored',
    useCallback((link: Restored) => setGreeting(link.status === 'ok' ? 'Welcome back' : ''), []),
  );
  return (
    <main>
      <p role="status">{greeting}</p>
      <button type="button" onClick={() => cart.add({ variant: 'mug-blue' })}>
        Put a mug in
      </button>
      <ul>
        {lines.map(({ variant, options, quantity }) => (
          <li key={JSON.stringify([variant, options])}>
            {quantity} × {variant}{' '}
            <button type="button" onClick={() => cart.remove({ variant, options })}>
              Take out
            </button>
          </li>
        ))}
      </ul>
    </main>
  );
}
