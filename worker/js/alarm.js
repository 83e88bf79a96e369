/** An object's alarm. */

/** When one that has failed comes again, ms. */
const AGAIN_MS = 30_000;

/**
 * Does the work of an alarm. It never fails: the platform gives an alarm up after six tries.
 * @param {DurableObjectState} ctx
 * @param {() => unknown} work
 */
export async function wake(ctx, work) {
  try {
    await work();
  } catch (error) {
    console.error(
      JSON.stringify({
        level: 'error',
        event: 'alarm_failed',
        error: String(error).slice(0, 300),
      }),
    );
    await ctx.storage.setAlarm(Date.now() + AGAIN_MS);
  }
}
