import type {Diagnosis} from './check.ts'
import {machine} from './machine.ts'
import {engineCheck, type Probe, probe} from './probes.ts'
import {storage} from './storage.ts'

/** Looks at everything that svft can use on this machine, and tries it. Takes a few seconds. */
export async function examine(): Promise<Diagnosis[]> {
  const places = storage() // waits for others, and takes nothing from what is measured
  const base = await machine()
  const cpu = await computing()
  const engines = await Promise.all(ENGINES.map(async kind => engineCheck(kind, await probe(kind))))
  return [...base, ...cpu, ...engines, ...(await places)]
}

const ENGINES: readonly Probe[] = ['webgpu', 'cuda', 'tensorflow']

/** Measured while nothing else computes. */
async function computing(): Promise<Diagnosis[]> {
  try {
    return await (await import('./check-rates.ts')).rates()
  } catch (error) {
    const [says] = (error as Error).message.split('\n')
    const mend = 'install the packages again: npm ci'
    return [{name: 'onnxruntime cpu', needed: true, status: 'wrong', says, mend}]
  }
}

/** One line a check, and below it what to do. */
export function doctorText(checks: readonly Diagnosis[]): string {
  const width = Math.max(...checks.map(({name}) => name.length))
  const lines = checks.flatMap(({name, status, says, mend}) => [
    `${MARK[status]}  ${name.padEnd(width)}  ${says}`,
    ...(mend ? [`${' '.repeat(8 + width)}→ ${mend}`] : []),
  ])
  return lines.join('\n')
}

const MARK = {ok: 'ok    ', absent: '–     ', wrong: 'WRONG '} as const
