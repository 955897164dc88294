import {cpus, hostname} from 'node:os'
import {dirname, join} from 'node:path'
import {makeFolder, writeText} from '../../base/files.ts'
import {factorsFolder} from '../../base/folders.ts'
import {isObject} from '../../base/json.ts'
import {readText} from '../../base/read-text.ts'
import {measureRates, type Rates} from './measure-rates.ts'

/** The rates of this machine: as cached, or else measured, which takes a second, and cached for later plans. */
export async function machineRates(): Promise<Rates> {
  const before = await readRates()
  if (before) return before
  const now = await measureRates()
  await writeRates(now)
  return now
}

/**
 * Raises the cached rates to those of a new measurement: of several the fastest counts, because one that was taken on a
 * busy machine is too low. Without cached rates nothing is written.
 */
export async function updateRates(now: Rates): Promise<void> {
  const before = await readRates()
  if (!before) return
  await writeRates({
    flopsPerSecond: Math.max(before.flopsPerSecond, now.flopsPerSecond),
    bytesPerSecond: Math.max(before.bytesPerSecond, now.bytesPerSecond),
  })
}

/** Writes the rates; where the cache cannot be written, the next plan measures again. */
async function writeRates(rates: Rates): Promise<void> {
  const text = `${JSON.stringify({machine: machine(), ...rates}, undefined, 2)}\n`
  await makeFolder(dirname(file()))
    .then(() => writeText(file(), text))
    .catch(() => {})
}

const file = () => join(dirname(factorsFolder()), 'rates.json')

async function readRates(): Promise<Rates | undefined> {
  try {
    const cached: unknown = JSON.parse((await readText(file())) ?? '')
    if (!isObject(cached) || cached.machine !== machine()) return undefined
    const {flopsPerSecond, bytesPerSecond} = cached
    return positive(flopsPerSecond) && positive(bytesPerSecond) ? {flopsPerSecond, bytesPerSecond} : undefined
  } catch {
    return undefined // not measured yet, or damaged
  }
}

/** Identifies the machine: another processor, or fewer cores, has other rates. */
const machine = () => `${hostname()}, ${cpus().length} × ${cpus()[0]?.model}`

const positive = (value: unknown): value is number => typeof value === 'number' && value > 0 && Number.isFinite(value)
