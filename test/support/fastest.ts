/** Milliseconds of the fastest of five runs: what the code takes, not what else the machine is doing. */
export async function fastest(run: () => unknown): Promise<number> {
  let best = Infinity
  for (let i = 0; i < 5; i++) {
    const start = performance.now()
    await run()
    best = Math.min(best, performance.now() - start)
  }
  return best
}
