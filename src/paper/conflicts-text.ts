import {compact} from '../base/collections.ts'
import {CONFLICTS, type Profile, type Switch} from './conflicts.ts'

/** The table for a terminal: a few lines a conflict. */
export const conflictsText = (): string =>
  CONFLICTS.map(({number, about, paper, published, code, switches = [], written = [], none, printed}) =>
    compact([
      `${String(number).padStart(2)}. ${about}`,
      `    paper    ${paper}`,
      published !== undefined && `    NeurIPS  ${published}`,
      `    code     ${code}`,
      ...switches.map(one => `    switch   ${switchText(one)}`),
      ...written.map(one => `    switch   ${switchText(one)}; not set by the profile`),
      none !== undefined && `    switch   none: ${none}`,
      `    printed  ${printed}`,
    ]).join('\n'),
  ).join('\n\n')

/** The table as plain data, with formulas as text; `none` is the reason why there is no switch. */
export const conflictRecords = (): readonly object[] =>
  CONFLICTS.map(({number, about, paper, published, code, switches = [], written = [], none, printed}) => {
    const records = [
      ...switches.map(one => ({...switchRecord(one), filled: true})),
      ...written.map(one => ({...switchRecord(one), filled: false})),
    ]
    return {number, about, paper, published, code, switches: records, printed, none}
  })

const switchRecord = ({key, methods, families, ...values}: Switch) => ({
  key,
  methods,
  families,
  paper: shown(values.paper),
  'official-code': shown(values['official-code']),
})

function switchText(one: Switch): string {
  const where = compact([one.methods, one.families]).map(names => names.join(', '))
  const values = `${shown(one.paper)} (paper), ${shown(one['official-code'])} (official-code)`
  return `${one.key}${where.length > 0 ? ` [${where.join('; ')}]` : ''}: ${values}`
}

const shown = (value: Switch[Profile]) => (typeof value === 'object' ? value.formula : value)
