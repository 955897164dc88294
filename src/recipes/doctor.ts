import type {Check} from './doctor/check.ts'
import {machine} from './doctor/machine.ts'
import {engineCheck, type Probe, probe} from './doctor/probes.ts'
import {storage} from './doctor/storage.ts'

const ENGINES: readonly Probe[] = ['cpu', 'webgpu', 'cuda', 'tensorflow']

/** Looks at everything that svft can use on this machine, and tries it. Takes a few seconds. */
export async function examine(): Promise<Check[]> {
  const places = storage() // waits for others, and takes nothing from what is measured
  const base = await machine()
  const engines = await Promise.all(ENGINES.map(async kind => engineCheck(kind, await probe(kind))))
  return [...base, ...engines, ...(await measured(engines)), ...(await places)]
}

/** Speed is measured alone, and only where the engine works: broken, it could end this process. */
async function measured([cpu]: readonly Check[]): Promise<Check[]> {
  return cpu.status === 'ok' ? (await import('./doctor/rates.ts')).rates() : []
}

/** One line a check, and below it what to do. */
export function doctorText(checks: readonly Check[]): string {
  const width = Math.max(...checks.map(({name}) => name.length))
  const lines = checks.flatMap(({name, status, says, mend}) => [
    `${MARK[status]}  ${name.padEnd(width)}  ${says}`,
    ...(mend ? [`${' '.repeat(8 + width)}→ ${mend}`] : []),
  ])
  return lines.join('\n')
}

const MARK = {ok: 'ok    ', absent: '–     ', wrong: 'WRONG '} as const
