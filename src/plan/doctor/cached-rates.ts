import {availableParallelism, cpus, hostname, loadavg} from 'node:os'
import {dirname, join} from 'node:path'
import {makeFolder, writeText} from '../../base/files.ts'
import {factorsFolder} from '../../base/folders.ts'
import {isObject} from '../../base/json.ts'
import {readText} from '../../base/read-file.ts'
import type {Recipe} from '../../recipes/file/schema.ts'
import {probeEngine} from '../../setup/probe-engine.ts'
import {measureRates, type Rates} from './measure-rates.ts'

/**
 * The rates that recipes need on this machine: as cached, or else measured, which takes a second or two, and cached for
 * later plans. What was measured on a busy machine is measured again once the machine is quiet. The rate of bfloat16 is
 * measured only for recipes of engine openvino, where this engine works.
 */
export async function machineRates(
  recipes: readonly Pick<Recipe, 'engine'>[],
  busy = loadavg()[0] >= availableParallelism(),
): Promise<Rates> {
  const cached = await readRates()
  const before = cached?.busy && !busy ? undefined : cached
  const {busy: wasBusy, ...rates} = before ?? {...(await measureRates()), busy}
  const needsBf16 = rates.bf16FlopsPerSecond === undefined && recipes.some(({engine}) => engine === 'openvino')
  const {flopsPerSecond: bf16FlopsPerSecond} = needsBf16 ? await probeEngine('openvino', {measure: true}) : {}
  const now = bf16FlopsPerSecond === undefined ? rates : {...rates, bf16FlopsPerSecond}
  if (!before || now !== rates) await writeRates({...now, busy: wasBusy})
  return now
}

/**
 * Raises the cached rates to those of a new measurement: of several the fastest counts, because one that was taken on a
 * busy machine is too low. Without cached rates nothing is written.
 */
export async function updateRates(measured: Partial<Rates>): Promise<void> {
  const before = await readRates()
  if (!before) return
  const fastest = (name: keyof Rates) => Math.max(before[name] ?? 0, measured[name] ?? 0)
  const bf16 = fastest('bf16FlopsPerSecond')
  await writeRates({
    flopsPerSecond: fastest('flopsPerSecond'),
    bytesPerSecond: fastest('bytesPerSecond'),
    bf16FlopsPerSecond: bf16 > 0 ? bf16 : undefined,
    busy: before.busy,
  })
}

interface CachedRates extends Rates {
  /** Whether other programs kept the cores busy. */
  readonly busy: boolean
}

/** Writes the rates; where the cache cannot be written, the next plan measures again. */
async function writeRates(rates: CachedRates): Promise<void> {
  const text = `${JSON.stringify({machine: machine(), ...rates}, undefined, 2)}\n`
  await makeFolder(dirname(file()))
    .then(() => writeText(file(), text))
    .catch(() => {})
}

const file = () => join(dirname(factorsFolder()), 'rates.json')

async function readRates(): Promise<CachedRates | undefined> {
  try {
    const cached: unknown = JSON.parse((await readText(file())) ?? '')
    if (!isObject(cached) || cached.machine !== machine()) return undefined
    const {flopsPerSecond, bytesPerSecond, bf16FlopsPerSecond, busy} = cached
    if (!positive(flopsPerSecond) || !positive(bytesPerSecond)) return undefined
    const bf16 = positive(bf16FlopsPerSecond) ? bf16FlopsPerSecond : undefined
    return {flopsPerSecond, bytesPerSecond, bf16FlopsPerSecond: bf16, busy: busy === true}
  } catch {
    return undefined // not measured yet, or damaged
  }
}

/** Identifies the machine: another processor, or fewer cores, has other rates. */
const machine = () => `${hostname()}, ${availableParallelism()} × ${cpus()[0]?.model}`

const positive = (value: unknown): value is number => typeof value === 'number' && value > 0 && Number.isFinite(value)
