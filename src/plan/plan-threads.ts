import {SHARE_ENV, Worker} from 'node:worker_threads'
import type {Rates} from './doctor/measure-rates.ts'
import type {PlanOutcome, PlanRequest} from './plan-recipes.ts'

/** Plans groups of recipes on threads, each of which takes the next group when it is done. */
export async function planOnThreads(
  groups: readonly (readonly PlanRequest[])[],
  {rates, threads}: {readonly rates: Rates; readonly threads: number},
): Promise<PlanOutcome[]> {
  const pending = [...groups]
  const outcomes: PlanOutcome[] = []
  const runThread = () =>
    new Promise<void>((resolve, reject) => {
      const worker = new Worker(new URL('./planning-thread.js', import.meta.url), {
        workerData: rates,
        env: SHARE_ENV,
        resourceLimits: {maxYoungGenerationSizeMb: 64}, // the many small objects of a trace are short-lived
      })
      const next = () => worker.postMessage(pending.shift())
      worker.on('message', (found: readonly PlanOutcome[]) => {
        outcomes.push(...found)
        next()
      })
      worker.on('error', reject)
      worker.on('exit', () => resolve())
      next()
    })
  await Promise.all(Array.from({length: Math.min(threads, groups.length)}, runThread))
  return outcomes
}
