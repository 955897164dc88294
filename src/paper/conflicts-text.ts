import {CONFLICTS, type Profile, type Switch, switchesOf} from './conflicts.ts'

/** The table for a terminal, a few lines for each conflict. */
export const conflictsText = (): string =>
  CONFLICTS.map(({number, about, paper, code, switches, printed}) =>
    [
      `${String(number).padStart(2)}. ${about}`,
      `    paper    ${paper}`,
      `    code     ${code}`,
      ...(typeof switches === 'string' ? [`none: ${switches}`] : switches.map(switchText)).map(
        text => `    switch   ${text}`,
      ),
      `    printed  ${printed}`,
    ].join('\n'),
  ).join('\n\n')

/** The table as plain data: formulas by their words; `none` says why there is no switch. */
export const conflictRecords = (): readonly object[] =>
  CONFLICTS.map(conflict => ({
    ...conflict,
    switches: switchesOf(conflict).map(one => ({
      key: one.key,
      methods: one.methods,
      families: one.families,
      paper: shown(one.paper),
      'official-code': shown(one['official-code']),
      filled: !one.written,
    })),
    none: typeof conflict.switches === 'string' ? conflict.switches : undefined,
  }))

function switchText(one: Switch): string {
  const where = [one.methods, one.families].flatMap(names => (names ? [names.join(', ')] : []))
  const values = `${shown(one.paper)} (paper), ${shown(one['official-code'])} (official-code)`
  return `${one.key}${where.length > 0 ? ` [${where.join('; ')}]` : ''}: ${values}${one.written ? '; not set by the profile' : ''}`
}

const shown = (value: Switch[Profile]) => (typeof value === 'object' ? value.formula : value)
