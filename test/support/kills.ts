import {existsSync, readdirSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import {setTimeout} from 'node:timers/promises'
import {spawnSvft} from './workplace.ts'

export interface Killed {
  /** Processes that were killed. */
  readonly kills: number
  /** Of these, the sweep itself. */
  readonly sweeps: number
  /** Seeds from 0 on that have been asked for. */
  readonly seeds: number
}

/**
 * Sweeps `recipes` in `folder` on two workers, a few seeds at a time, while processes of it, the sweep or a worker, are
 * killed at random moments; a sweep that was killed is begun again at once, beside workers that may not have ended yet.
 */
export async function killAtRandom(
  folder: string,
  recipes: readonly string[],
  {kills, seedsAtOnce, random}: {readonly kills: number; readonly seedsAtOnce: number; random(): number},
): Promise<Killed> {
  let sweeps = 0
  let seeds = seedsAtOnce
  let running = false
  let sweep = begin()
  function begin() {
    running = true
    const asked = ['--seeds', `0-${seeds - 1}`, '--workers', '2']
    const started = spawnSvft(folder, ['sweep', ...recipes, ...asked])
    void started.then(({exitCode}) => {
      running = false
      if (exitCode === 0) seeds += seedsAtOnce
    })
    return started
  }
  for (let done = 0; done < kills; ) {
    const early = random() < 0.1
    while (running && !early && childrenOf(sweep.pid!).length === 0) await setTimeout(20)
    await setTimeout(2000 * random())
    if (!running) {
      sweep = begin()
      continue
    }
    const workers = childrenOf(sweep.pid!)
    const victim = random() < 1 / 3 ? undefined : workers[Math.floor(random() * workers.length)]
    try {
      process.kill(victim ?? sweep.pid!, 'SIGKILL')
    } catch {
      continue // it has just ended
    }
    done++
    if (victim !== undefined) continue
    sweeps++
    await sweep
    sweep = begin()
  }
  sweep.kill('SIGTERM')
  await sweep
  return {kills, sweeps, seeds}
}

/** The child processes of a process (Linux). */
export function childrenOf(pid: number): number[] {
  const file = `/proc/${pid}/task/${pid}/children`
  if (!existsSync(file)) return []
  return readFileSync(file, 'utf8').trim().split(' ').filter(Boolean).map(Number)
}

/** What all runs below `folder` have computed, except times: their rows, predictions, losses and final states. */
export function computed(folder: string, results: string): Record<string, unknown> {
  const runs = readdirSync(join(folder, 'runs'))
    .filter(name => !name.startsWith('.'))
    .sort()
  return {
    results: timeless(readFileSync(join(folder, 'results', results), 'utf8')),
    runs: Object.fromEntries(
      runs.map(name => {
        const run = join(folder, 'runs', name)
        const last = join(run, 'checkpoints', readdirSync(join(run, 'checkpoints')).filter(isState).sort().at(-1)!)
        const {losses} = JSON.parse(readFileSync(join(last, 'state.json'), 'utf8'))
        const tensors = readFileSync(join(last, 'state.safetensors')).toString('base64')
        return [name, {losses, tensors, answers: readFileSync(join(run, 'predictions-test.jsonl'), 'utf8')}]
      }),
    ),
  }
}

const isState = (name: string) => /^step-\d+(-scored)?$/.test(name)

/** A results file without the columns of times and of memory. */
function timeless(csv: string): string[][] {
  const lines = csv
    .trim()
    .split('\n')
    .map(line => line.split(','))
  const kept = lines[0].flatMap((name, i) => (TIMES.includes(name) ? [] : [i]))
  return lines.map(line => kept.map(i => line[i]))
}

const TIMES = ['seconds', 'step_ms', 'tokens_per_second', 'peak_memory_mb', 'joules', 'finished']
