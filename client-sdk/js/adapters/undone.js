/** Told to the window when carts have parted again: the shop's own has to hear of it. */
export const UNDONE = 'homing-undone';
