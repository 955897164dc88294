import {existsSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {setTimeout} from 'node:timers/promises'
import {beforeEach, expect, test} from 'vitest'
import {openFolder} from '../../test/support/cleanup.ts'
import {type EnergyMeter, startEnergyMeter} from './energy.ts'

let folder: string
let clock: number
beforeEach(() => {
  folder = openFolder()
  clock = 0
})

/** A zone of the power capping framework: a folder with its counter, which a link in the class names. */
function zone(id: string, name: string, microjoules: number | string, range = 262_143_328_850): void {
  const device = join(folder, 'devices', id)
  if (!existsSync(device)) {
    mkdirSync(device, {recursive: true})
    writeFileSync(join(device, 'name'), `${name}\n`)
    writeFileSync(join(device, 'max_energy_range_uj'), `${range}\n`)
    mkdirSync(join(folder, 'powercap'), {recursive: true})
    symlinkSync(device, join(folder, 'powercap', id))
  }
  writeFileSync(join(device, 'next'), `${microjoules}\n`)
  renameSync(join(device, 'next'), join(device, 'energy_uj')) // a meter may be reading it
}

const start = (intervalMs?: number) =>
  startEnergyMeter({folder: join(folder, 'powercap'), intervalMs, now: () => clock})

/** Reads a meter `seconds` later, and stops it. */
async function finish(meter: EnergyMeter, seconds = 10): Promise<number | undefined> {
  clock += 1000 * seconds
  const joules = await meter.read()
  meter.stop()
  return joules
}

test('the packages and their memory are summed; zones inside a package, the platform and second interfaces are not', async () => {
  const zones = {
    'intel-rapl:0': 'package-0',
    'intel-rapl:0:0': 'core',
    'intel-rapl:0:1': 'uncore',
    'intel-rapl:0:2': 'dram',
    'intel-rapl:1': 'package-1',
    'intel-rapl:2': 'psys',
    'intel-rapl-mmio:0': 'package-0',
  }
  for (const [id, name] of Object.entries(zones)) zone(id, name, 5_000_000)
  mkdirSync(join(folder, 'powercap/intel-rapl')) // the control type, which is no zone
  const meter = await start()
  zone('intel-rapl:0', 'package-0', 105_000_000)
  zone('intel-rapl:0:0', 'core', 85_000_000)
  zone('intel-rapl:0:2', 'dram', 7_500_000)
  zone('intel-rapl:1', 'package-1', 25_250_000)
  zone('intel-rapl:2', 'psys', 905_000_000)
  zone('intel-rapl-mmio:0', 'package-0', 105_000_000)
  expect(await finish(meter)).toBeCloseTo(100 + 2.5 + 20.25, 9)
})

test('a counter that wraps around goes on from 0, as often as it is read', async () => {
  const range = 65_532_610_987
  zone('intel-rapl:0', 'package-0', 65_000_000_000, range)
  const meter = await start()
  zone('intel-rapl:0', 'package-0', 1_000_000_000, range)
  clock += 10_000
  expect(await meter.read()).toBeCloseTo(1532.610987, 6)
  zone('intel-rapl:0', 'package-0', 60_000_000_000, range)
  clock += 60_000
  expect(await meter.read()).toBeCloseTo(60_532.610987, 6)
  zone('intel-rapl:0', 'package-0', 500_000_000, range)
  expect(await finish(meter, 60)).toBeCloseTo(66_565.221974, 6)
})

test('the meter reads at intervals by itself, so that a long run misses no wrap-around', async () => {
  zone('intel-rapl:0', 'package-0', 0, 100_000_000)
  const meter = await start(5)
  for (const counter of [90_000_000, 80_000_000, 70_000_000]) {
    zone('intel-rapl:0', 'package-0', counter, 100_000_000)
    await setTimeout(300)
  }
  expect(await finish(meter, 0)).toBeCloseTo(270, 6)
})

test('a counter that was not read for so long that it may have wrapped twice gives no energy, then or later', async () => {
  zone('intel-rapl:0', 'package-0', 0, 65_000_000_000)
  const meter = await start()
  clock += 66_000 // 65 kJ at 1 kW
  expect(await meter.read()).toBeUndefined()
  expect(await finish(meter)).toBeUndefined()
})

test.each<[string, () => void]>([
  ['no powercap folder', () => {}],
  ['an empty folder', () => mkdirSync(join(folder, 'powercap'))],
  ['no package', () => zone('intel-rapl:0', 'psys', 1)],
  ['memory without its package', () => zone('intel-rapl:0:0', 'dram', 1)],
  ['a counter that is no number', () => zone('intel-rapl:0', 'package-0', 'none')],
  [
    'a package whose counter only root may read',
    () => {
      zone('intel-rapl:0', 'package-0', 1)
      zone('intel-rapl:1', 'package-1', 1)
      rmSync(join(folder, 'devices/intel-rapl:1/energy_uj')) // reading fails for root too
    },
  ],
  [
    'a zone without its range',
    () => {
      zone('intel-rapl:0', 'package-0', 1)
      rmSync(join(folder, 'devices/intel-rapl:0/max_energy_range_uj'))
    },
  ],
])('%s: no energy', async (_, prepare) => {
  prepare()
  expect(await finish(await start())).toBeUndefined()
})

test('a counter that can no longer be read gives no energy', async () => {
  zone('intel-rapl:0', 'package-0', 1_000_000)
  const meter = await start()
  rmSync(join(folder, 'devices/intel-rapl:0/energy_uj'))
  clock += 1000
  expect(await meter.read()).toBeUndefined()
  zone('intel-rapl:0', 'package-0', 9_000_000)
  expect(await finish(meter)).toBeUndefined()
})
