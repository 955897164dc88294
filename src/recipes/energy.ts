import {readdir, readFile} from 'node:fs/promises'
import {join} from 'node:path'
import {setTimeout} from 'node:timers/promises'

/** The time and energy that a part of a run took. */
export interface TimeAndEnergy {
  readonly seconds: number
  /** The energy, if it could be measured. */
  readonly joules: number | undefined
}

/** Does `work`, and measures its wall time and the energy of the processors. */
export async function measureTimeAndEnergy<T>(
  work: () => Promise<T>,
): Promise<{readonly result: T; readonly cost: TimeAndEnergy}> {
  const meter = await startEnergyMeter()
  try {
    const began = performance.now()
    const result = await work()
    const seconds = (performance.now() - began) / 1000
    return {result, cost: {seconds, joules: await meter.read()}}
  } finally {
    meter.stop()
  }
}

/** Reads the energy that the processors have used since the meter was started. */
export interface EnergyMeter {
  /** Returns joules; undefined if the counters cannot be read, or were read too rarely to know how often they wrapped. */
  read(): Promise<number | undefined>
  stop(): void
}

export interface EnergyMeterOptions {
  /** The counters of Linux's power capping framework, one folder a zone. */
  readonly folder?: string
  /** The time between two readings. */
  readonly intervalMs?: number
  /** A clock in milliseconds. */
  readonly now?: () => number
}

/**
 * Starts to measure energy with RAPL, the counters of Intel's and AMD's processors. They count what all processor packages
 * and their memory use, whichever process causes it, and wrap around at a maximum after minutes or hours of load, so the
 * meter reads them at intervals. Most kernels let only root read them.
 */
export async function startEnergyMeter({
  folder = '/sys/class/powercap',
  intervalMs = 20_000,
  now = () => performance.now(),
}: EnergyMeterOptions = {}): Promise<EnergyMeter> {
  const zones = await findZones(folder)
  let total = zones && 0
  let last = {counters: zones && (await readCounters(zones)), at: now()}

  async function update(): Promise<void> {
    if (!zones || total === undefined) return
    const next = {counters: await readCounters(zones), at: now()}
    const [before, after] = [last.counters, next.counters]
    const seconds = (next.at - last.at) / 1000
    total =
      before && after && zones.every(({range}) => seconds < range / MAX_WATTS)
        ? zones.reduce((sum, {range}, i) => sum + unwrap(after[i] - before[i], range), total)
        : undefined
    last = next
  }
  let updated = Promise.resolve() // readings follow each other, even if one takes long
  const refresh = () => {
    updated = updated.then(update)
    return updated
  }

  const stopped = new AbortController()
  void repeat(refresh, {intervalMs, signal: stopped.signal})
  return {
    async read() {
      await refresh()
      return total
    },
    stop: () => stopped.abort(),
  }
}

/** No package takes more; a counter that was not read for as long as this takes to fill it may have wrapped twice. */
const MAX_WATTS = 1000

interface EnergyZone {
  /** Its counter, in microjoules. */
  readonly file: string
  /** The joules at which the counter wraps around to 0. */
  readonly range: number
}

/**
 * The zones of processor packages and of their memory, which packages do not include. Zones inside a package, the whole
 * platform, and the second interface to a package's counter (`intel-rapl-mmio`) would count energy twice. Undefined without
 * a package, or if a zone cannot be read: a part of the energy is not reported as the whole.
 */
async function findZones(folder: string): Promise<readonly EnergyZone[] | undefined> {
  const names = await readdir(folder).catch(() => [])
  const zones: EnergyZone[] = []
  let hasPackage = false
  try {
    for (const name of names.filter(name => /^intel-rapl:\d+(:\d+)?$/.test(name)).sort()) {
      const kind = (await readFile(join(folder, name, 'name'), 'utf8')).trim()
      if (!/^(package-|dram$)/.test(kind)) continue
      const range = await readMicrojoules(join(folder, name, 'max_energy_range_uj'))
      zones.push({file: join(folder, name, 'energy_uj'), range})
      hasPackage ||= kind !== 'dram'
    }
  } catch {
    return undefined
  }
  return hasPackage ? zones : undefined
}

/** The counters of all zones, in joules; undefined if one cannot be read. */
const readCounters = (zones: readonly EnergyZone[]): Promise<readonly number[] | undefined> =>
  Promise.all(zones.map(({file}) => readMicrojoules(file))).catch(() => undefined)

/** Reads a file of microjoules as joules. @throws Error if it holds no such number */
async function readMicrojoules(file: string): Promise<number> {
  const text = (await readFile(file, 'utf8')).trim()
  if (!/^\d+$/.test(text)) throw new Error(`${file}: not microjoules`)
  return Number(text) / 1e6
}

/** The energy between two readings of a counter that wraps around at `range`, from their difference. */
const unwrap = (difference: number, range: number): number => (difference >= 0 ? difference : difference + range)

async function repeat(
  work: () => Promise<void>,
  {intervalMs, signal}: {readonly intervalMs: number; readonly signal: AbortSignal},
): Promise<void> {
  const wait = () => setTimeout(intervalMs, true, {ref: false, signal}).catch(() => false) // rejects when the meter is stopped
  while (await wait()) await work()
}

/** The sum of two energies, each undefined if it was not measured. */
export const addJoules = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined || b === undefined ? undefined : a + b
