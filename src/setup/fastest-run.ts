/** The time in seconds of the fastest of all runs that begin within a time. */
export async function fastestRun(run: () => Promise<unknown>, seconds: number): Promise<number> {
  let best = Number.POSITIVE_INFINITY
  for (const end = performance.now() + 1000 * seconds; performance.now() < end; ) {
    const start = performance.now()
    await run()
    best = Math.min(best, (performance.now() - start) / 1000)
  }
  return best
}
