/** Whether there is time for what takes longer than a person waits. */

/** `HOMING_LONG=1` says so, and `CI` without it; `HOMING_LONG=0` says that there is none. */
export function hasTime(env = process.env) {
  const said = env.HOMING_LONG ?? env.CI ?? '';
  return !['', '0', 'false'].includes(said);
}
