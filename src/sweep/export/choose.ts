import {shellWord, shellWords} from '../../base/shell-words.ts'
import type {ExportStep} from './format.ts'

/** A script that does the cell whose number is in a variable of the shell; runs are fenced, for machines come and go. */
export function chooseBy(variable: string, cells: readonly ExportStep[]): string {
  const arms = cells.map(({words}, i) => `  ${i}) exec svft ${shellWords([...words, '--fence'])} ;;\n`)
  return `case "$${variable}" in\n${arms.join('')}  *) echo ${shellWord(`${variable} is not a cell`)} >&2; exit 2 ;;\nesac\n`
}
