import {Fault} from '../../base/fault.ts'
import {escapeLine} from '../../base/printable.ts'

/** sbatch's option for the CPUs of a task. */
export const CPUS = '--cpus-per-task'

/** The resources that `--slurm` sets, and the option of sbatch for each. */
const OPTIONS: Readonly<Record<string, string>> = {
  partition: '--partition',
  account: '--account',
  qos: '--qos',
  time: '--time',
  memory: '--mem',
  cpus: CPUS,
  gres: '--gres',
  constraint: '--constraint',
}

/** Translates `partition=long` into `--partition=long`. @throws Fault 'usage' if a key is unknown or has no value */
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
