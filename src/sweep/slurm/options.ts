import {Fault} from '../../base/fault.ts'
import {escapeLine} from '../../base/printable.ts'

/** What a person may ask of Slurm for each cell, and what sbatch calls it. */
const OPTIONS: Readonly<Record<string, string>> = {
  partition: '--partition',
  account: '--account',
  qos: '--qos',
  time: '--time',
  memory: '--mem',
  cpus: '--cpus-per-task',
  gres: '--gres',
  constraint: '--constraint',
}

/** `partition=long` as `--partition=long`. @throws Fault 'usage' where a key is unknown or has no value */
export function sbatchOptions(written: readonly string[]): readonly string[] {
  return written.map(text => {
    const [, key = '', value] = /^([^=]*)=(.+)$/s.exec(text) ?? []
    if (value !== undefined && Object.hasOwn(OPTIONS, key)) return `${OPTIONS[key]}=${value}`
    throw new Fault(
      'usage',
      `--slurm takes key=value with one of ${Object.keys(OPTIONS).join(', ')}: ${escapeLine(text, 60)}`,
    )
  })
}
