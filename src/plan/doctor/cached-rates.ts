import {availableParallelism, cpus, hostname, loadavg} from 'node:os'
import {dirname, join} from 'node:path'
import {z} from 'zod'
import {makeFolder, writeText} from '../../base/files.ts'
import {factorsFolder} from '../../base/folders.ts'
import {parseJsonIfValid} from '../../base/json.ts'
import {readText} from '../../base/read-file.ts'
import {readSimd} from '../../recipes/environment.ts'
import type {Recipe} from '../../recipes/file/schema.ts'
import {probeEngine} from '../../setup/probe-engine.ts'
import {measureRates, type Rates} from './measure-rates.ts'

/**
 * The rates that recipes need on this machine: as cached, or else measured, which takes a second or two, and cached for
 * later plans. Other programs can only make a measurement slower. So the rates are measured again after ten minutes, or one if
 * the machine was busy, and the fastest of all measurements counts; of the rates of memory on a quiet machine, a mean. The rate
 * of bfloat16 is measured only for recipes of engine openvino, where this engine works.
 */
export async function machineRates(
  recipes: readonly Pick<Recipe, 'engine'>[],
  {now = Date.now(), busy = loadavg()[0] > availableParallelism()} = {},
): Promise<Rates> {
  const before = await readRates()
  const isOld = before === undefined || Math.abs(now - before.measured) > (before.isBusy ? KEPT_BUSY_MS : KEPT_MS)
  const {measured, isBusy, ...rates} = isOld
    ? combineRates(before, {...(await measureRates()), isBusy: busy, measured: now})
    : before
  const usesBf16 = recipes.some(({engine}) => engine === 'openvino')
  const needsBf16 = usesBf16 && (isOld || rates.bf16FlopsPerSecond === undefined)
  const {flopsPerSecond: bf16FlopsPerSecond} = needsBf16 ? await probeEngine('openvino', {measure: true}) : {}
  const all = {...higher(rates, {bf16FlopsPerSecond}), isBusy}
  if (isOld || needsBf16) await writeRates({...all, measured})
  return all
}

const [KEPT_MS, KEPT_BUSY_MS] = [10 * 60_000, 60_000]

/** Raises the cached rates to those of a new measurement. Without cached rates nothing is written. */
export async function updateRates(measured: Partial<Rates>): Promise<void> {
  const before = await readRates()
  if (before) await writeRates({...before, ...higher(before, measured)})
}

/**
 * Combines a new measurement with those before it. Other machines of a host share its memory, whose rate thus varies both ways
 * (one measurement found twice the usual): it goes half the way from one quiet measurement to the next.
 */
function combineRates(before: CachedRates | undefined, latest: CachedRates): CachedRates {
  if (!before) return latest
  // measured by busy cores, the rate of bfloat16 would pass for that of the quiet machine
  const known = before.isBusy && !latest.isBusy ? {...before, bf16FlopsPerSecond: undefined} : before
  const rates = {...latest, ...higher(latest, known), isBusy: latest.isBusy && before.isBusy}
  if (latest.isBusy || before.isBusy) return rates
  return {...rates, bytesPerSecond: Math.round((latest.bytesPerSecond + before.bytesPerSecond) / 2)}
}

/** The higher of each rate. */
function higher(rates: Rates, others: Partial<Rates>): Omit<Rates, 'isBusy'> {
  const {flopsPerSecond, bytesPerSecond, bf16FlopsPerSecond: bf16 = 0} = rates
  return {
    flopsPerSecond: Math.max(flopsPerSecond, others.flopsPerSecond ?? 0),
    bytesPerSecond: Math.max(bytesPerSecond, others.bytesPerSecond ?? 0),
    bf16FlopsPerSecond: Math.max(bf16, others.bf16FlopsPerSecond ?? 0) || undefined,
  }
}

const rate = z.number().positive()

const cachedSchema = z.object({
  machine: z.string(),
  /** When, in milliseconds since 1970. */
  measured: z.number(),
  isBusy: z.boolean(),
  flopsPerSecond: rate,
  bytesPerSecond: rate,
  bf16FlopsPerSecond: rate.optional().catch(undefined),
})

type CachedRates = Omit<z.output<typeof cachedSchema>, 'machine'>

/** Writes the rates; where the cache cannot be written, the next plan measures again. */
async function writeRates(rates: CachedRates): Promise<void> {
  const text = `${JSON.stringify({machine: await machine(), ...rates}, undefined, 2)}\n`
  await makeFolder(dirname(file()))
    .then(() => writeText(file(), text))
    .catch(() => {})
}

const file = () => join(dirname(factorsFolder()), 'rates.json')

/** Reads the cached rates; undefined if there are none of this machine, or they are damaged. */
async function readRates(): Promise<CachedRates | undefined> {
  const text = await readText(file()).catch(() => undefined)
  const {data} = cachedSchema.safeParse(parseJsonIfValid(text))
  if (data?.machine !== (await machine())) return undefined
  const {machine: _, ...rates} = data
  return rates
}

/** Identifies the machine: another processor, even of the same name, or fewer cores, has other rates. */
export const machine = async () => `${hostname()}, ${availableParallelism()} × ${cpus()[0]?.model}, ${await readSimd()}`
