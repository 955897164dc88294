import {availableParallelism, cpus, hostname, loadavg} from 'node:os'
import {dirname, join} from 'node:path'
import {z} from 'zod'
import {makeFolder, writeText} from '../../base/files.ts'
import {factorsFolder} from '../../base/folders.ts'
import {parseJsonIfValid} from '../../base/json.ts'
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
  const faster = ratesSchema.keyof().options.filter(name => (measured[name] ?? 0) > (before[name] ?? 0))
  await writeRates({...before, ...Object.fromEntries(faster.map(name => [name, measured[name]]))})
}

const rate = z.number().positive()

const ratesSchema = z.object({
  flopsPerSecond: rate,
  bytesPerSecond: rate,
  bf16FlopsPerSecond: rate.optional().catch(undefined),
})

const cachedSchema = ratesSchema.extend({
  machine: z.string(),
  /** Whether other programs kept the cores busy. */
  busy: z.boolean().catch(false),
})

type CachedRates = Omit<z.output<typeof cachedSchema>, 'machine'>

/** Writes the rates; where the cache cannot be written, the next plan measures again. */
async function writeRates(rates: CachedRates): Promise<void> {
  const text = `${JSON.stringify({machine: machine(), ...rates}, undefined, 2)}\n`
  await makeFolder(dirname(file()))
    .then(() => writeText(file(), text))
    .catch(() => {})
}

const file = () => join(dirname(factorsFolder()), 'rates.json')

/** Undefined if the rates are not measured yet, or damaged. */
async function readRates(): Promise<CachedRates | undefined> {
  const text = await readText(file()).catch(() => undefined)
  const {data} = cachedSchema.safeParse(text === undefined ? undefined : parseJsonIfValid(text))
  if (data?.machine !== machine()) return undefined
  const {machine: _, ...rates} = data
  return rates
}

/** Identifies the machine: another processor, or fewer cores, has other rates. */
const machine = () => `${hostname()}, ${availableParallelism()} × ${cpus()[0]?.model}`
