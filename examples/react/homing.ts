/** Homing in React: the cart as a value that components draw, and the calls beside it. Yours to copy. */

import { type Events, type Line, type Sdk, start } from 'homing-sdk';
import { useEffect, useSyncExternalStore } from 'react';

let sdk: Sdk | undefined;

/** The shop's own values; call it once, where the application begins. On a server nothing happens. */
export function startHoming(options: Parameters<typeof start>[0]) {
  sdk ??= start(options);
  return sdk;
}

function calls(): Sdk {
  if (!sdk) throw new Error('startHoming has not been called');
  return sdk;
}

/** The calls: `cart.add`, `checkout`, `identify` and the others. */
export const useHoming = calls;

const NOTHING: Line[] = [];
let lines = NOTHING;

/** React wants the same answer as long as nothing has changed, so the latest lines are kept here. */
function subscribe(component: () => void) {
  return calls().on('change', (cart) => {
    lines = cart.lines;
    component();
  });
}

/** The cart's lines, in every tab; empty on a server and until the browser has looked. */
export function useCart(): Line[] {
  return useSyncExternalStore(
    subscribe,
    () => lines,
    () => NOTHING,
  );
}

/** Calls back as long as the component is there. */
export function useHomingEvent<Name extends keyof Events>(
  name: Name,
  listener: (value: Events[Name]) => void,
) {
  const { on } = useHoming();
  useEffect(() => on(name, listener), [on, name, listener]);
}
