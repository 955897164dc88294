import {checkEngines} from './check-engines.ts'
import {checkMachine} from './check-machine.ts'
import {checkRates} from './check-rates.ts'
import {checkStorage} from './check-storage.ts'
import type {Diagnosis} from './diagnosis.ts'

/** Checks everything that svft can use on this machine, by trying it. Takes a few seconds. */
export async function examineMachine(): Promise<Diagnosis[]> {
  const storage = checkStorage() // waits for the disk and the network, and does not disturb the measurements
  const base = await checkMachine()
  const cpu = await checkCpu()
  const engines = await checkEngines()
  return [...base, ...cpu, ...engines, ...(await storage)]
}

/** Measures the CPU, while nothing else computes. If onnxruntime loads but does not work, the check of that engine reports it. */
async function checkCpu(): Promise<Diagnosis[]> {
  try {
    return await checkRates()
  } catch {
    return []
  }
}

/** One line for each check, and below it what to do. */
export function doctorText(checks: readonly Diagnosis[]): string {
  const width = Math.max(...checks.map(({name}) => name.length))
  const lines = checks.flatMap(({name, status, message, remedy}) => [
    `${MARK[status]}  ${name.padEnd(width)}  ${message}`,
    ...(remedy ? [`${' '.repeat(8 + width)}→ ${remedy}`] : []),
  ])
  return lines.join('\n')
}

const MARK = {ok: 'ok    ', absent: '–     ', wrong: 'WRONG '} as const
