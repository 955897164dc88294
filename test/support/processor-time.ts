/** Milliseconds for which this process keeps processors busy while it does `work`. */
async function processorTime(work: () => unknown): Promise<number> {
  const before = process.cpuUsage()
  await work()
  const {user, system} = process.cpuUsage(before)
  return (user + system) / 1000
}

const TEXT = JSON.stringify(
  Array.from({length: 2000}, (_, i) => ({label: `suite/tiny-${i}`, values: [i / 3, i / 7, i]})),
)

/** A fixed piece of computing: some 20 ms, and more on a busy machine, whose caches and cores are shared. */
function compute(): void {
  for (let i = 0; i < 15; i++) JSON.stringify(JSON.parse(TEXT))
}

/** How often `compute` could be done in the processor time of the cheapest call of `work`, both measured in turns. */
export async function relativeCost(work: (i: number) => unknown, {calls, pause}: CostOptions): Promise<number> {
  let [cheapest, unit] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]
  for (let i = 0; i < calls; i++) {
    unit = Math.min(unit, await processorTime(compute))
    cheapest = Math.min(cheapest, await processorTime(() => work(i)))
    await pause(i)
  }
  return cheapest / unit
}

interface CostOptions {
  readonly calls: number
  /** Comes after each call, and is not measured. */
  readonly pause: (i: number) => Promise<unknown>
}
