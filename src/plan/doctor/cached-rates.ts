import {cpus, hostname} from 'node:os'
import {dirname, join} from 'node:path'
import {makeFolder, writeAtomically} from '../../base/files.ts'
import {factorsFolder} from '../../base/folders.ts'
import {isObject} from '../../base/json.ts'
import {readText} from '../../base/read-text.ts'
import {measureRates, type Rates} from './measure-rates.ts'

/** How fast this machine is: as measured before, or else measured now, which takes a second, and kept for plans to come. */
export async function machineRates(): Promise<Rates> {
  const before = await readRates()
  if (before) return before
  const now = await measureRates()
  await writeRates(now)
  return now
}

/**
 * Improves what is kept by a new measurement: of several the fastest counts, because one that was taken while others
 * computed tells too little. Where no plan has kept anything, nothing is left behind.
 */
export async function updateRates(now: Rates): Promise<void> {
  const before = await readRates()
  if (!before) return
  await writeRates({
    flopsPerSecond: Math.max(before.flopsPerSecond, now.flopsPerSecond),
    bytesPerSecond: Math.max(before.bytesPerSecond, now.bytesPerSecond),
  })
}

/** A cache that cannot be written only means that the next plan measures again. */
async function writeRates(rates: Rates): Promise<void> {
  const text = `${JSON.stringify({machine: machine(), ...rates}, undefined, 2)}\n`
  await makeFolder(dirname(file()))
    .then(() => writeAtomically(file(), append => append(Buffer.from(text))))
    .catch(() => {})
}

const file = () => join(dirname(factorsFolder()), 'rates.json')

async function readRates(): Promise<Rates | undefined> {
  try {
    const kept: unknown = JSON.parse((await readText(file())) ?? '')
    if (!isObject(kept) || kept.machine !== machine()) return undefined
    const {flopsPerSecond, bytesPerSecond} = kept
    return positive(flopsPerSecond) && positive(bytesPerSecond) ? {flopsPerSecond, bytesPerSecond} : undefined
  } catch {
    return undefined // never measured, or not to be read: it is measured again
  }
}

/** Another processor, or fewer cores of it, has other rates. */
const machine = () => `${hostname()}, ${cpus().length} × ${cpus()[0]?.model}`

const positive = (value: unknown): value is number => typeof value === 'number' && value > 0 && Number.isFinite(value)
